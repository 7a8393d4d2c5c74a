package devices

import (
	"context"
	"errors"
	"fmt"
)

// Firmware is what one command set does for a claimed disk. Package firmware has them.
//
// Every one keeps to this. A drive is believed only where it says that *our* command ended without an error; an answer that
// cannot be decoded is [EraseUnknown], never [EraseDone]. No deadline resets a drive in the middle: commands that erase are
// sent without one that could run out. What is sent cannot be recalled by cancelling ctx.
type Firmware interface {
	// Methods returns what the drive offers, strongest first, with those that cannot be used and why. It changes nothing.
	Methods(ctx context.Context) ([]Method, error)
	// Hidden returns what hidden areas there are, one for each kind that such a drive can have. It changes nothing.
	Hidden(ctx context.Context) ([]HiddenArea, error)
	// Restore makes a hidden area addressable, for good. The disk's size is another afterwards.
	Restore(ctx context.Context, a HiddenArea) error
	// Begin sends the command that erases; the drive has taken it when nil returns. What it needs beforehand (a password
	// set) it does too: the caller has made a durable record by then.
	Begin(ctx context.Context, m Method, s Secret) error
	// State asks how far m is. The error says that the drive could not be asked, which tells nothing of the erasure.
	State(ctx context.Context, m Method) (EraseState, error)
	// Recover leaves a failed state, unlocks, and takes away the password, as far as the drive allows it.
	Recover(ctx context.Context, m Method, s Secret) error
}

// ErasePhase is where a drive is in an erasure.
type ErasePhase string

const (
	EraseIdle    ErasePhase = "idle"    // nothing was asked of it since it was made or switched on, as far as it tells
	EraseRunning ErasePhase = "running" // it is erasing
	EraseDone    ErasePhase = "done"    // the last erasure was this method, and it completed without error
	EraseFailed  ErasePhase = "failed"  // the drive says that it failed, or it was another command than ours
	EraseLocked  ErasePhase = "locked"  // a password holds it: it was cut off in the middle of an erasure, or is somebody's
	EraseUnknown ErasePhase = "unknown" // its answer cannot be decoded
)

// EraseState is what a drive says of an erasure. Only the phase is ours; Raw is the answer itself.
type EraseState struct {
	Phase    ErasePhase `json:"phase"`
	Progress int        `json:"progress"` // in 65536ths, as all command sets count; -1 where it tells none
	Detail   string     `json:"detail"`   // for people, one line; "" if there is nothing to add
	Raw      []byte     `json:"raw"`      // the drive's own answer: registers, log page, sense data; at most 64 bytes of it
}

// Secret is a password that a drive is given, or a PSID. It prints as a remark, so that no message shows it.
type Secret string

func (Secret) String() string   { return "(secret)" }
func (Secret) GoString() string { return "(secret)" }

// ATAPassword is what a drive is locked with while it erases itself by SECURITY ERASE UNIT. A fixed one, in public: it protects
// nothing, and whoever finds a drive that lost power in the middle can unlock it with any tool.
const ATAPassword Secret = "rasure"

// ErrNoFirmware says that no command reaches the drive's own erasures.
var ErrNoFirmware = errors.New("no firmware commands reach this disk")

// firmwareOf asks the host for the driver of an open disk. The error is [ErrNoFirmware] and says why there is none.
func (h *Host) firmwareOf(open Handle) (Firmware, error) {
	if h.Firmware == nil {
		return nil, fmt.Errorf("%w: no drivers", ErrNoFirmware)
	}
	return h.Firmware(open)
}

// Methods returns what the drive's firmware offers, strongest first, with those that cannot be used and why. The error is
// [ErrNoFirmware] where no command reaches it.
func (t *Target) Methods(ctx context.Context) ([]Method, error) {
	if t.firmware == nil {
		return nil, t.noFirmware
	}
	all, err := t.firmware.Methods(ctx)
	return plainMethods(all), err
}

// Hidden returns what is known of areas that the disk does not address. The error is [ErrNoFirmware] where no command could
// examine it, which is not to say that there are none.
func (t *Target) Hidden(ctx context.Context) ([]HiddenArea, error) {
	if t.firmware == nil {
		return nil, t.noFirmware
	}
	all, err := t.firmware.Hidden(ctx)
	return plainAreas(all), err
}

// Restore makes a hidden area addressable, for good. The disk's size is another afterwards: it must be found and claimed anew.
func (t *Target) Restore(ctx context.Context, a HiddenArea) error {
	if t.firmware == nil {
		return t.noFirmware
	}
	return t.firmware.Restore(ctx, a)
}

// Begin sends the command that erases. The drive has taken it when nil returns, and goes on whatever becomes of this
// process; where m is Blocking it returns when the drive has ended. A durable record goes before it.
func (t *Target) Begin(ctx context.Context, m Method, s Secret) error {
	if t.firmware == nil {
		return t.noFirmware
	}
	if m.Unusable != "" {
		return fmt.Errorf("%s cannot be used: %s", m.ID, m.Unusable)
	}
	return t.firmware.Begin(ctx, m, s)
}

// State asks the drive how far m is.
func (t *Target) State(ctx context.Context, m Method) (EraseState, error) {
	if t.firmware == nil {
		return EraseState{}, t.noFirmware
	}
	s, err := t.firmware.State(ctx, m)
	s.Detail, s.Raw = Printable(s.Detail), s.Raw[:min(len(s.Raw), maxRaw)]
	return s, err
}

// Recover leaves a failed state, unlocks, and takes away the password, as far as the drive allows it.
func (t *Target) Recover(ctx context.Context, m Method, s Secret) error {
	if t.firmware == nil {
		return t.noFirmware
	}
	return t.firmware.Recover(ctx, m, s)
}

// Offer is what a drive's firmware can do, for a listing.
type Capabilities struct {
	Methods     []Method
	Hidden      []HiddenArea
	Unavailable string // why the drive could not be asked; "" if it could
}

// Offers asks a disk that is not claimed what its firmware can do. Nothing is written and nothing held back.
func (h *Host) Offers(ctx context.Context, d Disk) (o Capabilities, err error) {
	port, err := h.OpenRead(d)
	if err != nil {
		return Capabilities{}, err
	}
	defer func() { err = errors.Join(err, port.Close()) }()
	f, err := h.firmwareOf(Handle{h, port, d, false})
	if errors.Is(err, ErrNoFirmware) {
		return Capabilities{Unavailable: err.Error()}, nil
	}
	if err == nil {
		o.Methods, err = f.Methods(ctx)
		o.Methods = plainMethods(o.Methods)
	}
	if err == nil {
		o.Hidden, err = f.Hidden(ctx)
		o.Hidden = plainAreas(o.Hidden)
	}
	return o, err
}

// maxRaw is how much of a drive's answer is kept: all that any of them says about an erase.
const maxRaw = 64

// plainMethods and plainAreas make what a drive may have put into the words safe to show and to sign.
func plainMethods(all []Method) []Method {
	for i := range all {
		all[i].Unusable = Printable(all[i].Unusable)
	}
	return all
}

func plainAreas(all []HiddenArea) []HiddenArea {
	for i := range all {
		all[i].Detail = Printable(all[i].Detail)
	}
	return all
}
