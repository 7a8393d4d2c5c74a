package register

import (
	"strings"
	"time"
)

// firstFestival is the year of the first entry of springFestivals.
const firstFestival = 2020

// springFestivals are the first days of the years of the Chinese calendar, from [firstFestival] to 2100. A test computes them from the positions of sun
// and moon: the month in which the winter solstice falls is the eleventh (GB/T 33661-2017).
var springFestivals = strings.Fields(`
	01-25 02-12 02-01 01-22 02-10 01-29 02-17 02-06 01-26 02-13
	02-03 01-23 02-11 01-31 02-19 02-08 01-28 02-15 02-04 01-24
	02-12 02-01 01-22 02-10 01-30 02-17 02-06 01-26 02-14 02-02
	01-23 02-11 02-01 02-19 02-08 01-28 02-15 02-04 01-24 02-12
	02-02 01-21 02-09 01-29 02-17 02-05 01-26 02-14 02-03 01-23
	02-11 01-31 02-19 02-07 01-27 02-15 02-05 01-24 02-12 02-02
	01-22 02-09 01-29 02-17 02-06 01-26 02-14 02-03 01-24 02-10
	01-30 02-18 02-07 01-27 02-15 02-05 01-25 02-12 02-01 01-21
	02-09
`)

// SpringFestival is the first day of the Chinese year that begins in a year; false for a year that the table does not have.
func SpringFestival(year int) (month time.Month, day int, ok bool) {
	i := year - firstFestival
	if i < 0 || i >= len(springFestivals) {
		return 0, 0, false
	}
	at, err := time.Parse("01-02", springFestivals[i])
	return at.Month(), at.Day(), err == nil
}

// springFestival is the word for it in a policy.
const springFestival = "spring-festival"

// fixedDay is a day of a policy, MM-DD or spring-festival, in a year: when it begins, in a zone. False if that year has none.
func fixedDay(word string, year int, zone *time.Location) (time.Time, bool) {
	if word == springFestival {
		month, day, ok := SpringFestival(year)
		return time.Date(year, month, day, 0, 0, 0, 0, zone), ok
	}
	at, err := time.Parse("01-02", word)
	return time.Date(year, at.Month(), at.Day(), 0, 0, 0, 0, zone), err == nil
}

// Holiday names the holiday on which a time falls, in its own zone: the days of 五一, 国庆 and 春节; "" if there is none.
func Holiday(at time.Time) string {
	for _, h := range []struct {
		word, name string
		days       int
	}{{"05-01", "labour-day", 1}, {"10-01", "national-day", 3}, {springFestival, springFestival, 3}} {
		if day, ok := fixedDay(h.word, at.Year(), at.Location()); ok && !at.Before(day) && at.Before(day.AddDate(0, 0, h.days)) {
			return h.name
		}
	}
	return ""
}
