package audit

import (
	"time"

	"rasure/certify"
	"rasure/cmd/message"
)

// maxConfirmDelay is how long a begin may wait for its confirmation while other entries are added. Our choice.
const maxConfirmDelay = time.Hour

// watchClock warns of entries that are dated before the entries in front of them. The station's clock proves nothing, so a wrong time
// makes no entry invalid. What a clock did during a job is in [certify.Certificate.Warnings].
func (s *State) watchClock(index int64, e certify.Entry) {
	warn := func(format string, args ...any) {
		s.Chain.Warnings = append(s.Chain.Warnings, certify.Problem{Index: index, Detail: message.Of(format, args...)})
	}
	var stated time.Time
	switch {
	case e.Station != nil:
		stated = e.Station.Created
	case e.Begin != nil:
		stated = e.Begin.Started
	case e.Preparation != nil:
		stated = e.Preparation.Started
	case e.Certificate != nil:
		c := e.Certificate
		// A certificate can be added long after its job ended, so that it may be older than the entries before it.
		if c.Ended.After(s.clock) {
			s.clock, s.clockIndex = c.Ended, index
		}
		return
	default:
		return
	}
	if stated.Before(s.clock.Add(-maxConfirmDelay)) {
		warn("the station's clock ran backwards: this entry is dated %s, entry %d before it %s", stamp(stated), s.clockIndex, stamp(s.clock))
	}
	s.clock, s.clockIndex = stated, index
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
