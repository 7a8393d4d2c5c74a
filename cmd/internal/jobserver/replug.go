package jobserver

import (
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/devices"
)

// Both chosen: how soon a disk is back at its port to count as plugged in again, and for how long that may confirm it.
const (
	backWithin  = time.Minute
	confirmsFor = 10 * time.Minute
)

// departure is a disk that was pulled out.
type departure struct {
	disk devices.Disk
	at   time.Time
}

// left notes that a disk was pulled out. The caller holds s.mu.
func (s *Server) left(d devices.Disk) {
	if d.IdentifiedBy() == devices.ByPort {
		s.departures[d.Port] = departure{d, time.Now()}
	}
}

// returned is now if the disk, which has just arrived, was pulled out of the same port shortly before, and otherwise zero. Of a disk without a
// serial number of its own nobody can say more than that it looks the same. The caller holds s.mu.
func (s *Server) returned(d devices.Disk) time.Time {
	was, ok := s.departures[d.Port]
	if !ok || d.IdentifiedBy() != devices.ByPort {
		return time.Time{}
	}
	delete(s.departures, d.Port)
	now := time.Now()
	if now.Sub(was.at) > backWithin || was.disk.Identity != d.Identity || was.disk.Size != d.Size {
		return time.Time{}
	}
	return now
}

// replugged refuses a disk that this server has not seen plugged in again: the word of a screen is not enough.
func (b *batch) replugged(word string) error {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	for _, i := range b.own.Jobs() {
		if r := b.s.find(keyOf(i.Disk)); r != nil && job.SameWord(word, i.Word) && !r.returned.IsZero() && time.Since(r.returned) <= confirmsFor {
			return nil
		}
	}
	return fault.Refusef("the disk at %s was not unplugged and plugged in again just now", devices.Printable(word))
}
