package station

import "syscall"

// unsynchronised is STA_UNSYNC of adjtimex(2).
const unsynchronised = 0x0040

// synchronised reports whether the kernel holds the clock to be synchronised, and by its estimate within how many milliseconds.
func synchronised() (maxError int64, ok bool) {
	var t syscall.Timex
	if _, err := syscall.Adjtimex(&t); err != nil || t.Status&unsynchronised != 0 {
		return 0, false
	}
	return (int64(t.Maxerror) + 999) / 1000, true // of microseconds, rounded up
}
