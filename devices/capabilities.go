package devices

import (
	"context"
	"errors"

	"rasure/cmd/message"
)

// Capabilities is what a drive's firmware can do.
type Capabilities struct {
	Reach       Reach
	Methods     []Method     // strongest first
	Hidden      []HiddenArea // nil where the drive was not examined
	Unavailable message.Text // why Methods and Hidden are not known; empty if they are
}

// Revert is the revert of the drive with its PSID; nil if it has none. The capabilities may be nil.
func (c *Capabilities) Revert() *Method {
	if c == nil {
		return nil
	}
	for _, m := range c.Methods {
		if m.ID == TCGPSIDRevert {
			return &m
		}
	}
	return nil
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
	c, err := await(ctx, func() (Capabilities, error) { return capabilitiesOf(ctx, t.disk, t.firmware, t.noFirmware) }, nil)
	if err != nil && c.Reach == "" {
		c = silent(err)
	}
	return c, err
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
	printableMethods(restrictMethods(d, c.Methods))
	printableAreas(restrictAreas(d, c.Hidden))
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
