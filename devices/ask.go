package devices

import (
	"context"
	"errors"
	"fmt"

	"rasure/devices/ata"
	"rasure/devices/nvme"
	"rasure/devices/scsi"
)

// ask has the drive say through an open port who it is, in the same way as sysfs learned it, so that the two can be
// compared. What a drive is not asked for is "" in the answer; serialTold and wwnTold say what that is. The error is
// errors.ErrUnsupported where no drive takes a command: virtio, MMC, loop devices and files.
func ask(ctx context.Context, port Port, d Disk) (Identity, error) {
	var id Identity
	var err error
	switch {
	case d.Protocol == ProtocolNVMe && port.NVMe() != nil:
		id, err = askNVMe(ctx, port.NVMe())
	case (d.Protocol == ProtocolSCSI || d.Protocol == ProtocolATA) && port.SCSI() != nil:
		id, err = askSCSI(ctx, port.SCSI(), d)
	default:
		return Identity{}, fmt.Errorf("%s: no drive to ask: %w", d.Name, errors.ErrUnsupported)
	}
	return id.printable(), err
}

// serialTold reports whether the drive itself told its serial number and can be asked for it again. A USB stick that did
// not, so that its bridge had to, is not asked: it may hang at a question that it does not know.
func serialTold(d Disk) bool {
	return d.SerialSource == SerialATA || d.SerialSource == SerialSCSI || d.SerialSource == SerialNVMe
}

// wwnTold is the same for the world wide name. Of an NVMe namespace the kernel makes it from several fields.
func wwnTold(d Disk) bool {
	return d.WWN != "" && (d.Protocol == ProtocolATA || d.Protocol == ProtocolSCSI)
}

func askNVMe(ctx context.Context, t nvme.Transport) (Identity, error) {
	c, err := nvme.IdentifyController(ctx, t)
	return Identity{Model: c.Model, Serial: c.Serial, Firmware: c.Firmware}, err
}

func askSCSI(ctx context.Context, t scsi.Transport, d Disk) (Identity, error) {
	var id Identity
	var err error
	if d.SerialSource == SerialATA {
		id, err = askATA(ctx, t)
	} else {
		id, err = askInquiry(ctx, t, d)
	}
	if err != nil || !wwnTold(d) {
		return id, err
	}
	page, err := scsi.VPD(ctx, t, scsi.PageDesignators)
	if err != nil {
		if id.WWN != "" {
			err = nil // a bridge that passes IDENTIFY on and has no such page
		}
		return id, err
	}
	wwn, err := scsi.WorldWideName(page)
	if wwn != "" {
		id.WWN = wwn
	}
	return id, err
}

// askATA asks for the ATA Information page. That is INQUIRY, which every translation layer answers without a risk; ATA
// PASS-THROUGH, which hangs some USB bridges, is not needed for it.
func askATA(ctx context.Context, t scsi.Transport) (Identity, error) {
	page, err := scsi.VPD(ctx, t, scsi.PageATAInformation)
	if err != nil {
		return Identity{}, err
	}
	raw, err := scsi.ATAIdentify(page)
	if err != nil {
		return Identity{}, err
	}
	id, err := ata.ParseIdentify(raw)
	return Identity{Model: id.Model, Serial: id.Serial, Firmware: id.Firmware, WWN: id.WWN}, err
}

func askInquiry(ctx context.Context, t scsi.Transport, d Disk) (Identity, error) {
	i, err := scsi.Inquire(ctx, t)
	if err != nil {
		return Identity{}, err
	}
	id := Identity{Vendor: i.Vendor, Model: i.Product, Firmware: i.Revision}
	if d.Protocol == ProtocolATA {
		id.Vendor = "" // "ATA", which says nothing
	}
	if !serialTold(d) {
		return id, nil
	}
	page, err := scsi.VPD(ctx, t, scsi.PageUnitSerial)
	if err == nil {
		id.Serial, err = scsi.UnitSerial(page)
	}
	return id, err
}
