package pages

import (
	"time"

	"rasure/cmd/rasure-hub/internal/digest"
)

// The size of a chart of days, in units of its own.
const (
	chartWidth  = 720
	chartHeight = 160
	chartLeft   = 44 // for the numbers beside it
	chartFoot   = 22 // for the days below it
	chartTop    = 18 // for the number at the top line
)

// DayChart is certificates by day, as stacked bars.
type DayChart struct {
	From   string             `json:"from"`
	To     string             `json:"to"`
	Days   []digest.Day       `json:"days"` // every day from From to To
	Counts digest.Counts      `json:"total"`
	Bars   []bar              `json:"-"`
	Lines  []gridLine         `json:"-"`
	View   struct{ W, H int } `json:"-"`
}

// bar is one part of the bar of a day: of erasures that verified, that have exceptions, or that are none.
type bar struct {
	X, Y, W, H int
	Class      string
}

type gridLine struct{ Y, N, X, X2 int }

// days adds up the days of stations, from a day on to another.
func dayChart(digests []*digest.Digest, to time.Time, n int) DayChart {
	from := to.UTC().AddDate(0, 0, 1-n)
	c := DayChart{From: from.Format(time.DateOnly), To: to.UTC().Format(time.DateOnly)}
	at := map[string]int{}
	for i := range n {
		day := from.AddDate(0, 0, i).Format(time.DateOnly)
		at[day] = i
		c.Days = append(c.Days, digest.Day{Day: day})
	}
	for _, d := range digests {
		for _, day := range d.Days {
			if i, ok := at[day.Day]; ok {
				c.Days[i].Add(day.Counts)
				c.Counts.Add(day.Counts)
			}
		}
	}
	c.draw()
	return c
}

// draw places the bars. A count that is not zero has a bar that can be seen.
func (c *DayChart) draw() {
	c.View.W, c.View.H = chartWidth, chartHeight+chartFoot
	top := 1
	for _, d := range c.Days {
		top = max(top, d.Sum())
	}
	top = roundUp(top)
	height := func(n int) int {
		if n == 0 {
			return 0
		}
		return max(2, n*(chartHeight-chartTop)/top)
	}
	for _, n := range []int{0, top / 2, top} {
		if n > 0 || len(c.Lines) == 0 {
			c.Lines = append(c.Lines, gridLine{chartHeight - n*(chartHeight-chartTop)/top, n, chartLeft, chartWidth})
		}
	}
	step := float64(chartWidth-chartLeft) / float64(len(c.Days))
	for i, d := range c.Days {
		x := chartLeft + int(float64(i)*step)
		w := max(1, chartLeft+int(float64(i+1)*step)-x-1)
		y := chartHeight
		for _, part := range []struct {
			n     int
			class string
		}{{d.Verified, "good"}, {d.Exceptions, "part"}, {d.Other, "bad"}} {
			if h := height(part.n); h > 0 {
				y -= h
				c.Bars = append(c.Bars, bar{x, y, w, h, part.class})
			}
		}
	}
}

// roundUp is the next of 1, 2, 5, 10, 20, 50 and so on.
func roundUp(n int) int {
	for unit := 1; ; unit *= 10 {
		for _, f := range []int{1, 2, 5} {
			if f*unit >= n {
				return f * unit
			}
		}
	}
}

// Share is a row of a table with a bar in it, 100 units wide.
type Share struct {
	Name string `json:"name"`
	ID   string `json:"station_id,omitempty"`
	digest.Counts
	Widths [3]int `json:"-"` // of the parts of the bar
}

// shares gives each row its bar; the longest has the whole width.
func shares(all []Share) []Share {
	top := 1
	for _, s := range all {
		top = max(top, s.Sum())
	}
	for i, s := range all {
		for j, n := range []int{s.Verified, s.Exceptions, s.Other} {
			if n > 0 {
				all[i].Widths[j] = max(1, n*100/top)
			}
		}
	}
	return all
}

// Offset is where a part of the bar begins.
func (s Share) Offset(part int) (x int) {
	for _, w := range s.Widths[:part] {
		x += w
	}
	return x
}

// Width is how long a part of the bar is.
func (s Share) Width(part int) int { return s.Widths[part] }
