package wipe

import (
	"context"
	"errors"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe/internal/pump"
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

// errNotErased says that the drive did not erase itself, or cannot be trusted to have done so. The reason is among the exceptions.
var errNotErased = message.New("the drive did not erase itself: destroy it physically")

// firmware makes the drive erase itself, between the markers that are written before and looked for after. It returns errNotErased
// if that failed: no weaker method is used instead.
func (j *job) firmware(ctx context.Context) error {
	e, ok := j.t.(Eraser)
	if !ok {
		return message.New("the disk takes no firmware commands")
	}
	running, err := j.reattach(ctx, e)
	if err != nil {
		return err
	}
	if !running {
		if err := j.begin(ctx, e); err != nil {
			return err
		}
	}
	if err := j.wait(ctx, e); err != nil {
		return err
	}
	f := j.r.Firmware
	f.Ended = j.clock.now()
	if err := j.inspectResult(ctx, e); err != nil {
		return err
	}
	var limits []Exception
	f.Outcome, limits = judgeErase(*f)
	j.r.Exceptions = append(j.r.Exceptions, limits...)
	f.Stage = StageOver
	j.saveState()
	if f.Outcome == Failed {
		return errNotErased
	}
	return nil
}

// reattach continues an erase that an earlier process started, and reports whether it is running or over. If the drive never received
// the command, or lost it, or was locked in the middle, everything is repeated, the markers too. An error here ends the job as
// interrupted: it must remain resumable, because no other record of the command exists.
func (j *job) reattach(ctx context.Context, e Eraser) (bool, error) {
	f := j.r.Firmware
	if f != nil && f.Stage == StageLeaving {
		return false, nil
	}
	if f == nil || f.Stage != StageBegun {
		j.r.Firmware = &FirmwareReport{Method: *j.r.Plan.Method, Stage: StageMarkers, Before: devices.EraseState{Progress: -1}, After: devices.EraseState{Progress: -1},
			Markers: MarkerReport{Unconfirmed: []Extent{}, Kept: []Extent{}}}
		return false, nil
	}
	s, err := j.ask(ctx, e)
	if err != nil {
		return false, message.Errorf("%w: the drive received %s before, and does not report how far it is: %w", pump.ErrStopped, string(f.Method.ID), err)
	}
	f.After = s
	switch {
	case s.Phase == devices.EraseLocked:
		if err := j.unlock(ctx, e); err != nil {
			return false, message.Errorf("%w: the drive has been locked since %s was cut off, and rasure's password does not unlock it: %w; switch the drive off and on, and try again",
				pump.ErrStopped, string(f.Method.ID), err)
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

// unlock clears the password of our own erase. Like every command to the drive it ends with ctx, at the latest CancelTimeout after it.
func (j *job) unlock(ctx context.Context, e Eraser) error {
	m := j.r.Firmware.Method
	return j.pump.Call(ctx, func() error { return e.Recover(ctx, m, secretOf(m)) })
}

// begin writes the markers, makes a durable record, and sends the command.
func (j *job) begin(ctx context.Context, e Eraser) error {
	f := j.r.Firmware
	if err := j.leaveFailure(ctx, e); err != nil {
		return err
	}
	f.Stage = StageMarkers
	if err := j.writeMarkers(ctx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return pump.Stopped(ctx, 0, j.pump.Size)
	}
	s, err := j.ask(ctx, e)
	if err != nil {
		return message.Errorf("asking the drive for its state before the erase: %w", err)
	}
	if s.Phase == devices.EraseRunning || s.Phase == devices.EraseLocked {
		return message.Errorf("drive already %s, not started by this job", string(s.Phase))
	}
	f.Before, f.Tries, f.Stage, f.Began, f.Seen, f.Refused, f.NoAnswer = s, f.Tries+1, StageBegun, j.clock.now(), false, "", ""
	if err := j.saveStateSync(secretOf(f.Method)); err != nil {
		f.Stage = StageMarkers
		return message.Errorf("erase not started: cannot save the job state: %w", err)
	}
	return j.send(ctx, e)
}

// send sends the command, and notes what became of it. Nothing can be undone from here on: neither a signal nor a time-out may interrupt
// the drive.
func (j *job) send(ctx context.Context, e Eraser) error {
	f, took := j.r.Firmware, make(chan error, 1)
	go func() { took <- e.Begin(context.WithoutCancel(ctx), f.Method, secretOf(f.Method)) }()
	began, tick := time.Now(), time.NewTicker(pollEvents)
	defer tick.Stop()
	for {
		select {
		case err := <-took:
			f.answered(err)
			return nil
		case <-tick.C:
			j.working(devices.EraseState{Progress: -1}, time.Since(began), 0)
		case <-ctx.Done():
			select {
			case err := <-took:
				f.answered(err)
				return nil
			default:
			}
			return j.leaving()
		}
	}
}

// answered notes the answer to the command. Only a drive that answered has refused it.
func (f *FirmwareReport) answered(err error) {
	switch {
	case errors.Is(err, devices.ErrNoAnswer):
		f.NoAnswer = err.Error()
	case err != nil:
		f.Refused = err.Error()
	}
}

// leaveFailure gives a drive that is in the state of a failed sanitize the only command that leads out of it: another one, without markers,
// because it accepts no write. What that one did counts for nothing.
func (j *job) leaveFailure(ctx context.Context, e Eraser) error {
	f := j.r.Firmware
	s, err := j.ask(ctx, e)
	if err != nil {
		return message.Errorf("asking the drive for its state before the erase: %w", err)
	}
	if s.Phase != devices.EraseFailed && !(f.Stage == StageLeaving && s.Phase == devices.EraseRunning) {
		return nil
	}
	if s.Phase == devices.EraseFailed {
		f.Stage, f.Began = StageLeaving, j.clock.now()
		if err := j.saveStateSync(secretOf(f.Method)); err != nil {
			return message.Errorf("erase not started: cannot save the job state: %w", err)
		}
		if err := j.send(ctx, e); err != nil {
			return err
		}
	}
	if err := j.wait(ctx, e); err != nil {
		return err
	}
	if f.After.Phase == devices.EraseFailed {
		j.except(CodeEraseFailed, "a sanitize failed on the drive before, and %s failed too: it accepts no other command", string(f.Method.ID))
		return errNotErased
	}
	return nil
}

// inspectResult looks at the state after the erase: the markers, the identity of the drive, a lock.
func (j *job) inspectResult(ctx context.Context, e Eraser) error {
	f := j.r.Firmware
	if f.After.Phase == devices.EraseLocked && f.Refused != "" { // our own password locked it, so it must not stay locked
		if err := j.unlock(ctx, e); err != nil {
			f.Refused = message.Of("%s; and it cannot be unlocked: %v", f.Refused, err).String()
		} else {
			f.Refused = message.Of("%s; it was unlocked again", f.Refused).String()
		}
	}
	if err := j.present(ctx); err != nil {
		return err
	}
	for try := 1; ; try++ { // a link that is just coming up loses a command
		answered, err := j.identify(ctx, e)
		if err != nil {
			return err
		}
		if answered || try == unsurePolls || !j.rests(ctx, 0, same{}) {
			break
		}
	}
	if f.After.Phase == devices.EraseFailed || f.After.Phase == devices.EraseLocked {
		return nil // it need not be readable, and the verdict does not depend on the markers
	}
	return j.findMarkers(ctx)
}

// identify records whether the drive has another identity than before. It returns whether the drive answered.
func (j *job) identify(ctx context.Context, e Eraser) (bool, error) {
	f, got := j.r.Firmware, make(chan devices.Identity, 1)
	f.Another = ""
	err := j.pump.Call(ctx, func() error {
		id, err := e.Identify(ctx)
		got <- id
		return err
	})
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return true, nil
	case errors.Is(err, pump.ErrSilent):
		return false, message.Errorf("%w: %w", pump.ErrStopped, err)
	case err != nil:
		f.Another = message.Of("the drive does not identify itself: %v", err).String()
		return false, nil
	}
	id := <-got
	if was := j.r.Disk.Serial; was != "" && id.Serial != "" && was != id.Serial {
		f.Another = message.Of("the serial number is %q and was %q", id.Serial, was).String()
	}
	if was := j.r.Disk.Model; was != "" && id.Model != "" && was != id.Model {
		f.Another = message.Of("the model is %q and was %q", id.Model, was).String()
	}
	return true, nil
}

const pollEvents = 250 * time.Millisecond // between two events while the command is sent
