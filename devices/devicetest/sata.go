package devicetest

import (
	"context"
	"slices"
	"sync"
	"syscall"

	"rasure/devices"
	"rasure/devices/scsi"
)

// SATA is a simulated SATA drive behind a translation layer that answers as libata 6.12 does. It takes command blocks and
// answers bytes, and knows nothing of how they are made or read: security (SEC1 to SEC6) and sanitizing (SD0 to SD4) as ACS-4
// draws them, a host protected area, an overlay, and the accessible maximum of later drives.
type SATA struct {
	Lie        Lie     // set it before the drive is used
	Adapter    Adapter // likewise
	Steps      int     // how often it answers that it is sanitizing before it has ended
	Short      bool    // it has no 48-bit commands
	MaxOff     bool    // the host protected area feature is switched off
	Trusted    bool    // it has the trusted computing feature set: see [Opal]
	NoReason   int     // how often a refused SANITIZE STATUS EXT has no reason; below 0: always
	FailsAgain bool    // with FailedBefore: every sanitize fails
	Loses      uint8   // with LosesAnswer: the command whose answer is lost, once
	Logs       bool    // it has general purpose logs, with device statistics

	mu       sync.Mutex // guards what follows
	unit     unit
	sent     []uint8 // ATA commands that reached the drive
	gone     bool    // a bridge that hung, or power is off: nothing answers
	current  uint64  // sectors that can be addressed
	native   uint64  // with the host protected area, or what the accessible maximum hides
	factory  uint64  // without the overlay
	amac     bool    // the drive is of the later kind
	maxSet   bool    // the maximum was set in this power cycle
	askedMax bool    // the command before was READ NATIVE MAX ADDRESS EXT
	security security
	sanitize sanitize
	identity []byte // IDENTIFY DEVICE data as power came
	smart    *SMART // nil: the drive does not watch itself
	test     selfTest

	hung       bool     // the bridge has hung once
	deaf       bool     // the adapter answers 2/05/00 until a power cycle
	descriptor bool     // D_SENSE of the adapter
	selects    int      // how often it was set
	last       *output  // of the command before, for return response information
	lastTask   taskfile // that command
}

// NewSATA makes d a SATA drive of that name, with everything switched off: security disabled, nothing hidden, never sanitized.
func NewSATA(d *Drive, disk devices.Disk, lie Lie) *SATA {
	s := &SATA{Lie: lie, Steps: 2, unit: newUnit(d, disk)}
	s.unit.ata = true
	s.current = uint64(d.size / int64(d.block))
	s.native, s.factory = s.current, s.current
	s.security.tries = 5
	switch lie {
	case Frozen:
		s.security.frozen = true
	case SanitizeFrozen:
		s.sanitize.frozen = true
	case LockedByOther:
		s.security.enabled, s.security.locked, s.security.password = true, true, [32]byte{'o', 't', 'h', 'e', 'r'}
	case Expired:
		s.security.enabled, s.security.locked, s.security.tries = true, true, 0
	case OldSuccess, ErasesTwice:
		s.sanitize.completed = true
	case ZeroCount:
		s.Adapter = SAS3008
	case FailedBefore:
		s.sanitize.failed = true
	}
	s.identity = s.identify()
	s.settle()
	d.scsi = s
	return s
}

// Hide takes sectors away from what can be addressed: native ones that a host protected area (or, if later, an accessible
// maximum) hides, and factory ones that an overlay hides. The drive had them before, as bytes beyond its size.
func (s *SATA) Hide(native, factory uint64, later bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.native, s.amac = s.current+native, later
	s.factory = s.native + factory
	s.identity = s.identify()
}

// Sent is what reached the drive so far: ATA command codes.
func (s *SATA) Sent() []uint8 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// Gone reports whether the drive answers nothing: it hangs, or its power is off.
func (s *SATA) Gone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gone
}

// PowerCycle switches the drive off and on: a drive with a password is locked then, one that was sanitizing goes
// on, and freezing is forgotten.
func (s *SATA) PowerCycle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.power()
}

