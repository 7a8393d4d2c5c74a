package progress

import (
	"testing"
	"time"

	"rasure/devices"
	"rasure/wipe"
)

// TestPaused has a job that waits for an hour: neither its mean speed nor the rest of its time changes by that.
func TestPaused(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tr := NewTracker(devices.Disk{Name: "sda"})
	e := wipe.Event{Pass: 1, Passes: 1, Pattern: "random", Total: 1000e6, JobTotal: 1000e6}
	for range 20 {
		tr.Update(e, at)
		at, e.Done, e.JobDone = at.Add(time.Second), e.Done+10e6, e.JobDone+10e6
	}
	tr.Update(e, at)
	before := tr.Snapshot(at)
	e.Paused = true
	for range 3600 {
		tr.Update(e, at)
		at = at.Add(time.Second)
	}
	tr.Update(e, at)
	paused := tr.Snapshot(at)
	if !paused.Paused || paused.Speed != 0 || paused.Mean != before.Mean || *paused.ETA != *before.ETA || paused.Doing().String() != "PAUSED, writing random" {
		t.Errorf("%+v, %q; before %+v", paused, paused.Doing(), before)
	}
	e.Paused = false
	tr.Update(e, at)
	if after := tr.Snapshot(at); after.Paused || after.Mean != before.Mean || *after.ETA != *before.ETA || after.Speed != before.Speed {
		t.Errorf("%+v, before %+v", after, before)
	}
}
