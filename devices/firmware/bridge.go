package firmware

import (
	"context"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/ata"
)

// bridgePasses decides whether firmware commands may be sent through what is between the machine and the disk. The error is
// [devices.ErrNoFirmware], with the reason. A USB bridge that does not know a command may hang, answer for the drive, or cut the
// power in the middle of an erase (that bricked an X25-M), so only bridges that were tried and listed are trusted, and only with what they
// were shown to carry.
func bridgePasses(d devices.Disk) error {
	if d.Bus != devices.USB {
		return nil
	}
	if d.Bridge == nil {
		return message.Errorf("%w: the disk is behind an unknown USB bridge", devices.ErrNoFirmware)
	}
	if why := d.OneOfSeveral(); !why.IsZero() {
		return message.Errorf("%w: %v; attach the disk directly", devices.ErrNoFirmware, why)
	}
	if !d.Bridge.Carries(ata.PartIdentify) {
		return message.Errorf("%w: the USB bridge %s with firmware %s is not listed in the settings (see rasure bridge test); attach the disk directly", devices.ErrNoFirmware, d.Bridge.ID(), named(d.Bridge.Firmware))
	}
	return nil
}

func named(firmware string) message.Text {
	if firmware == "" {
		return message.Of("unknown")
	}
	return message.Of("%s", firmware)
}

// Why no command that changes the drive is sent through a bridge.
var (
	reasonUnproven = message.Of("the USB bridge was not shown to carry the count and the address of commands: attach the disk directly")
	reasonUntested = message.Of("a sanitize failed on the drive, and until one succeeds it cannot be tested what the USB bridge carries to it: attach the disk directly")
	reasonUntold   = message.Of("its sanitize state is refused without a reason, as after a sanitize that failed, and until it is known it cannot be tested what the USB bridge carries: attach the disk directly")
	reasonDataOut  = message.Of("a password is data for the drive, and nothing shows that the USB bridge carries such data: attach the disk directly")
)

// unproven says why a command without data that has a count or an address may not be sent through a bridge; empty if it may, and where there
// is none. What the settings list is the permission to try: see [ataDriver.altered].
func (f *ataDriver) unproven() message.Text {
	switch why := f.disk.Unrecognizable(); {
	case f.disk.Bus != devices.USB:
		return message.Text{}
	case !f.disk.Bridge.Carries(ata.PartIdentify, ata.PartSense, ata.PartEcho, ata.PartAddress):
		return reasonUnproven
	case !why.IsZero():
		return message.Of("%v: attach the disk directly", why)
	}
	return message.Text{}
}

// echoBridge tries, with this drive, what a bridge must carry besides what [ata.Echo] shows: all bytes of the registers on their way back, and the
// high bytes of count and address.
func (f *ataDriver) echoBridge(ctx context.Context) error {
	r, err := ata.Abort(ctx, f.t, 0, 0)
	if err == nil && !r.Whole {
		err = ata.ErrNoRegisters
	}
	if err != nil {
		return err
	}
	a, err := f.abilities(ctx)
	if err != nil {
		return err
	}
	return ata.EchoAddress(ctx, f.t, a.Sectors)
}

// curable reports whether commands that make a translation layer answer in another format may be sent: a bridge was not tried with them.
func (f *ataDriver) curable() bool { return f.disk.Bus != devices.USB }