func (s *SATA) power() {
	s.gone, s.deaf, s.maxSet, s.askedMax, s.unit.attention = false, false, false, false, false
	s.security.locked, s.security.frozen, s.security.prepared, s.security.tries = s.security.enabled, false, false, 5
	s.sanitize.frozen = false
	s.identity = s.identify()
	s.settle()
}

// settle shuts the medium where the state says so.
func (s *SATA) settle() {
	s.unit.drive.shut.Store(s.security.locked || s.sanitize.running || s.sanitize.failed)
	s.unit.drive.resize(int64(s.current) * int64(s.unit.drive.block))
}

// Do is [scsi.Transport].
func (s *SATA) Do(ctx context.Context, c scsi.Command) (scsi.Reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.settle()
	if s.gone {
		return scsi.Reply{}, syscall.ENODEV
	}
	if r, ok := s.unit.basic(c, s.identity); ok {
		return r, nil
	}
	if r, ok := s.unit.blocks(c, fixed(0x0b, 0, 0)); ok {
		return r, nil
	}
	if r, ok := s.mode(c); ok {
		return r, nil
	}
	switch c.CDB[0] {
	case 0x00:
		return scsi.Reply{}, nil
	case 0x03:
		return answer(c, sense(0, 0, 0, -1)), nil
	case 0x85:
	default:
		return unknownCommand, nil // A1h too
	}
	if s.Lie == Hangs {
		s.gone = true
		return scsi.Reply{}, syscall.ETIMEDOUT
	}
	t, ok := parseTaskfile(c)
	if !ok {
		return unknownField, nil
	}
	if s.deaf {
		return fixed(2, 0x05, 0), nil
	}
	if t.protocol == returnInfo {
		if s.Adapter != Deaf || s.last == nil {
			return unknownField, nil
		}
		return descriptorReply(s.lastTask.extended, *s.last), nil
	}
	if r, err, done := s.instead(&t); done {
		return r, err
	}
	s.sent = append(s.sent, t.command)
	s.Adapter.outgoing(&t)
	out := s.execute(&t)
	if s.gone {
		return scsi.Reply{}, syscall.ENODEV
	}
	if s.Lie == LosesAnswer && t.command == s.Loses && (t.command != 0xb4 || t.feature != 0) {
		s.Lie = Honest
		return scsi.Reply{}, syscall.EIO
	}
	if r, ok := s.rejects(t); ok {
		return r, nil
	}
	s.Adapter.incoming(t, &out)
	s.last, s.lastTask = &out, t
	return s.bridged(t, out, s.translate(c, t, out)), nil
}

// taskfile is an ATA command as the drive gets it.
type taskfile struct {
	command        uint8
	feature, count uint16
	lba            uint64
	extended       bool
	protocol       uint8
	wantsRegisters bool
	data           []byte
}

// parseTaskfile reads ATA PASS-THROUGH (16) as libata's translation does, and refuses what it refuses: a length that is not
// that of the buffer, data without a direction.
func parseTaskfile(c scsi.Command) (taskfile, bool) {
	b := c.CDB
	if len(b) != 16 {
		return taskfile{}, false
	}
	wide := func(high, low byte) uint16 {
		if b[1]&1 == 0 {
			high = 0
		}
		return uint16(high)<<8 | uint16(low)
	}
	t := taskfile{command: b[14], extended: b[1]&1 != 0, protocol: b[1] >> 1 & 0xf, wantsRegisters: b[2]&0x20 != 0,
		feature: wide(b[3], b[4]), count: wide(b[5], b[6]),
		lba: uint64(b[12])<<16 | uint64(b[10])<<8 | uint64(b[8]), data: c.Data}
	if !t.extended {
		t.lba |= uint64(b[13]&0x0f) << 24
	}
	if t.extended {
		t.lba |= uint64(b[11])<<40 | uint64(b[9])<<32 | uint64(b[7])<<24
	}
	in, blocks, length := b[2]&0x08 != 0, b[2]&0x14 == 0x04, b[2]&3
	switch t.protocol {
	case returnInfo:
		return t, true
	case nonData:
		return t, length == 0 && len(c.Data) == 0 && c.Direction == scsi.None
	case 4:
		return t, in && blocks && length == 2 && c.Direction == scsi.In && len(c.Data) == 512*int(t.count)
	case 5:
		return t, !in && blocks && length == 2 && c.Direction == scsi.Out && len(c.Data) == 512*int(t.count)
	}
	return t, false
}

