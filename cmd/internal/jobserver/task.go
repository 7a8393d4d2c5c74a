package jobserver

import (
	"slices"
	"time"

	"rasure/cmd/internal/job"
	"rasure/cmd/internal/progress"
	"rasure/devices"
	"rasure/wipe"
)

// task is a job of this server, from its start until its outcome was seen. The server's mutex guards it.
type task struct {
	batch    *batch
	number   int // in the batch as it runs
	info     job.Info
	row      *row
	operator string
	begun    time.Time
	tracker  *progress.Tracker
	history  []int64
	second   int64 // of the last value of the history
	stopping bool
	result   *job.Result // once it has ended

	temperature devices.Temperature
	measured    bool // the temperature is known
}

func (t *task) id() string { return t.batch.own.ID(t.number) }
func (t *task) over() bool { return t.result != nil }

// end stops the job cleanly, and the second time does not wait for its disk any longer.
func (t *task) end(reason error) {
	if !t.over() {
		t.stopping = true
		t.batch.own.Stop(t.number, reason)
	}
}

// maxHistory is how many seconds of speed are kept. Chosen.
const maxHistory = 60

func (t *task) update(e wipe.Event, at time.Time) {
	t.tracker.Update(e, at)
	if second := at.Unix(); second != t.second {
		t.second = second
		t.history = append(t.history, t.tracker.Snapshot(at).Speed)
		t.history = slices.Clone(t.history[max(0, len(t.history)-maxHistory):]) // a state that was handed out keeps its own
	}
}
