// Package progress follows running jobs. A [Tracker] turns the events of one job into numbers, and does no I/O; a [Display] keeps the
// trackers of all jobs of a command and feeds a [Printer]: a table, lines, or JSON.
package progress

import (
	"math"
	"time"

	"rasure/devices"
	"rasure/wipe"
)

const (
	speedWindow = 5 * time.Second
	// longestGap between two events means that the process did not run: package wipe sends four a second, also while a disk does not
	// answer.
	longestGap = 3 * time.Second
)

// Tracker is what is known of one job: how far it is, how fast, and what became of it. It is not safe for concurrent use.
type Tracker struct {
	disk    devices.Disk
	event   wipe.Event
	last    time.Time    // when event came
	marks   []mark       // of this step, in the last few seconds
	outcome wipe.Outcome // "" while the job runs
	ended   time.Time

	temperature devices.Temperature
	measured    bool                // temperature is known
	hottest     devices.Temperature // when it reached one of its own limits, or a higher one than before

	crawl crawl

	stepBegan time.Time
	stepFrom  int64            // bytes of the step that were done then
	pace      map[bool]float64 // seconds a byte, of the last whole step that wrote (false) or read back (true)
}

type mark struct {
	at   time.Time
	done int64
}

// NewTracker follows a job on the disk.
func NewTracker(d devices.Disk) *Tracker { return &Tracker{disk: d, pace: map[bool]float64{}} }

// Update takes the job's next event. It reports whether a step ends with it: the writing, or the reading back, of one pass.
func (t *Tracker) Update(e wipe.Event, at time.Time) (stepEnds bool) {
	was := t.event
	begins := t.stepBegan.IsZero() || e.Method != was.Method || e.Pass != was.Pass || e.Verifying != was.Verifying || e.Done < was.Done
	if gap := at.Sub(t.last); !begins && (gap > longestGap || was.Paused) {
		t.suspended(gap)
	}
	if begins {
		t.stepBegan, t.stepFrom, t.marks = at, e.Done, nil // one step says nothing about the speed of the next
	}
	t.crawl.add(e, at)
	t.event, t.last = e, at
	t.marks = append(t.marks, mark{at, e.Done})
	for len(t.marks) > 2 && at.Sub(t.marks[0].at) > speedWindow {
		t.marks = t.marks[1:]
	}
	if moved := e.Done - t.stepFrom; e.Done == e.Total && moved > e.Total/2 {
		t.pace[e.Verifying] = at.Sub(t.stepBegan).Seconds() / float64(moved)
	}
	return e.Done == e.Total && (begins || was.Done != was.Total) // a flush that takes long repeats the last event of its step
}

// suspended takes time in which the process was stopped (Ctrl-Z, SIGSTOP) out of the step.
func (t *Tracker) suspended(d time.Duration) {
	t.stepBegan = t.stepBegan.Add(d)
	for i := range t.marks {
		t.marks[i].at = t.marks[i].at.Add(d)
	}
}

// Measured takes a temperature of the disk, which is not known if ok is false. It reports whether the disk has reached a limit of its
// own that it had not reached before.
func (t *Tracker) Measured(h devices.Temperature, ok bool) (tooHot bool) {
	t.temperature, t.measured = h, ok
	if h.ExceededLimit() <= t.hottest.ExceededLimit() {
		return false
	}
	t.hottest = h
	return true
}

// End takes what became of the job.
func (t *Tracker) End(o wipe.Outcome, at time.Time) { t.outcome, t.ended = o, at }

// speed is that of the last seconds of this step, in bytes per second.
func (t *Tracker) speed() float64 {
	if len(t.marks) < 2 || t.outcome != "" || t.event.Paused {
		return 0
	}
	first, last := t.marks[0], t.marks[len(t.marks)-1]
	return perSecond(last.done-first.done, last.at.Sub(first.at))
}

// mean is that of the step so far, in bytes per second.
func (t *Tracker) mean(at time.Time) float64 {
	if t.outcome != "" {
		at = t.ended
	}
	return perSecond(t.event.Done-t.stepFrom, at.Sub(t.stepBegan))
}

func perSecond(bytes int64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(bytes) / d.Seconds()
}

// remaining is how long the job will still take: the rest of this step, and the steps to come at the pace of the last one of their
// kind. A kind that has not been yet is taken to be as fast as this step.
func (t *Tracker) remaining(at time.Time) (time.Duration, bool) {
	e := t.event
	switch {
	case t.outcome != "":
		return 0, false
	case e.Method != "":
		return erasingRemains(e)
	case e.Total <= 0:
		return 0, false
	}
	spent := at.Sub(t.stepBegan)
	from, to := t.timeFraction(t.stepFrom), t.timeFraction(e.Done)
	pace, known := t.pace[e.Verifying]
	whole := pace * float64(e.Total)
	if spent >= time.Second && to-from >= 1e-6 {
		whole = spent.Seconds() / (to - from)
	} else if !known {
		return 0, false
	}
	seconds := whole * (1 - to)
	for verifying, bytes := range map[bool]int64{false: e.LaterWritten, true: e.LaterRead} {
		pace, ok := t.pace[verifying]
		if !ok {
			pace = whole / float64(e.Total)
		}
		seconds += pace * float64(bytes)
	}
	return time.Duration(seconds * float64(time.Second)), true
}

// innerTrackLoss is how much of its speed a magnetic disk loses from its outer tracks, where it begins, to its inner ones: 250 to
// 110 MB/s is usual.
const innerTrackLoss = 1 - 110.0/250

// timeFraction is which part of a step's time has gone when so many of its bytes are done. On a magnetic disk the second half takes
// longer: the speed at x of the bytes is 1 - innerTrackLoss * x of the first, so that the time is the integral of its inverse.
func (t *Tracker) timeFraction(done int64) float64 {
	x := float64(done) / float64(t.event.Total)
	if t.disk.Medium != devices.Magnetic {
		return x
	}
	return math.Log(1-innerTrackLoss*x) / math.Log(1-innerTrackLoss)
}

// stuckAfter is when a drive whose progress does not move is reported. It is our choice: some drives report hundredths, and take a day.
const stuckAfter = time.Hour

// erasingRemains is how long a drive will still erase itself: by its own progress once that has moved, otherwise by its own estimate.
func erasingRemains(e wipe.Event) (time.Duration, bool) {
	switch {
	case e.Progress > 0 && e.Progress < 65536 && e.Spent > 0 && e.Still < stuckAfter:
		return time.Duration(float64(e.Spent) * float64(65536-e.Progress) / float64(e.Progress)), true
	case e.Takes > e.Spent:
		return e.Takes - e.Spent, true
	}
	return 0, false
}
