package devices

import (
	"context"
	"time"

	"rasure/cmd/message"
)

// Firmware is a driver: what one command set does for an open disk. Package firmware has the drivers.
//
// The methods of [Target] return when ctx ends, also while the drive does not answer: SG_IO waits 30 s and cannot be called back, so the
// command is left to itself. Begin is the exception.
//
// Every driver keeps to this. It believes a drive only where the drive reports that *our* command ended without an error; an
// answer that cannot be decoded is [EraseUnknown], never [EraseDone]. No time-out resets a drive in the middle of an erase:
// commands that erase are sent with the longest possible one. Cancelling ctx does not recall a command that was sent.
type Firmware interface {
	// Methods returns what the drive offers, strongest first, also the methods that cannot be used, with the reason. It changes
	// nothing.
	Methods(ctx context.Context) ([]Method, error)
	// Hidden returns the hidden areas, one for each kind that such a drive can have. It changes nothing.
	Hidden(ctx context.Context) ([]HiddenArea, error)
	// Restore makes a hidden area addressable, permanently. The size of the disk changes.
	Restore(ctx context.Context, a HiddenArea) error
	// Begin sends the command that erases, after what it needs (setting a password). The drive has accepted it when nil returns.
	// The caller has made a durable record before.
	Begin(ctx context.Context, m Method, s Secret) error
	// State asks for the progress of m. An error means that the drive did not answer, which says nothing about the erase.
	State(ctx context.Context, m Method) (EraseState, error)
	// Recover leaves a failed state, unlocks the drive, and clears the password, as far as the drive allows it.
	Recover(ctx context.Context, m Method, s Secret) error
}

// ErrNoFirmware means that no firmware command can be sent to the disk.
var ErrNoFirmware = message.New("no firmware commands reach this disk")

// firmwareOf asks the host for the driver of an open disk. The error is [ErrNoFirmware], with the reason.
func (h *Host) firmwareOf(open Handle) (Firmware, error) {
	if h.Firmware == nil {
		return nil, message.Errorf("%w: no drivers", ErrNoFirmware)
	}
	return h.Firmware(open)
}

// Methods returns what the drive's firmware offers, strongest first, also the methods that cannot be used, with the reason. The
// error is [ErrNoFirmware] where no command reaches the drive.
func (t *Target) Methods(ctx context.Context) ([]Method, error) {
	if t.firmware == nil {
		return nil, t.noFirmware
	}
	all, err := await(ctx, func() ([]Method, error) { return t.firmware.Methods(ctx) }, nil)
	return printableMethods(restrictMethods(t.disk, all)), err
}

// Hidden returns the areas that the disk does not address. The error is [ErrNoFirmware] where no command can examine the drive:
// hidden areas may exist then.
func (t *Target) Hidden(ctx context.Context) ([]HiddenArea, error) {
	if t.firmware == nil {
		return nil, t.noFirmware
	}
	all, err := await(ctx, func() ([]HiddenArea, error) { return t.firmware.Hidden(ctx) }, nil)
	return printableAreas(restrictAreas(t.disk, all)), err
}

// Restore makes a hidden area addressable, permanently. The size of the disk changes: find and claim it again.
func (t *Target) Restore(ctx context.Context, a HiddenArea) error {
	if t.firmware == nil {
		return t.noFirmware
	}
	if a.Kind == HPA {
		if why := keepsMax(t.disk); !why.IsZero() {
			return message.Errorf("%s cannot be used: %s", a.Kind, why)
		}
	}
	return insist(ctx, func(ctx context.Context) error { return t.firmware.Restore(ctx, a) })
}

// Begin sends the command that erases. The drive has accepted it when nil returns, and continues whatever happens to this
// process; where m is Blocking, Begin returns when the drive has ended. Make a durable record before.
func (t *Target) Begin(ctx context.Context, m Method, s Secret) error {
	if t.firmware == nil {
		return t.noFirmware
	}
	if m.Unusable.IsZero() { // a resumed job has the method as it was planned
		m.Unusable = forbidden(t.disk, m.ID)
	}
	if m.Unusable.IsZero() {
		m.Unusable = unfitting(t.disk, m.Blocking)
	}
	if !m.Unusable.IsZero() {
		return message.Errorf("%s cannot be used: %s", m.ID, m.Unusable)
	}
	return t.firmware.Begin(ctx, m, s)
}

// State asks the drive for the progress of m. An error says nothing about the erase.
func (t *Target) State(ctx context.Context, m Method) (EraseState, error) {
	if t.firmware == nil {
		return EraseState{}, t.noFirmware
	}
	s, err := await(ctx, func() (EraseState, error) { return t.firmware.State(ctx, m) }, nil)
	s.Detail, s.Raw = PrintableText(s.Detail), s.Raw[:min(len(s.Raw), maxRaw)]
	return s, err
}

// Recover leaves a failed state, unlocks the drive, and clears the password, as far as the drive allows it. Where ctx has ended, it
// still tries for 5 s: a drive that we locked must not stay so.
func (t *Target) Recover(ctx context.Context, m Method, s Secret) error {
	if t.firmware == nil {
		return t.noFirmware
	}
	return insist(ctx, func(ctx context.Context) error { return t.firmware.Recover(ctx, m, s) })
}

// changeGrace is our choice: how long a command that changes the drive may go on after ctx has ended. Half of an unlocking is a locked
// drive, and a drive that answers at all does so in far less.
const changeGrace = 5 * time.Second

// insist runs a sequence of commands that should not stop in the middle, and waits until changeGrace after the end of ctx. What is not
// done then is left to itself.
func insist(ctx context.Context, change func(context.Context) error) error {
	late, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(changeGrace, func() { cancel(ctx.Err()) })
	})()
	_, err := await(late, func() (struct{}, error) { return struct{}{}, change(context.WithoutCancel(ctx)) }, nil)
	return err
}
