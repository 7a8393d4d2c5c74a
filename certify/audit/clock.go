package audit

import (
	"time"

	"rasure/certify"
	"rasure/cmd/message"
)

// maxConfirmDelay is how long a begin may wait for its confirmation while other entries are added. Our choice.
const maxConfirmDelay = time.Hour

// maxClockDrift is how far a job's duration may differ from the time between its begin and its end. Our choice: it allows for NTP.
const maxClockDrift = time.Minute

// watchClock warns of times by the station's clock that cannot be right. That clock is nobody's proof of anything, so a wrong time
// makes no entry invalid.
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
		took := time.Duration(c.Seconds) * time.Second
		between := c.Ended.Sub(c.Started)
		if between >= 0 && len(c.Interruptions) == 0 && c.Resumes == nil && (between-took).Abs() > maxClockDrift {
			warn("the clock was changed during job %s: it took %v, and its times are %v apart", c.ID, took, between)
		}
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
