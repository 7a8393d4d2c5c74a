// Package firmware has the drivers of drives that erase themselves: ATA, SCSI, NVMe, eMMC, and the TCG revert.
//
// [Live] gives a machine whose disks have them. Which driver a disk has is decided in [Of]; what every driver keeps to is at
// [devices.Firmware].
package firmware

import (
	"rasure/cmd/message"
	"rasure/devices"
)

// Live is [devices.Live] with the drivers of this package.
func Live(protected ...string) *devices.Host {
	h := devices.Live(protected...)
	h.Firmware = Of
	return h
}

// Of returns the driver for an open disk. The error is [devices.ErrNoFirmware], with the reason, where no command may be sent
// or none is known.
func Of(h devices.Handle) (devices.Firmware, error) {
	d, p := h.Disk(), h.Port()
	if err := bridgePasses(d); err != nil {
		return nil, err
	}
	switch {
	case (d.Protocol == devices.ProtocolATA || d.Bus == devices.USB) && p.SCSI() != nil: // a listed bridge has an ATA drive behind it
		return newATADriver(h), nil
	case d.Protocol == devices.ProtocolSCSI && p.SCSI() != nil:
		return newSCSIDriver(h), nil
	case d.Protocol == devices.ProtocolNVMe && p.NVMe() != nil:
		return newNVMeDriver(h), nil
	case d.Protocol == devices.ProtocolMMC && p.MMC() != nil && d.Bus != devices.SD: // an SD card has no purge
		return newMMCDriver(h), nil
	}
	return nil, message.Errorf("%w: there is no driver for its protocol (%s)", devices.ErrNoFirmware, d.Protocol)
}

// reasonError is a reason why a method is unusable, as an error.
type reasonError struct{ reason message.Text }

func (e *reasonError) Error() string         { return e.reason.String() }
func (e *reasonError) Message() message.Text { return e.reason }

func because(reason message.Text) error { return &reasonError{reason} }

// notOffered means that the drive does not have the method.
var notOffered = message.Of("the drive does not offer it")

// methodError says why a method was not begun.
func methodError(id devices.MethodID, reason message.Text) error {
	return message.Errorf("%s: %s", id, reason)
}
