package main

import (
	"fmt"
	"math"
	"time"

	"rasure/devices"
	"rasure/wipe"
)

// bar is one job's last known place. progress.mu guards it.
type bar struct {
	p       *progress
	disk    devices.Disk
	event   wipe.Event
	marks   []mark // the last few seconds
	printed time.Time
	outcome wipe.Outcome // "" while it runs
	ended   time.Time

	asked   time.Time // for the temperature
	asking  bool      // there is no answer yet
	heat    devices.Temperature
	warm    bool                // heat is known
	tooWarm devices.Temperature // when it reached a limit of its own first, or a higher one

	stepBegan time.Time
	stepFrom  int64            // bytes of the step that were done then
	pace      map[bool]float64 // seconds a byte, of the last whole step that wrote (false) or read back (true)
}

type mark struct {
	at   time.Time
	done int64
}

// take makes e the last event; true: a step ends with it.
func (b *bar) take(e wipe.Event, at time.Time) (ends bool) {
	was := b.event
	next := b.stepBegan.IsZero() || e.Method != was.Method || e.Pass != was.Pass || e.Verifying != was.Verifying
	if next {
		b.stepBegan, b.stepFrom = at, e.Done
		if e.Done == 0 || len(b.marks) == 0 {
			b.marks = nil // the speed of reading is not that of writing
		}
	}
	b.event = e
	b.marks = append(b.marks, mark{at, e.Done})
	for len(b.marks) > 2 && at.Sub(b.marks[0].at) > 5*time.Second {
		b.marks = b.marks[1:]
	}
	if moved := e.Done - b.stepFrom; e.Done == e.Total && moved > e.Total/2 {
		if b.pace == nil {
			b.pace = map[bool]float64{}
		}
		b.pace[e.Verifying] = at.Sub(b.stepBegan).Seconds() / float64(moved)
	}
	return e.Done == e.Total && (next || was.Done != was.Total) // a flush that takes long comes with more events at the step's end
}

func (b *bar) doing() string {
	switch {
	case b.outcome != "":
		return string(b.outcome)
	case b.event.Passes == 0:
		return "starting"
	case b.event.Method != "":
		return erasing(b.event)
	case b.event.Verifying:
		return "reading back " + b.event.Pattern
	}
	return "writing " + b.event.Pattern
}

// line is for a log: everything, in words.
func (b *bar) line(at time.Time) string {
	e := b.event
	if b.outcome != "" {
		return fmt.Sprintf("%s: %s, exceptions %d", devices.Printable(b.disk.Name), b.outcome, e.Exceptions)
	}
	if e.Method != "" {
		return fmt.Sprintf("%s: %s, ETA %s", devices.Printable(b.disk.Name), b.doing(), b.eta(at))
	}
	s := fmt.Sprintf("%s: pass %d/%d %s, %s %s, %.0f MB/s, mean %.0f MB/s, ETA %s", devices.Printable(b.disk.Name), e.Pass, e.Passes, b.doing(),
		percent(e.JobDone, e.JobTotal), shortSize(e.JobDone), b.speed(), b.mean(at), b.eta(at))
	if e.Silent > 0 {
		s += fmt.Sprintf(", NO ANSWER for %v", e.Silent)
	}
	if e.Exceptions > 0 {
		s += fmt.Sprintf(", exceptions %d", e.Exceptions)
	}
	return s
}

// record is an event as --progress json prints it; FORMAT.md says what each field means. Fields are added in later versions, never
// changed.
type record struct {
	Time       time.Time `json:"time"`
	Disk       string    `json:"disk"`
	Serial     string    `json:"serial"`
	Pass       int       `json:"pass"`
	Passes     int       `json:"passes"`
	Pattern    string    `json:"pattern"`
	Verifying  bool      `json:"verifying"`
	Done       int64     `json:"done_bytes"` // of this step
	Total      int64     `json:"total_bytes"`
	JobDone    int64     `json:"job_done_bytes"`
	JobTotal   int64     `json:"job_total_bytes"`
	Speed      int64     `json:"bytes_per_second"` // of the last seconds
	Mean       int64     `json:"mean_bytes_per_second"`
	ETA        *int64    `json:"eta_seconds"` // null: not known
	Exceptions int       `json:"exceptions"`
	Silent     int64     `json:"silent_seconds"`      // since the disk last answered; 0 below ten
	Celsius    *int      `json:"temperature_celsius"` // null: not told
	Limit      *int      `json:"temperature_limit_celsius"`
	Critical   *int      `json:"temperature_critical_celsius"`
	Method     string    `json:"method"`            // by which the drive erases itself just now; "" else
	Progress   *int      `json:"progress_65536ths"` // of that, as the drive says; null: it says nothing
	Outcome    string    `json:"outcome"`           // "" until the job has ended
}

