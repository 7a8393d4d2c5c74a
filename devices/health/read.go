package health

import (
	"context"
	"sync"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/ata"
)

// Read asks a disk that is attached now how well it is. The disk is opened for reading and not claimed. Whether somebody erases it the
// caller must know: see [Askable]. Read returns when ctx ends; what it could not ask is a reason of the report.
func Read(ctx context.Context, h *devices.Host, d devices.Disk) Report {
	if why, code := unaskable(d); code != "" {
		return unknown(code, why)
	}
	limited, cancel := context.WithTimeout(ctx, question)
	port, err := h.OpenRead(limited, d)
	silent := limited.Err() != nil && ctx.Err() == nil
	cancel()
	if silent {
		return unknown(NoAnswer, message.Of("%v", ErrSilent))
	}
	if err != nil {
		return unknown(NoAnswer, devices.PrintableText(message.Of("%v", err)))
	}
	l := &line{}
	defer l.close(port)
	return read(ctx, l, port, d)
}

// read asks the drive behind an open port.
func read(ctx context.Context, l *line, port devices.Port, d devices.Disk) Report {
	f := findings{medium: d.Medium}
	switch {
	case port.SCSI() != nil && (d.Protocol == devices.ProtocolATA || d.Bus == devices.USB):
		f.source = SMART
		readATA(ctx, d.Carried(ata.OverSCSI(limitedSCSI{l, port.SCSI()})), d, &f)
	case port.SCSI() != nil && d.Protocol == devices.ProtocolSCSI:
		f.source = Pages
		readSCSI(ctx, limitedSCSI{l, port.SCSI()}, &f)
	case port.NVMe() != nil && d.Protocol == devices.ProtocolNVMe:
		f.source = NVMe
		readNVMe(ctx, limitedNVMe{l, port.NVMe()}, &f)
	case port.MMC() != nil && d.Protocol == devices.ProtocolMMC:
		f.source = EMMC
		readMMC(ctx, limitedMMC{l, port.MMC()}, &f)
	default:
		return unknown(NotAsked, message.Of("no commands reach the drive"))
	}
	return f.judge()
}

// All is Read for several disks, asked side by side: a disk that does not answer delays no other. skip is a reason why a disk is not
// asked, see [Askable]; it may be nil.
func All(ctx context.Context, h *devices.Host, disks []devices.Disk, skip func(i int) message.Text) []Report {
	all := make([]Report, len(disks))
	var wait sync.WaitGroup
	turn := make(chan struct{}, 64) // our choice: a machine with more disks asks the rest afterwards
	for i, d := range disks {
		if skip != nil {
			if why := skip(i); !why.IsZero() {
				all[i] = unknown(NotAsked, why)
				continue
			}
		}
		wait.Add(1)
		turn <- struct{}{}
		go func() { // owns all[i]
			defer func() { <-turn; wait.Done() }()
			all[i] = Read(ctx, h, d)
		}()
	}
	wait.Wait()
	return all
}

// Askable returns the zero Text if a disk with these hazards may be asked, and else why not: somebody who has it open may be erasing it,
// and a command between two others can make that fail.
func Askable(hazards []devices.Hazard) message.Text {
	for _, z := range hazards {
		switch z.Kind {
		case devices.Busy:
			return message.Of("it is not asked while another program has it open")
		case devices.Offline:
			return message.Of("it is offline")
		}
	}
	return message.Text{}
}

// unaskable returns why nothing may be sent to a disk of that kind.
func unaskable(d devices.Disk) (why message.Text, code Code) {
	switch {
	case d.Medium == devices.Image:
		return message.Of("an image has no health"), NotOffered
	case d.Protocol == devices.ProtocolNone:
		return message.Of("no commands reach the drive"), NotAsked
	case d.Bus == devices.SD:
		return message.Of("an SD card does not report its health"), NotOffered
	case d.Size == 0:
		return message.Of("there is no medium in it"), NotAsked
	case d.Bus != devices.USB:
		return message.Text{}, ""
	case d.Bridge == nil:
		return message.Of("it is behind an unknown USB bridge, which is not asked"), NotAsked
	}
	if why := d.OneOfSeveral(); !why.IsZero() {
		return why, NotAsked
	}
	if id := d.Bridge.ID(); bridges[id] == "" && !d.Bridge.Carries(ata.PartIdentify) {
		return message.Of("the USB bridge %s is not on the list of bridges that can be asked: attach the disk directly", id), NotAsked
	}
	return message.Text{}, ""
}

// bridges are USB bridges (VID:PID) that are known to pass ATA PASS-THROUGH (16) on to the drive, with who knows it. A bridge that does not
// know the command may hang. Others are asked if the settings list them, and as far as they do.
var bridges = map[string]string{
	"0080:0578": "smartmontools drivedb.h, -d sat: JMicron JMS578",
	"152d:0567": "smartmontools drivedb.h, -d sat: JMicron JMS567",
	"152d:0901": "smartmontools drivedb.h, -d sat: JMicron JMS578",
	"152d:2567": "smartmontools drivedb.h, -d sat: JMicron JMS567",
	"152d:3562": "smartmontools drivedb.h, -d sat: JMicron JMS567",
	"174d:1352": "smartmontools drivedb.h, -d sat: ASMedia ASM1352-PM",
	"1f75:0611": "smartmontools drivedb.h, -d sat: Innostor IS611",
	"1f75:0621": "smartmontools drivedb.h, -d sat: Innostor IS621",
	"1f75:0888": "smartmontools drivedb.h, -d sat: Innostor IS888",
	"2109:0711": "smartmontools drivedb.h, -d sat: VIA VL711",
	"2109:0715": "smartmontools drivedb.h, -d sat: VIA VL715/6/7",
	"2109:0716": "smartmontools drivedb.h, -d sat: VIA VL715/6/7",
	"2109:0717": "smartmontools drivedb.h, -d sat: VIA VL715/6/7",
}
