package ata

import (
	"context"

	"rasure/cmd/message"
	"rasure/devices/scsi"
)

// OverSCSI returns a transport that wraps ATA commands in ATA PASS-THROUGH (16), SAT-5 12.2.2. The 12-byte command (A1h) is
// never sent: JMicron's NVMe bridges take it for one of their own and hang.
func OverSCSI(t scsi.Transport) Transport { return sat{t} }

type sat struct{ scsi scsi.Transport }

// ErrNoRegisters means that a command was sent and the adapter or bridge did not return the drive's answer. Nothing is
// known then; some host adapters and bridges always do that.
var ErrNoRegisters = message.New("the adapter or bridge returned no usable ATA registers")

// ShortError means that an answer does not have all of its bytes.
type ShortError struct {
	Opcode  uint8
	Missing int
}

func (e *ShortError) Error() string { return e.Message().String() }

func (e *ShortError) Message() message.Text {
	return message.Of("ATA command %02xh: the answer is %d bytes too short", e.Opcode, e.Missing)
}

const (
	opPassThrough = 0x85

	checkCondition = 0x20 // CK_COND: give the registers back though the command succeeded
	fromDrive      = 0x08 // T_DIR
	inBlocks       = 0x04 // BYT_BLOK: the length counts blocks, of 512 bytes (T_TYPE 0)
	lengthInCount  = 0x02 // T_LENGTH
)

func (s sat) Do(ctx context.Context, c Command) (*Registers, error) {
	r, err := s.scsi.Do(ctx, wrap(c))
	if err != nil {
		return nil, err
	}
	return unwrap(c, r)
}

// wrap builds the command block. Registers are asked for with every command but a data-in, whose data are the answer.
func wrap(c Command) scsi.Command {
	s := scsi.Command{Data: c.Data, Timeout: c.Timeout}
	flags := byte(checkCondition)
	switch c.Protocol {
	case PIOIn:
		s.Direction, flags = scsi.In, fromDrive|inBlocks|lengthInCount
	case PIOOut:
		s.Direction, flags = scsi.Out, checkCondition|inBlocks|lengthInCount
	}
	extend, device := byte(0), byte(0x40) // device: LBA, which ATA-6 and later want with every command
	if c.Extended {
		extend = 1
	}
	if c.Opcode == opIdentify {
		device = 0 // as the kernel sends it
	}
	l := c.LBA
	if !c.Extended { // bits 27 to 24 are in the device register
		device |= byte(l>>24) & 0x0f
		l &= 0xffffff
	}
	s.CDB = []byte{opPassThrough, byte(c.Protocol)<<1 | extend, flags,
		byte(c.Feature >> 8), byte(c.Feature), byte(c.Count >> 8), byte(c.Count),
		byte(l >> 24), byte(l), byte(l >> 32), byte(l >> 8), byte(l >> 40), byte(l >> 16),
		device, c.Opcode, 0}
	return s
}

// unwrap reads what came back. Success shows as GOOD, with data or from an adapter that ignores CK_COND, or as CHECK CONDITION
// with 00h/1Dh, with the registers or without, and in no other way.
func unwrap(c Command, r scsi.Reply) (*Registers, error) {
	if r.Status == scsi.StatusGood {
		if c.Protocol == PIOIn && r.Residual != 0 {
			return nil, &ShortError{c.Opcode, r.Residual}
		}
		return nil, nil
	}
	sense, err := scsi.ParseSense(r.Sense)
	if err != nil || r.Status != scsi.StatusCheckCondition {
		return nil, r.Err(opPassThrough)
	}
	regs, ok := registers(r.Sense, c.Extended)
	// libata reports a failure as aborted command, medium error or illegal request, with the registers. A reset or
	// a translation layer that does not know the command returns sense data without registers: that part is not read then.
	switch {
	case sense.Deferred:
		return nil, r.Err(opPassThrough)
	case ok && regs.Refused():
		return nil, &RefusedError{c.Opcode, *regs}
	case sense.ASC == 0 && sense.ASCQ == 0x1d && (sense.Key == 1 || sense.Key == 0): // SAT-5 12.2.6
		if !ok { // the command ended, and its registers were lost, as behind a PERC H355: as much as GOOD says
			return nil, nil
		}
		return regs, nil
	}
	if regs, ok := misplaced(r.Sense, sense); ok {
		return nil, &RefusedError{c.Opcode, *regs}
	}
	return nil, r.Err(opPassThrough)
}

// misplaced reads the registers of a failure from where Linux before 6.12 puts them: eight bytes too far in the fixed format, without
// VALID (drivers/ata/libata-scsi.c of 6.1, ata_gen_passthru_sense). Only a refusal is believed, never a success.
func misplaced(b []byte, s scsi.Sense) (*Registers, bool) {
	aborted := s.Key == 0x0b && s.ASC == 0 && s.ASCQ == 0 || s.Key == 5 && s.ASC == 0x21 && s.ASCQ == 0x04
	if !aborted || len(b) < 18 || b[0] != 0x70 || b[7] != 0x0a {
		return nil, false
	}
	const dataRequest = 0x08
	r := &Registers{Error: b[8], Status: b[9], Device: b[10], Count: uint16(b[11]), LBA: uint64(b[17])}
	if len(b) >= 20 {
		r.LBA |= uint64(b[18])<<8 | uint64(b[19])<<16
	}
	ended := r.Status&(statusReady|statusError) == statusReady|statusError && r.Status&(statusBusy|statusFault|dataRequest) == 0
	return r, ended && r.Error&errorAbort != 0
}

// registers reads the ATA registers in sense data: from the ATA Status Return descriptor (09h), SAT-5 12.2.6, or from the
// places that SAT-5 12.2.7 gives them in the fixed format. A status of 0 is none: every drive that answers sets DRDY or ERR. The answer to a 48-bit
// command is whole only if it says that it has the high bytes.
func registers(sense []byte, wide bool) (*Registers, bool) {
	if d := scsi.Descriptor(sense, 0x09); len(d) >= 14 {
		r := &Registers{Error: d[3], Device: d[12], Status: d[13], Whole: !wide || d[2]&1 != 0,
			Count: uint16(d[4])<<8 | uint16(d[5]),
			LBA: uint64(d[10])<<40 | uint64(d[8])<<32 | uint64(d[6])<<24 |
				uint64(d[11])<<16 | uint64(d[9])<<8 | uint64(d[7])}
		if d[2]&1 == 0 { // EXTEND: the high bytes mean nothing in a 28-bit command
			r.Count, r.LBA = r.Count&0xff, r.LBA&0xffffff
		}
		return r, r.Status != 0
	}
	if len(sense) < 14 || sense[0]&0x7f != 0x70 {
		return nil, false
	}
	// Without VALID the four bytes of INFORMATION are not registers, but with 00h/1Dh they are on adapters that forget it.
	if marked := sense[12] == 0 && sense[13] == 0x1d; sense[0]&0x80 == 0 && !marked {
		return nil, false
	}
	r := &Registers{Error: sense[3], Status: sense[4], Device: sense[5], Count: uint16(sense[6]),
		LBA: uint64(sense[11])<<16 | uint64(sense[10])<<8 | uint64(sense[9])}
	return r, r.Status != 0
}
