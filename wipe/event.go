package wipe

import (
	"time"

	"rasure/devices"
	"rasure/wipe/internal/pump"
)

// Event says how far a job is. Events come from the goroutine that called Run or Check: one at the beginning of each step, about four
// a second, and one at its end.
type Event struct {
	Step         int    // counts from 1; an event with another number than the one before is the first of a new step
	Pass, Passes int    // Pass counts from 1; 0: before the passes
	Pattern      string // as in PassReport; "markers" or "probe" before the passes
	Verifying    bool

	Done, Total       int64 // bytes of this step: the writing, or the reading back, of one pass; Done is 0 in the first event
	JobDone, JobTotal int64 // bytes of all steps
	LaterWritten      int64 // about how many bytes later steps write
	LaterRead         int64 // and read back
	Exceptions        int   // extents and flush errors so far that will limit the outcome

	Silent   time.Duration // since the disk last answered, in whole seconds; 0 below ten
	GivingUp time.Duration // how much more time may be lost to errors before the disk is given up (see [RunOptions.GiveUp]); 0 if none was lost, or without a limit
	Paused   bool          // the job waits at [RunOptions.Gate]

	// While a drive erases itself no bytes are counted. Method is "" at all other times.
	Method   devices.MethodID
	Progress int           // reported by the drive, in 65536ths; -1 if it reports none
	Spent    time.Duration // so far
	Still    time.Duration // since its progress last moved
	Takes    time.Duration // its own estimate for the whole; 0 if it reports none
	Blocking bool          // it answers nothing until it is done
}

// meter turns the progress of the steps of a job into events.
type meter struct {
	send  func(Event) // may be nil
	event Event       // of the step: what is not counted
	last  Event
	base  int64  // bytes of the steps before
	after volume // of the steps to come
	found int    // extents and flush errors of the steps before
}

// volume is how many bytes some steps write and read back.
type volume struct{ written, read int64 }

func (v volume) plus(w volume) volume { return volume{v.written + w.written, v.read + w.read} }

// begin begins a step.
func (m *meter) begin(e Event, after volume) {
	e.Step = m.event.Step + 1
	m.event, m.after = e, after
}

// end counts a step that was run.
func (m *meter) end(r pump.Result) {
	m.base += r.Done
	m.found += r.Bad.Total().Extents + r.Mismatched.Total().Extents
}

func (m *meter) progress(p pump.Progress) {
	e := m.event
	e.Done, e.Total, e.Silent, e.GivingUp, e.Paused = p.Done, p.Total, p.Silent, p.GivingUp, p.Paused
	e.JobDone, e.JobTotal = m.base+p.Done, m.base+p.Total+m.after.written+m.after.read
	e.LaterWritten, e.LaterRead = m.after.written, m.after.read
	e.Exceptions = m.found + p.Bad
	m.emit(e)
}

// silent repeats the last event while a disk does not answer.
func (m *meter) silent(d time.Duration) {
	if m.send != nil {
		e := m.last
		e.Silent = d
		m.send(e)
	}
}

func (m *meter) emit(e Event) {
	m.last = e
	if m.send != nil {
		m.send(e)
	}
}

// speed is bytes a second, rounded down; 0 where nothing was done.
func speed(n int64, took time.Duration) int64 {
	if n == 0 || took <= 0 {
		return 0
	}
	return int64(float64(n) / took.Seconds())
}
