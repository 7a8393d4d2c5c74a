package wipe

import (
	"slices"
	"time"
)

// clockTolerance is how far the wall clock may move against the monotonic clock before that is called a change.
const clockTolerance = 2 * time.Second

// clock makes the times of a report. They follow the monotonic clock from the wall time at the start, so that no duration is negative or
// wrong when somebody sets the wall clock during a job of many hours; by how much it was set is kept.
type clock struct {
	wall    func() time.Time
	began   time.Time     // wall time at the start
	base    time.Time     // what the times of the report count from: began, or the last time of the process before if that is later
	started time.Time     // has a monotonic reading
	change  time.Duration // of the wall clock since the start, the largest seen; 0 below the tolerance
	before  time.Duration // of earlier processes of the job
	offset  time.Duration // of the wall clock against the monotonic one, after the last step
	steps   []ClockStep   // of earlier processes, too
}

// ClockStep is a change of the wall clock while a job ran, of two seconds or more. If a job has more than 100, the last one stands for the rest.
type ClockStep struct {
	At           time.Time `json:"at"` // by the wall clock, after it; UTC, whole seconds
	Milliseconds int64     `json:"milliseconds"`
}

const maxSteps = 100

func newClock(wall func() time.Time) *clock {
	if wall == nil {
		wall = time.Now
	}
	began := wall().Round(0) // without the monotonic reading
	return &clock{wall: wall, began: began, base: began, started: time.Now()}
}

// now returns a time for a report: UTC, in whole seconds.
func (c *clock) now() time.Time {
	c.observe()
	return c.base.Add(time.Since(c.started)).UTC().Truncate(time.Second)
}

// observe compares the wall clock with the monotonic one.
func (c *clock) observe() {
	d := c.wall().Round(0).Sub(c.began) - time.Since(c.started)
	if d.Abs() >= clockTolerance && d.Abs() > c.change.Abs() {
		c.change = d
	}
	if by := d - c.offset; by.Abs() >= clockTolerance {
		c.offset = d
		c.step(c.wall(), by)
	}
}

func (c *clock) step(at time.Time, by time.Duration) {
	s := ClockStep{at.UTC().Truncate(time.Second), by.Milliseconds()}
	if n := len(c.steps); n == maxSteps {
		s.Milliseconds += c.steps[n-1].Milliseconds
		c.steps = c.steps[:n-1]
	}
	c.steps = append(c.steps, s)
}

// resume continues a job whose last known time is last. If the wall clock is before that now, it was set back.
func (c *clock) resume(last time.Time, was Report) {
	c.before = time.Duration(was.ClockChange) * time.Second
	c.steps = slices.Concat(was.ClockSteps, c.steps)
	if d := c.base.Sub(last); d < 0 {
		c.base = last
		if -d >= clockTolerance {
			c.before += d
			c.step(c.wall(), d)
		}
	}
}

// seconds is the change of the wall clock over the whole job.
func (c *clock) seconds() int64 { return int64((c.before + c.change) / time.Second) }

// timer measures the current pass by the monotonic clock: when pass, writing and reading back began in this run, and the milliseconds of earlier runs.
type timer struct {
	pass, writing    time.Time
	reading          time.Time
	elapsed, written int64
}

// now returns how long the pass has been written, and how long it has taken.
func (t timer) now() (writing, elapsed int64) {
	return t.written + sinceMilliseconds(t.writing), t.elapsed + sinceMilliseconds(t.pass)
}

// suspended takes a pause out of what is measured.
func (t *timer) suspended(d time.Duration) {
	t.pass, t.writing, t.reading = t.pass.Add(d), t.writing.Add(d), t.reading.Add(d)
}

func sinceMilliseconds(t time.Time) int64 { return time.Since(t).Milliseconds() }
