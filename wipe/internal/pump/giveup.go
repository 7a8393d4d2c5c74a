package pump

import (
	"time"

	"rasure/cmd/message"
)

// GiveUp is how much time a job may lose to errors of its disk before it gives it up: in all, and within an hour. 0 or less is no limit.
//
// A transfer that fails is lost time, with all attempts to transfer its parts; of several transfers at a time each counts by its share.
type GiveUp struct{ Total, PerHour time.Duration }

// ErrGivenUp says that too much time was lost to errors.
var ErrGivenUp = message.New("the disk was given up: too much time was lost to its errors")

// losses is the time lost so far. It belongs to the goroutine of [Step.Run].
type losses struct {
	total  time.Duration
	minute [60]time.Duration // of the last hour, a ring
	began  time.Time
	now    int   // minutes since began
	seen   int64 // nanoseconds spent on errors by all workers, when last asked
}

// add takes what all workers together have spent on errors so far.
func (l *losses) add(at time.Time, spent int64, workers int) {
	if l.began.IsZero() {
		l.began = at
	}
	for now := int(at.Sub(l.began) / time.Minute); l.now < now; {
		if now-l.now > len(l.minute) {
			l.now = now - len(l.minute)
		}
		l.now++
		l.minute[l.now%len(l.minute)] = 0
	}
	lost := time.Duration(spent-l.seen) / time.Duration(max(workers, 1))
	l.seen, l.total = spent, l.total+lost
	l.minute[l.now%len(l.minute)] += lost
}

// hour is what was lost within the last hour.
func (l *losses) hour() (sum time.Duration) {
	for _, m := range l.minute {
		sum += m
	}
	return sum
}

// left is how much more may be lost; false if there is no limit.
func (l *losses) left(g GiveUp) (left time.Duration, limited bool) {
	for _, limit := range []struct{ most, lost time.Duration }{{g.Total, l.total}, {g.PerHour, l.hour()}} {
		if limit.most > 0 && (!limited || limit.most-limit.lost < left) {
			left, limited = limit.most-limit.lost, true
		}
	}
	return left, limited
}

// countLosses looks whether the disk is to be given up, and returns how much more may be lost; 0 if nothing was lost, or without a limit.
func (s *Step) countLosses(at time.Time) time.Duration {
	p := s.pump
	p.losses.add(at, p.spent.Load(), int(s.width.Load()))
	left, limited := p.losses.left(p.opts.GiveUp)
	if !limited || p.losses.total == 0 {
		return 0
	}
	if left <= 0 {
		p.quit.Store(true)
	}
	return max(left, time.Second)
}

// untried is what no worker has taken.
func (s *Step) untried() (list []Extent) {
	for i := s.next.Load(); i < s.blocks.n; i++ {
		off, n := s.blocks.at(i)
		if last := len(list) - 1; last >= 0 && list[last].Offset+list[last].Length == off {
			list[last].Length += n
		} else {
			list = append(list, Extent{off, n})
		}
	}
	return list
}

// Lost returns how much time was lost to errors, in all and within the last hour.
func (p *Pump) Lost() (total, hour time.Duration) { return p.losses.total, p.losses.hour() }
