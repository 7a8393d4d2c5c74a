package canon

import "time"

const (
	minYear, maxYear = 2000, 9999
	timeForm         = "2006-01-02T15:04:05Z"
)

// parseTime reads a time in UTC. Package time takes more spellings and more time.
func parseTime(s string) (time.Time, bool) {
	if len(s) != len(timeForm) || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != 'Z' || !isDay(s[:10]) {
		return time.Time{}, false
	}
	hour, ok1 := digits(s[11:13])
	minute, ok2 := digits(s[14:16])
	second, ok3 := digits(s[17:19])
	if !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	year, _ := digits(s[:4])
	month, _ := digits(s[5:7])
	day, _ := digits(s[8:10])
	return time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC), true
}

// isDay reports whether s is a day that the calendar has.
func isDay(s string) bool {
	if len(s) != len(time.DateOnly) || s[4] != '-' || s[7] != '-' {
		return false
	}
	year, ok1 := digits(s[:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:])
	return ok1 && ok2 && ok3 && year >= minYear && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
}

func digits(s string) (n int, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = 10*n + int(s[i]-'0')
	}
	return n, true
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
