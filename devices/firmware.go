package devices

import (
	"context"
	"errors"

	"rasure/cmd/message"
)

// Firmware is a driver: what one command set does for an open disk. Package firmware has the drivers.
//
// Every driver keeps to this. It believes a drive only where the drive reports that *our* command ended without an error; an
// answer that cannot be decoded is [EraseUnknown], never [EraseDone]. No time-out resets a drive in the middle of an erase:
// commands that erase are sent with the longest one there is. Cancelling ctx does not recall a command that was sent.
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
	all, err := t.firmware.Methods(ctx)
	return printableMethods(all), err
}

// Hidden returns the areas that the disk does not address. The error is [ErrNoFirmware] where no command can examine the drive:
// hidden areas may exist then.
func (t *Target) Hidden(ctx context.Context) ([]HiddenArea, error) {
	if t.firmware == nil {
		return nil, t.noFirmware
	}
	all, err := t.firmware.Hidden(ctx)
	return printableAreas(all), err
}

// Restore makes a hidden area addressable, permanently. The size of the disk changes: find and claim it again.
func (t *Target) Restore(ctx context.Context, a HiddenArea) error {
	if t.firmware == nil {
		return t.noFirmware
	}
	return t.firmware.Restore(ctx, a)
}

// Begin sends the command that erases. The drive has accepted it when nil returns, and continues whatever happens to this
// process; where m is Blocking, Begin returns when the drive has ended. Make a durable record before.
func (t *Target) Begin(ctx context.Context, m Method, s Secret) error {
	if t.firmware == nil {
		return t.noFirmware
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
	s, err := t.firmware.State(ctx, m)
	s.Detail, s.Raw = PrintableText(s.Detail), s.Raw[:min(len(s.Raw), maxRaw)]
	return s, err
}

// Recover leaves a failed state, unlocks the drive, and clears the password, as far as the drive allows it.
func (t *Target) Recover(ctx context.Context, m Method, s Secret) error {
	if t.firmware == nil {
		return t.noFirmware
	}
	return t.firmware.Recover(ctx, m, s)
}

// Capabilities is what a drive's firmware can do.
type Capabilities struct {
	Reach       Reach
	Methods     []Method     // strongest first
	Hidden      []HiddenArea // nil where the drive was not examined
	Unavailable message.Text // why Methods and Hidden are not known; empty if they are
}

// Reach says whether a drive's firmware could be asked for its capabilities.
type Reach string

const (
	FirmwareAnswered    Reach = "answered"    // Methods and Hidden are the drive's answers
	FirmwareSilent      Reach = "silent"      // the drive was asked and did not give a usable answer
	FirmwareUnreachable Reach = "unreachable" // no command was sent: [ErrNoFirmware]
	FirmwareNone        Reach = "none"        // an image has no firmware
)

// Capabilities asks the drive what its firmware can do. Where the drive does not answer, the error has the cause, and the
// capabilities are [FirmwareSilent], for a caller that can do without.
func (t *Target) Capabilities(ctx context.Context) (Capabilities, error) {
	return capabilitiesOf(ctx, t.disk, t.firmware, t.noFirmware)
}

// Capabilities asks a disk that is not claimed. Nothing is written, and the disk stays free for others. It returns when ctx ends, also
// where the drive does not answer.
func (h *Host) Capabilities(ctx context.Context, d Disk) (Capabilities, error) {
	if d.Medium == Image {
		return capabilitiesOf(ctx, d, nil, nil)
	}
	c, err := await(ctx, func() (Capabilities, error) { return h.askCapabilities(ctx, d) }, nil)
	if err != nil && c.Reach == "" {
		c = silent(err)
	}
	return c, err
}

func (h *Host) askCapabilities(ctx context.Context, d Disk) (c Capabilities, err error) {
	port, err := h.OpenRead(ctx, d)
	if err != nil {
		return silent(err), err
	}
	defer func() { err = errors.Join(err, port.Close()) }()
	f, err := h.firmwareOf(Handle{h, port, d, false})
	return capabilitiesOf(ctx, d, f, err)
}

func capabilitiesOf(ctx context.Context, d Disk, f Firmware, none error) (c Capabilities, err error) {
	switch {
	case d.Medium == Image:
		return Capabilities{Reach: FirmwareNone, Unavailable: message.Of("an image has no firmware")}, nil
	case errors.Is(none, ErrNoFirmware):
		return Capabilities{Reach: FirmwareUnreachable, Unavailable: PrintableText(message.Of("%v", none))}, nil
	case none != nil:
		return silent(none), none
	}
	c.Reach = FirmwareAnswered
	if c.Methods, err = f.Methods(ctx); err == nil {
		c.Hidden, err = f.Hidden(ctx)
	}
	if err != nil {
		return silent(err), err
	}
	printableMethods(c.Methods)
	printableAreas(c.Hidden)
	return c, nil
}

func silent(err error) Capabilities {
	return Capabilities{Reach: FirmwareSilent, Unavailable: PrintableText(message.Of("the drive did not answer: %v", err))}
}

// maxRaw is how many bytes of a drive's answer are kept: all that any of them says about an erase.
const maxRaw = 64

// printableMethods and printableAreas make text that came from the drive safe to show and to sign.
func printableMethods(all []Method) []Method {
	for i := range all {
		all[i].Unusable = PrintableText(all[i].Unusable)
	}
	return all
}

func printableAreas(all []HiddenArea) []HiddenArea {
	for i := range all {
		all[i].Detail = PrintableText(all[i].Detail)
	}
	return all
}
