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