func (b *bar) record(at time.Time) record {
	e := b.event
	r := record{Time: at.UTC().Truncate(time.Millisecond), Disk: devices.Printable(b.disk.Name), Serial: b.disk.Serial, Pass: e.Pass, Passes: e.Passes,
		Pattern: e.Pattern, Verifying: e.Verifying, Done: e.Done, Total: e.Total, JobDone: e.JobDone, JobTotal: e.JobTotal,
		Speed: int64(b.speed() * 1e6), Mean: int64(b.mean(at) * 1e6), Exceptions: e.Exceptions, Silent: int64(e.Silent / time.Second)}
	r.Outcome = string(b.outcome)
	if left, ok := b.left(at); ok && b.outcome == "" {
		s := int64(left / time.Second)
		r.ETA = &s
	}
	if b.warm {
		r.Celsius, r.Limit, r.Critical = &b.heat.Celsius, known(b.heat.Limit), known(b.heat.Critical)
	}
	if r.Method = string(e.Method); e.Method != "" && e.Progress >= 0 {
		r.Progress = &e.Progress
	}
	return r
}

// known is n, or nil where 0 means that it is not known.
func known(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

// percent is rounded down: 100 % is shown when all is done and not before.
func percent(done, total int64) string {
	if total <= 0 {
		return "-"
	}
	return fmt.Sprintf("%d%%", int(float64(done)/float64(total)*100))
}

// speed is that of the last seconds, in MB/s.
func (b *bar) speed() float64 {
	if len(b.marks) == 0 || b.outcome != "" {
		return 0
	}
	first, last := b.marks[0], b.marks[len(b.marks)-1]
	if len(b.marks) == 1 {
		first = mark{b.stepBegan, b.stepFrom}
	}
	return perSecond(last.done-first.done, last.at.Sub(first.at))
}

// mean is that of the step so far, in MB/s.
func (b *bar) mean(at time.Time) float64 {
	if b.outcome != "" {
		at = b.ended
	}
	return perSecond(b.event.Done-b.stepFrom, at.Sub(b.stepBegan))
}

func perSecond(bytes int64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(bytes) / 1e6 / d.Seconds()
}

func (b *bar) eta(at time.Time) string {
	left, ok := b.left(at)
	if !ok {
		return "-"
	}
	return duration(left)
}

// left is how long the job will still take: the rest of this step, and the steps to come at the pace of the last one of their kind. A
// kind that has not been yet is taken to be as fast as this step.
func (b *bar) left(at time.Time) (time.Duration, bool) {
	e := b.event
	if e.Method != "" {
		return erasingLeft(e)
	}
	spent := at.Sub(b.stepBegan)
	if e.Total <= 0 || spent < time.Second {
		return 0, false
	}
	from, to := b.way(b.stepFrom), b.way(e.Done)
	if to-from < 1e-6 {
		return 0, false
	}
	whole := spent.Seconds() / (to - from)
	seconds := whole * (1 - to)
	for verifying, bytes := range map[bool]int64{false: e.LaterWritten, true: e.LaterRead} {
		pace, ok := b.pace[verifying]
		if !ok {
			pace = whole / float64(e.Total)
		}
		seconds += pace * float64(bytes)
	}
	return time.Duration(seconds * float64(time.Second)), true
}

// slower is how much of its speed a magnetic disk loses from its outer tracks, where it begins, to its inner ones: 250 to 110 MB/s is
// usual.
const slower = 1 - 110.0/250

// way is which part of a step's time has gone when so many of its bytes are done. On a magnetic disk the second half takes longer: the
// speed at x of the way is 1 - slower * x of the first, so that the time is the integral of its inverse.
func (b *bar) way(done int64) float64 {
	x := float64(done) / float64(b.event.Total)
	if b.disk.Medium != devices.Magnetic {
		return x
	}
	return math.Log(1-slower*x) / math.Log(1-slower)
}
