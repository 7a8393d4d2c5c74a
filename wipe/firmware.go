package wipe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rasure/devices"
)

// Eraser is a target whose drive can erase itself; [devices.Target] is one.
type Eraser interface {
	Target
	Begin(ctx context.Context, m devices.Method, s devices.Secret) error
	State(ctx context.Context, m devices.Method) (devices.EraseState, error)
	Recover(ctx context.Context, m devices.Method, s devices.Secret) error
	Identify(ctx context.Context) (devices.Identity, error)
}

var _ Eraser = (*devices.Target)(nil)

// What we chose.
const (
	askOften  = time.Second      // how often a drive is asked in the first minute
	askSeldom = 10 * time.Second // and after it: some drives erase more slowly while they answer
)

// errNotErased: the drive did not erase itself, or it cannot be trusted to have done so. What it was is among the exceptions.
var errNotErased = errors.New("the drive did not erase itself: destroy it physically")

// firmware has the drive erase itself, between the markers that are written before and looked for after. It gives errNotErased
// where that failed: then nothing weaker is done instead.
func (j *job) firmware(ctx context.Context) error {
	e, ok := j.t.(Eraser)
	if !ok {
		return errors.New("the disk takes no firmware commands")
	}
	goOn, err := j.rejoin(ctx, e)
	if err != nil {
		return err
	}
	if !goOn {
		if err := j.begin(ctx, e); err != nil {
			return err
		}
	}
	if err := j.wait(ctx, e); err != nil {
		return err
	}
	f := j.r.Firmware
	f.Ended = stamp(j.Now())
	if err := j.aftermath(ctx, e); err != nil {
		return err
	}
	var limits []Exception
	f.Outcome, limits = prove(*f)
	j.r.Exceptions = append(j.r.Exceptions, limits...)
	f.Stage = StageOver
	j.keepBegun()
	if f.Outcome == Failed {
		return errNotErased
	}
	return nil
}

// rejoin takes up an erase that an earlier process began, and reports whether it is under way or over. If the drive never had
// the command, or lost it, or is locked in the middle, all begins anew, markers too. What goes wrong here ends the job as
// interrupted: it must stay possible to go on with, for nobody else knows what the drive was told.
func (j *job) rejoin(ctx context.Context, e Eraser) (bool, error) {
	f := j.r.Firmware
	if f == nil || f.Stage != StageBegun {
		j.r.Firmware = &FirmwareReport{Method: *j.r.Plan.Method, Stage: StageMarkers, Before: devices.EraseState{Progress: -1}, After: devices.EraseState{Progress: -1},
			Markers: MarkerReport{Unconfirmed: []Extent{}, Kept: []Extent{}}}
		return false, nil
	}
	s, err := j.ask(ctx, e)
	if err != nil {
		return false, fmt.Errorf("%w: the drive was told to erase itself by %s, and does not say how far it is: %w", errStopped, f.Method.ID, err)
	}
	f.After = s
	switch {
	case s.Phase == devices.EraseLocked:
		if err := e.Recover(ctx, f.Method, secretOf(f.Method)); err != nil {
			return false, fmt.Errorf("%w: the drive is locked since %s was cut off, and cannot be unlocked by our password: %w; switch it off and on, and try again",
				errStopped, f.Method.ID, err)
		}
		return false, nil
	case s.Phase == devices.EraseIdle, s.Phase == f.Before.Phase && string(s.Raw) == string(f.Before.Raw) && !f.Seen:
		return false, nil
	}
	return true, nil
}

// secretOf is the password that a method sets; "" where it sets none.
func secretOf(m devices.Method) devices.Secret {
	if m.ID == devices.ATASecurityErase || m.ID == devices.ATASecurityEraseEnhanced {
		return devices.ATAPassword
	}
	return ""
}

// begin writes the markers, makes a durable record, and sends the command.
func (j *job) begin(ctx context.Context, e Eraser) error {
	f := j.r.Firmware
	f.Stage = StageMarkers
	if err := j.mark(ctx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return stoppedBy(ctx, 0, j.size)
	}
	s, err := j.ask(ctx, e)
	if err != nil {
		return fmt.Errorf("asking the drive before it is told to erase itself: %w", err)
	}
	if s.Phase == devices.EraseRunning || s.Phase == devices.EraseLocked {
		return fmt.Errorf("the drive is %s already, by nothing that this job has done", s.Phase)
	}
	f.Before, f.Tries, f.Stage, f.Began, f.Seen, f.Refused = s, f.Tries+1, StageBegun, stamp(j.Now()), false, ""
	if err := j.journal(secretOf(f.Method)); err != nil {
		f.Stage = StageMarkers
		return fmt.Errorf("the drive was told nothing, because what it is told cannot be recorded before: %w", err)
	}
	// From here on there is no way back: neither a signal nor a time-out may cut the drive off.
	took := make(chan error, 1)
	go func() { took <- e.Begin(context.WithoutCancel(ctx), f.Method, secretOf(f.Method)) }()
	began, tick := time.Now(), time.NewTicker(eventEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-took:
			if err != nil {
				f.Refused = err.Error()
			}
			return nil
		case <-tick.C:
			j.working(devices.EraseState{Progress: -1}, time.Since(began), 0)
		case <-ctx.Done():
			select {
			case err := <-took:
				if err != nil {
					f.Refused = err.Error()
				}
				return nil
			default:
			}
			return j.leaving()
		}
	}
}

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
		pause := j.Ask
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
	if m.Blocking {
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
	j.last = Event{Passes: len(j.r.Plan.Scheme.Passes), Method: f.Method.ID, Progress: s.Progress, Spent: spent, Still: still, Takes: f.Method.Takes,
		Blocking: f.Method.Blocking, JobDone: j.base, JobTotal: j.base + after.written + after.read, LaterWritten: after.written, LaterRead: after.read,
		Total: 1, Exceptions: j.found}
	j.OnEvent(j.last)
}

// aftermath looks at what the erase has left: the markers, the drive's name, a lock.
func (j *job) aftermath(ctx context.Context, e Eraser) error {
	f := j.r.Firmware
	if f.After.Phase == devices.EraseLocked && f.Refused != "" { // we locked it, so it must not stay so
		if err := e.Recover(ctx, f.Method, secretOf(f.Method)); err != nil {
			f.Refused += "; and it cannot be unlocked: " + err.Error()
		} else {
			f.Refused += "; it was unlocked again"
		}
	}
	if err := j.check(); err != nil {
		return lost(err)
	}
	f.Another = ""
	switch id, err := e.Identify(ctx); {
	case errors.Is(err, errors.ErrUnsupported):
	case err != nil:
		f.Another = "it does not say who it is: " + err.Error()
	default:
		for _, c := range []struct{ what, was, is string }{
			{"serial number", j.r.Disk.Serial, id.Serial}, {"model", j.r.Disk.Model, id.Model},
		} {
			if c.was != "" && c.is != "" && c.was != c.is {
				f.Another = fmt.Sprintf("its %s is %q and was %q", c.what, c.is, c.was)
			}
		}
	}
	if f.After.Phase == devices.EraseFailed || f.After.Phase == devices.EraseLocked {
		return nil // it need not be readable, and the verdict stands without
	}
	return j.hunt(ctx)
}
