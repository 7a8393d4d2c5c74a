package devices

import (
	"context"
	"errors"

	"rasure/cmd/message"
	"rasure/devices/ata"
	"rasure/devices/nvme"
	"rasure/devices/scsi"
)

// identify asks the drive through an open port for its identity, in the same way as sysfs learned it, so that the two can be
// compared. What a drive is not asked for is "" in the answer; see driveReportsSerial and driveReportsWWN. The error is
// errors.ErrUnsupported where no drive takes a command: virtio, MMC, loop devices and files.
func identify(ctx context.Context, port Port, d Disk) (Identity, error) {
	var id Identity
	var err error
	switch {
	case d.Protocol == ProtocolNVMe && port.NVMe() != nil:
		id, err = identifyNVMe(ctx, port.NVMe())
	case (d.Protocol == ProtocolSCSI || d.Protocol == ProtocolATA) && port.SCSI() != nil:
		id, err = identifySCSI(ctx, port.SCSI(), d)
	default:
		return Identity{}, message.Errorf("no drive behind %s takes commands: %w", d.Name, errors.ErrUnsupported)
	}
	return id.printable(), err
}

// driveReportsSerial reports whether the serial number is from the drive itself, which can be asked for it again. A USB stick whose
// serial number is its bridge's is not asked: it may hang at a question that it does not know.
func driveReportsSerial(d Disk) bool {
	return d.SerialSource == SerialATA || d.SerialSource == SerialSCSI || d.SerialSource == SerialNVMe
}

// driveReportsWWN is the same for the world wide name. Of an NVMe namespace the kernel makes it from several fields.
func driveReportsWWN(d Disk) bool {
	return d.WWN != "" && (d.Protocol == ProtocolATA || d.Protocol == ProtocolSCSI)
}

func identifyNVMe(ctx context.Context, t nvme.Transport) (Identity, error) {
	c, err := nvme.IdentifyController(ctx, t)
	return Identity{Model: c.Model, Serial: c.Serial, Firmware: c.Firmware}, err
}

func identifySCSI(ctx context.Context, t scsi.Transport, d Disk) (Identity, error) {
	var id Identity
	var err error
	if d.SerialSource == SerialATA {
		id, err = identifyATA(ctx, t)
	} else {
		id, err = inquire(ctx, t, d)
	}
	if err != nil || !driveReportsWWN(d) {
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

// identifyATA asks for the ATA Information page. That is INQUIRY, which every translation layer answers without a risk; ATA
// PASS-THROUGH, which hangs some USB bridges, is not needed for it.
func identifyATA(ctx context.Context, t scsi.Transport) (Identity, error) {
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

func inquire(ctx context.Context, t scsi.Transport, d Disk) (Identity, error) {
	i, err := scsi.Inquire(ctx, t)
	if err != nil {
		return Identity{}, err
	}
	id := Identity{Vendor: i.Vendor, Model: i.Product, Firmware: i.Revision}
	if d.Protocol == ProtocolATA {
		id.Vendor = "" // "ATA", which is the same for all
	}
	if !driveReportsSerial(d) {
		return id, nil
	}
	page, err := scsi.VPD(ctx, t, scsi.PageUnitSerial)
	if err == nil {
		id.Serial, err = scsi.UnitSerial(page)
	}
	return id, err
}
