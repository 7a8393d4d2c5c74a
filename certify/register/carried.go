package register

import (
	"crypto/sha256"
	"fmt"
	"time"
)

// Carried is what a log that continues this one carries over: how many media are not destroyed, and the SHA-256 over a line of each, in the order of their
// numbers: number, classification, type, serial number and custodian, separated by tabs. FORMAT.md of package statement has it at `succession`.
func (r *Register) Carried() (media int64, sum [32]byte) {
	h := sha256.New()
	for _, m := range r.Media() {
		if m.Destroyed != nil {
			continue
		}
		media++
		fmt.Fprintf(h, "%s\t%s\t%s\t%s\t%s\n", m.Number, m.Class, m.Type, m.Serial, m.Custodian)
	}
	return media, [32]byte(h.Sum(nil))
}

// Counts reports whether no rule refused the entry at an index, and nobody took it back.
func (r *Register) Counts(index int64) bool {
	return index < r.Size() && !r.records[index].refused && !r.records[index].withdrawn
}

// Newest is the newest time that the entries so far state. Where a clock was set back, it counts from there.
func (r *Register) Newest() time.Time {
	if len(r.records) == 0 {
		return time.Time{}
	}
	return time.Unix(r.records[len(r.records)-1].floor, 0).UTC()
}
