package wipe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rasure/devices"
)

// What we chose.
const (
	askOften  = time.Second      // how often a drive is asked in the first minute
	askSeldom = 10 * time.Second // and after it: some drives erase more slowly while they answer
)

// wait asks the drive until it says that it is not erasing any more. It has no patience to lose: nothing that could be done to
// a drive that takes long makes it better. It ends early when the context does, and then the drive goes on alone.
func (j *job) wait(ctx context.Context, e Eraser) error {
	f := j.r.Firmware
	begun, moved, last := time.Now(), time.Now(), -2
	for {
		s, err := j.ask(ctx, e)
		switch {
		case err == nil:
			first := !f.Seen && s.Phase == devices.EraseRunning
			f.Seen, f.After = f.Seen || s.Phase == devices.EraseRunning, s
			if s.Phase != devices.EraseRunning {
				return nil
			}
			if first {
				j.keepBegun()
			}
			if s.Progress != last {
				moved, last = time.Now(), s.Progress
			}
		case ctx.Err() == nil:
			if err := j.check(); err != nil {
				return lost(err)
			}
			s = f.After
		}
		j.working(s, time.Since(begun), time.Since(moved))
		pause := j.PollInterval
		if pause == 0 {
			if pause = askSeldom; time.Since(begun) < time.Minute {
				pause = askOften
			}
		}
		select {
		case <-ctx.Done():
			return j.leaving()
		case <-time.After(pause):
		}
	}
}

// leaving is the error with which a job ends that leaves its drive erasing.
func (j *job) leaving() error {
	m := j.r.Firmware.Method
	switch {
	case m.Blocking && secretOf(m) == "":
		return fmt.Errorf("%w: the drive may still be erasing itself by %s, and keeps no record of it: --resume tells it to erase itself again", errStopped, m.ID)
	case m.Blocking:
		return fmt.Errorf("%w: the drive is still erasing itself by %s, and answers nothing until it has ended; if it loses power it is left locked, and --resume unlocks it",
			errStopped, m.ID)
	}
	return fmt.Errorf("%w: the drive is still erasing itself by %s; that survives power loss, and --resume waits for it and judges it", errStopped, m.ID)
}

// ask asks the drive how far it is. A question that hangs is left to itself once the job was told to stop.
func (j *job) ask(ctx context.Context, e Eraser) (devices.EraseState, error) {
	got := make(chan devices.EraseState, 1)
	err := j.answered(ctx, func() error {
		s, err := e.State(ctx, j.r.Firmware.Method)
		got <- s
		return err
	})
	if errors.Is(err, errSilent) {
		return devices.EraseState{Progress: -1}, err
	}
	return <-got, err
}

// working sends an event about a drive that erases itself.
func (j *job) working(s devices.EraseState, spent, still time.Duration) {
	if j.OnEvent == nil {
		return
	}
	f, after := j.r.Firmware, j.passes(0, j.r.Firmware.Markers.Bytes)
	j.last = Event{Passes: len(j.r.Plan.Scheme.Passes), Method: f.Method.ID, Progress: s.Progress, Spent: spent, Still: still, Takes: f.Method.Estimate,
		Blocking: f.Method.Blocking, JobDone: j.base, JobTotal: j.base + after.written + after.read, LaterWritten: after.written, LaterRead: after.read,
		Total: 1, Exceptions: j.found}
	j.OnEvent(j.last)
}
