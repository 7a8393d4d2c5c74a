package main

import (
	"fmt"
	"time"

	"rasure/wipe"
)

// stuck is from when on it is said that a drive's progress does not move. What we chose: some tell it in steps of a hundredth,
// and take a day.
const stuck = time.Hour

// erasing says how far a drive is that erases itself.
func erasing(e wipe.Event) string {
	s := fmt.Sprintf("the drive erases itself (%s)", e.Method)
	switch {
	case e.Progress >= 0:
		s += fmt.Sprintf(", %d%%", e.Progress*100/65536)
	case e.Takes > 0:
		s += fmt.Sprintf(", %s of about %s", duration(e.Spent), duration(e.Takes))
	default:
		s += ", " + duration(e.Spent)
	}
	if e.Still >= stuck && !e.Blocking {
		s += fmt.Sprintf(", NO PROGRESS for %s: it may be stuck; Ctrl-C leaves it running, and it survives power loss", duration(e.Still))
	}
	return s
}

// erasingLeft is how long it will still take: by the drive's own progress once it has moved, else by its own estimate.
func erasingLeft(e wipe.Event) (time.Duration, bool) {
	switch {
	case e.Progress > 0 && e.Progress < 65536 && e.Spent > 0 && e.Still < stuck:
		return time.Duration(float64(e.Spent) * float64(65536-e.Progress) / float64(e.Progress)), true
	case e.Takes > e.Spent:
		return e.Takes - e.Spent, true
	}
	return 0, false
}