// output is how a drive ends a command.
type output struct {
	err   uint8 // 0: it succeeded
	count uint16
	lba   uint64
	reset bool // the host reset it before it had ended
}

var abort = output{err: 0x04}

// execute carries a command out. A command that the standard describes and that is not listed here is aborted.
func (s *SATA) execute(t *taskfile) output {
	prepared, askedMax := s.security.prepared, s.askedMax
	s.security.prepared, s.askedMax = false, false
	if t.command != 0xec && t.command != 0xb4 && (s.sanitize.running || s.sanitize.failed) {
		return abort
	}
	switch {
	case t.command == 0xec && t.protocol == 4 && !t.extended && t.count == 1:
		b := s.identity
		if s.Lie != StaleIdentify {
			b = s.identify()
		}
		copy(t.data, b)
		return output{}
	case t.command == 0x00 && t.feature&0xff == 0 && t.protocol == nonData: // NOP is aborted, and the registers stay what they were
		return output{err: 0x04, count: t.count, lba: t.lba}
	case t.command >= 0xf1 && t.command <= 0xf6 && !t.extended:
		return s.secure(t, prepared)
	case t.command == 0xb4 && t.extended && t.protocol == 3:
		return s.sanitizeDevice(t)
	case t.command == 0xb0:
		return s.smartCommand(t)
	case t.command == 0x2f:
		return s.readLog(t)
	case s.security.locked:
		return abort
	case t.command == 0x42 && t.extended && t.protocol == nonData:
		return s.verify(t)
	case s.Short && (t.extended || t.command == 0x27 || t.command == 0x37):
		return abort
	case t.command == 0xf8 || t.command == 0xf9, t.command == 0x27, t.command == 0x37, t.command == 0x78, t.command == 0xb1:
		return s.hidden(t, askedMax)
	case t.command == 0xea && t.extended && t.protocol == 3:
		return output{}
	}
	return abort
}

// translate gives a command's end as libata does: success with registers in the descriptor format, failure in the fixed one.
func (s *SATA) translate(c scsi.Command, t taskfile, o output) scsi.Reply {
	if o.reset {
		return fixed(6, 0x29, 0)
	}
	if o.err == 0 && (!t.wantsRegisters || s.Lie == NoRegisters) {
		return scsi.Reply{}
	}
	extended := byte(0)
	if t.extended {
		extended = 1
	}
	if o.err == 0 && !s.fixedSuccess() || o.err != 0 && (s.descriptor || s.Adapter.isBridge() && s.Adapter != BridgeFixed) {
		return descriptorReply(t.extended && s.Adapter != BridgeNarrow, o)
	}
	status, key, ascq := byte(0x50), byte(1), byte(0x1d)
	if o.err != 0 {
		status, key, ascq = 0x51, 0x0b, 0
	}
	return scsi.Reply{Status: scsi.StatusCheckCondition, Sense: s.Adapter.place(sense(key, 0, ascq, -1), o, status, extended)}
}

// returnInfo is the protocol RETURN RESPONSE INFORMATION, SAT-5 12.2.2.2: the registers of the command before, once more.
const returnInfo = 15

func descriptorReply(is48 bool, o output) scsi.Reply {
	status, key, ascq, extended, l := byte(0x50), byte(1), byte(0x1d), byte(0), o.lba
	if o.err != 0 {
		status, key, ascq = 0x51, 0x0b, 0
	}
	device := byte(0x40)
	if is48 {
		extended = 1
	} else {
		device |= byte(l>>24) & 0x0f
		l &= 0xffffff
	}
	return scsi.Reply{Status: scsi.StatusCheckCondition, Sense: []byte{0x72, key, 0, ascq, 0, 0, 0, 14, 9, 12, extended, o.err,
		byte(o.count >> 8), byte(o.count), byte(l >> 24), byte(l), byte(l >> 32), byte(l >> 8), byte(l >> 40), byte(l >> 16), device, status}}
}
