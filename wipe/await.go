package wipe

import (
	"context"
	"errors"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe/internal/pump"
)

const (
	askOften  = time.Second      // how often a drive is asked in the first minute
	askSeldom = 10 * time.Second // and after it: some drives erase more slowly while they answer
)

// Our choice: how often the drive is asked before an answer that shows nothing is believed. With the pauses above that is half a minute,
// ten minutes and half an hour at least.
const (
	unsurePolls = 5
	awayPolls   = 115
	errorPolls  = 240
	unsurePause = 6 * time.Second
)

// same counts how often in a row a drive gave the same answer that shows nothing.
type same struct {
	what  string
	times int
}

// lasts reports whether what came so many times in a row, this time included.
func (s *same) lasts(what string, times int) bool {
	if s.what != what {
		*s = same{what: what}
	}
	s.times++
	return s.times >= times
}

// wait asks the drive until it reports that it is not erasing any more. There is no time-out while it reports progress, because nothing helps
// a drive that takes long; and no single answer that shows nothing ends the waiting, only one that stays the same. It ends early when the
// context does; the drive then continues alone.
func (j *job) wait(ctx context.Context, e Eraser) error {
	f := j.r.Firmware
	begun, moved, last := time.Now(), time.Now(), -2
	var doubt same
	for {
		s, err := j.ask(ctx, e)
		switch {
		case err == nil && s.Phase == devices.EraseUnknown:
			if f.After = s; doubt.lasts(string(s.Phase), unsurePolls) {
				return nil
			}
		case err == nil:
			doubt = same{}
			first := !f.Seen && s.Phase == devices.EraseRunning
			f.Seen, f.After = f.Seen || s.Phase == devices.EraseRunning, s
			if s.Phase != devices.EraseRunning {
				return nil
			}
			if first {
				j.saveState()
			}
			if s.Progress != last {
				moved, last = time.Now(), s.Progress
			}
		case ctx.Err() == nil:
			lost := j.checkDisk(ctx)
			if errors.Is(lost, devices.ErrRemoved) {
				return j.removed(lost)
			}
			switch away := errors.Is(lost, devices.ErrAway); {
			case lost != nil && (!away || doubt.lasts("away", awayPolls)):
				return lost
			case lost == nil && doubt.lasts(err.Error(), errorPolls):
				return message.Errorf("%w: the drive received %s, and every question since then has ended with the same error: %w; switch it off and on, then --resume judges it",
					pump.ErrStopped, string(f.Method.ID), err)
			}
			s = f.After
		}
		j.working(s, time.Since(begun), time.Since(moved))
		if !j.rests(ctx, time.Since(begun), doubt) {
			return j.leaving()
		}
	}
}

// rests waits until the drive is asked again. It returns false if ctx has ended before.
func (j *job) rests(ctx context.Context, spent time.Duration, doubt same) bool {
	pause := j.opts.PollInterval
	if pause == 0 {
		if pause = askSeldom; spent < time.Minute {
			pause = askOften
		}
		if doubt.what == string(devices.EraseUnknown) {
			pause = unsurePause
		}
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
}

// present makes sure that the disk is there after its erase. A controller that is reset at that moment gets time.
func (j *job) present(ctx context.Context) error {
	for try := 1; ; try++ {
		err := j.checkDisk(ctx)
		if errors.Is(err, devices.ErrRemoved) {
			return j.removed(err)
		}
		if !errors.Is(err, devices.ErrAway) || try == awayPolls || !j.rests(ctx, 0, same{}) {
			return err
		}
	}
}

// removed is the error of a job whose disk the kernel has removed although its drive is there. What the drive began it ends by itself, unless
// its answer was the only sign of that.
func (j *job) removed(lost error) error {
	if j.r.Firmware.Method.Blocking {
		return lost
	}
	return message.Errorf("%w: the drive received %s, and the kernel has removed the disk since then: make it scan the drive again, or restart the machine, then --resume judges it",
		pump.ErrStopped, string(j.r.Firmware.Method.ID))
}

// leaving is the error of a job that ends while its drive is still erasing.
func (j *job) leaving() error {
	m := j.r.Firmware.Method
	switch {
	case m.Blocking && secretOf(m) == "":
		return message.Errorf("%w: the drive may still be running %s, and keeps no record of it: --resume starts the erase again", pump.ErrStopped, string(m.ID))
	case m.Blocking:
		return message.Errorf("%w: the drive is still running %s, and does not answer until it has finished; if it loses power it stays locked, and --resume unlocks it",
			pump.ErrStopped, string(m.ID))
	}
	return message.Errorf("%w: the drive is still running %s, which survives power loss; --resume waits for it and judges the result", pump.ErrStopped, string(m.ID))
}

// ask asks the drive how far it is. A question that hangs is abandoned once the job was stopped.
func (j *job) ask(ctx context.Context, e Eraser) (devices.EraseState, error) {
	got := make(chan devices.EraseState, 1)
	err := j.pump.Call(ctx, func() error {
		s, err := e.State(ctx, j.r.Firmware.Method)
		got <- s
		return err
	})
	if errors.Is(err, pump.ErrSilent) {
		return devices.EraseState{Progress: -1}, err
	}
	return <-got, err
}

// working sends an event about a drive that erases itself.
func (j *job) working(s devices.EraseState, spent, still time.Duration) {
	f := j.r.Firmware
	after := j.passes(f.Markers.Bytes)
	if j.meter.event.Method != f.Method.ID {
		j.meter.begin(Event{Passes: len(j.r.Plan.Scheme.Passes), Method: f.Method.ID}, after)
	}
	j.meter.emit(Event{Step: j.meter.event.Step, Passes: len(j.r.Plan.Scheme.Passes), Method: f.Method.ID, Progress: s.Progress, Spent: spent, Still: still, Takes: f.Method.Estimate,
		Blocking: f.Method.Blocking, JobDone: j.meter.base, JobTotal: j.meter.base + after.written + after.read, LaterWritten: after.written, LaterRead: after.read,
		Total: 1, Exceptions: j.meter.found})
}
