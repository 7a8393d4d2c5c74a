package register

import (
	"math"
	"testing"
	"time"
)

// The table of spring festivals is computed again from the positions of sun and moon, by the low-precision series of Meeus, Astronomical Algorithms,
// chapters 25 and 49 (a minute or two; no new moon of these years is nearer to midnight in Beijing than three).
func TestSpringFestivals(t *testing.T) {
	t.Parallel()
	if len(springFestivals) != 2100-firstFestival+1 {
		t.Fatalf("%d years", len(springFestivals))
	}
	for year := firstFestival; year <= 2100; year++ {
		month, day, ok := SpringFestival(year)
		want := computedFestival(year)
		if got := time.Date(year, month, day, 0, 0, 0, 0, time.UTC); !ok || !got.Equal(want) {
			t.Errorf("%d: %s, but sun and moon say %s", year, got.Format(time.DateOnly), want.Format(time.DateOnly))
		}
	}
	if _, _, ok := SpringFestival(2101); ok {
		t.Error("the table ends in 2100")
	}
}

// computedFestival is the second month behind the one of the winter solstice, or the third if a leap month is between: the first month without a
// principal term, if there are thirteen from solstice to solstice.
func computedFestival(year int) time.Time {
	first, last := monthOf(solstice(year-1)), monthOf(solstice(year))
	moons := int(math.Round((newMoon(last) - newMoon(first)) / 29.530588861))
	count := 0
	leap := moons == 13
	for k := first; ; k++ {
		if leap && k > first && !hasTerm(k) {
			leap = false
		} else {
			count++
		}
		if count == 3 {
			return beijing(newMoon(k))
		}
	}
}

// solstice is the time at which the sun is at 270 degrees, in December of a year.
func solstice(year int) float64 {
	return sunAt(270, julian(time.Date(year, 12, 21, 0, 0, 0, 0, time.UTC)))
}

// sunAt is the time near another at which the sun is at a longitude.
func sunAt(longitude, near float64) float64 {
	for range 30 {
		near += (math.Mod(longitude-sun(near)+540+360, 360) - 180) * 365.2422 / 360
	}
	return near
}

// monthOf is the number of the month that a day is in.
func monthOf(jde float64) int {
	k := int(math.Round((jde-2451550.1)/29.530588861)) + 2
	for beijing(newMoon(k)).After(beijing(jde)) {
		k--
	}
	return k
}

// hasTerm reports whether a principal term, a multiple of 30 degrees, is in a month.
func hasTerm(k int) bool {
	begin, end := beijing(newMoon(k)), beijing(newMoon(k+1))
	term := sunAt(math.Ceil(sun(newMoon(k)-1.5)/30)*30, newMoon(k))
	for range 2 {
		if day := beijing(term); !day.Before(begin) && day.Before(end) {
			return true
		}
		term = sunAt(math.Mod(math.Round(sun(term+5)/30)*30+30, 360), term+30)
	}
	return false
}

func julian(at time.Time) float64 { return float64(at.Unix())/86400 + 2440587.5 }

// beijing is the day in China at a dynamical time, which is ahead of universal time by a minute and more.
func beijing(jde float64) time.Time {
	ahead := 70 + math.Max(0, (jde-2460000)/365.25)*0.6
	return time.Unix(int64((jde-2440587.5)*86400-ahead), 0).UTC().Add(8 * time.Hour).Truncate(24 * time.Hour)
}

func newMoon(n int) float64 {
	k := float64(n)
	t := k / 1236.85
	e := 1 - 0.002516*t
	s := func(degrees float64) float64 { return math.Sin(degrees * math.Pi / 180) }
	m := 2.5534 + 29.10535670*k - 0.0000014*t*t
	a := 201.5643 + 385.81693528*k + 0.0107582*t*t
	f := 160.7108 + 390.67050284*k - 0.0016118*t*t
	o := 124.7746 - 1.56375588*k + 0.0020672*t*t
	return 2451550.09766 + 29.530588861*k + 0.00015437*t*t - 0.40720*s(a) + 0.17241*e*s(m) + 0.01608*s(2*a) + 0.01039*s(2*f) + 0.00739*e*s(a-m) -
		0.00514*e*s(a+m) + 0.00208*e*e*s(2*m) - 0.00111*s(a-2*f) - 0.00057*s(a+2*f) + 0.00056*e*s(2*a+m) - 0.00042*s(3*a) + 0.00042*e*s(m+2*f) +
		0.00038*e*s(m-2*f) - 0.00024*e*s(2*a-m) - 0.00017*s(o)
}

// sun is its apparent longitude in degrees.
func sun(jde float64) float64 {
	t := (jde - 2451545) / 36525
	s := func(degrees float64) float64 { return math.Sin(degrees * math.Pi / 180) }
	m := 357.52911 + 35999.05029*t - 0.0001537*t*t
	c := (1.914602-0.004817*t)*s(m) + (0.019993-0.000101*t)*s(2*m) + 0.000289*s(3*m)
	return math.Mod(math.Mod(280.46646+36000.76983*t+0.0003032*t*t+c-0.00569-0.00478*s(125.04-1934.136*t), 360)+360, 360)
}
