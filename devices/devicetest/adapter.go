package devicetest

import "rasure/devices/scsi"

// Adapter is what a host adapter or a kernel makes of commands and answers between the host and a [SATA] drive.
type Adapter string

const (
	Libata   Adapter = ""           // Linux 6.12
	Libata61 Adapter = "libata-6.1" // Linux 6.1: the registers of a failure are eight bytes too far in fixed format sense data
	SAS3008  Adapter = "sas3008"    // Broadcom: the count of a non-data command is zeroed on the way to the drive and back
	H355     Adapter = "h355"       // PERC H355: 1/00/1D without registers, also for a failure
	H730P    Adapter = "h730p"      // PERC H730P: SANITIZE is rejected and carried out, then 2/05/00 until a power cycle
	Megaraid Adapter = "megaraid"   // a command that takes more than 255 s is ended by a reset of the drive
	PMC      Adapter = "pmc"        // PMC-Sierra: fixed format, with the low and the high byte of the LBA swapped
	Smartpqi Adapter = "smartpqi"   // fixed format until D_SENSE is set
	Deaf     Adapter = "deaf"       // fixed format always, D_SENSE cannot be changed; return response information works
)

// nonData is the protocol of ATA commands without data.
const nonData = 3

// outgoing changes a command on its way to the drive.
func (a Adapter) outgoing(t *taskfile) {
	switch {
	case t.protocol != nonData:
	case a == SAS3008 || a == BridgeCount:
		t.count = 0
	case a == BridgeLBA:
		t.lba &= 0xffffff
	case a == BridgeFeature:
		t.feature = 0
	}
}

// incoming changes what the drive answered.
func (a Adapter) incoming(t taskfile, o *output) {
	switch {
	case a == SAS3008 && t.protocol == nonData:
		o.count = 0
	case a == BridgeNarrow || a == BridgeHollow:
		o.count, o.lba = o.count&0xff, o.lba&0xffffff
	}
}

// rejects answers for the drive: it says that the command was rejected, which the drive got.
func (s *SATA) rejects(t taskfile) (scsi.Reply, bool) {
	switch {
	case s.Adapter == H730P && t.command == 0xb4 && t.feature != 0:
		s.deaf = true
		return fixed(5, 0x24, 0), true
	case s.Adapter == H355 && t.protocol != 4:
		return scsi.Reply{Status: scsi.StatusCheckCondition, Sense: []byte{0x72, 1, 0, 0x1d, 0, 0, 0, 14, 9, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}, true
	}
	return scsi.Reply{}, false
}

// fixedSuccess reports whether a success comes in the fixed format.
func (s *SATA) fixedSuccess() bool {
	return s.Lie == FixedSense || s.Adapter == BridgeFixed || s.Adapter == PMC || s.Adapter == Deaf || s.Adapter == Smartpqi && !s.descriptor
}

// place puts registers into fixed format sense data where the adapter puts them.
func (a Adapter) place(b []byte, o output, status, extended byte) []byte {
	at, high := 3, 8 // SAT-5 12.2.7
	if a == Libata61 && o.err != 0 {
		b, at, high = append(b, 0, 0), 8, 16 // Linux 6.1 drivers/ata/libata-scsi.c, ata_gen_passthru_sense
	} else {
		b[0] = 0xf0
	}
	flags := extended << 7
	if o.count>>8 != 0 {
		flags |= 0x40
	}
	if o.lba>>24 != 0 {
		flags |= 0x20
	}
	l := []byte{byte(o.lba), byte(o.lba >> 8), byte(o.lba >> 16)}
	if a == PMC {
		l[0], l[2] = l[2], l[0]
	}
	copy(b[at:], []byte{o.err, status, 0x40, byte(o.count)})
	copy(b[high:], append([]byte{flags}, l...))
	return b
}

// mode answers MODE SENSE (10) and MODE SELECT (10) of the control mode page, SPC-5 7.5.10. D_SENSE is bit 2 of its byte 2.
func (s *SATA) mode(c scsi.Command) (scsi.Reply, bool) {
	const dSense = 0x04
	switch {
	case len(c.CDB) != 10 || s.Adapter != Smartpqi && s.Adapter != Deaf:
		return scsi.Reply{}, false
	case c.CDB[0] == 0x5a && c.CDB[2]&0x3f == 0x0a:
		b := make([]byte, 20)
		b[1], b[8], b[9] = 18, 0x0a, 10
		changeable := c.CDB[2]>>6 == 1
		if changeable && s.Adapter == Smartpqi || !changeable && s.descriptor {
			b[10] = dSense
		}
		return answer(c, b), true
	case c.CDB[0] == 0x55 && c.CDB[1] == 0x10 && len(c.Data) == 20 && c.Data[8] == 0x0a && s.Adapter == Smartpqi:
		s.descriptor = c.Data[10]&dSense != 0
		s.selects++
		return scsi.Reply{}, true
	}
	return unknownField, true
}

// Selects is how often the adapter's mode was changed.
func (s *SATA) Selects() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.selects
}
