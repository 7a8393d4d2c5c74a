package devicetest

import (
	"context"
	"slices"
	"sync"
	"syscall"

	"rasure/devices"
	"rasure/devices/scsi"
)

// SAS is a simulated SCSI disk: it takes command blocks, answers bytes, and sanitizes as SBC-4 4.11 draws it.
type SAS struct {
	Lie    Lie   // set it before the drive is used
	Steps  int   // how often it answers that it is sanitizing before it has ended
	Mute   bool  // it does not know REPORT SUPPORTED OPERATION CODES
	Hushed bool  // with Blank: it does not report that
	Modes  Modes // what it answers to MODE SENSE
	Blank  bool  // after a sanitize, reading answers errors until a block is written: WABEREQ and WACEREQ are 2

	mu      sync.Mutex // guards what follows
	unit    unit
	sent    []uint8 // service actions of SANITIZE that it got
	gone    bool
	running bool
	failed  bool
	exit    bool // AUSE: SANITIZE with EXIT FAILURE MODE may lead out
	crypto  bool
	left    int
	native  int64  // bytes with those that a MODE SELECT took away; 0: none
	smart   *SMART // nil: it has no log pages
	test    selfTest
	format  blockFormat
}

// NewSAS makes d a SCSI disk of that name. It has just got power, and owes a unit attention.
func NewSAS(d *Drive, disk devices.Disk, lie Lie) *SAS {
	s := &SAS{Lie: lie, Steps: 2, unit: newUnit(d, disk)}
	s.unit.attention, s.failed = true, lie == FailedBefore
	s.unit.blank = func() bool { return s.Blank && !s.Hushed }
	s.unit.drive.shut.Store(s.failed)
	d.scsi = s
	return s
}

// Sent is what the drive got so far: service actions of SANITIZE.
func (s *SAS) Sent() []uint8 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// Gone reports whether the drive answers nothing: it hangs, or its power is off.
func (s *SAS) Gone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gone
}

// PowerCycle takes the drive's power and gives it back. It goes on sanitizing.
func (s *SAS) PowerCycle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone, s.unit.attention = false, true
	if s.format.running { // unlike a sanitize, it does not go on
		s.format.running, s.format.corrupt = false, true
	}
}

// Do is [scsi.Transport].
func (s *SAS) Do(_ context.Context, c scsi.Command) (scsi.Reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.unit.drive.shut.Store(s.running || s.failed) }()
	if s.gone {
		return scsi.Reply{}, syscall.ENODEV
	}
	switch c.CDB[0] { // what a unit attention does not hold up, SAM-6 5.14, and what is answered while it sanitizes
	case 0x12:
		r, _ := s.unit.basic(c, nil)
		return r, nil
	case 0x03:
		return s.requestSense(c)
	}
	if r, owed := s.unit.unitAttention(); owed {
		return r, nil
	}
	if r, ok := s.formats(c); ok {
		if s.Lie == FormatLost && c.CDB[0] == 0x04 {
			s.Lie = Honest
			return scsi.Reply{}, syscall.EIO
		}
		return r, nil
	}
	if c.CDB[0] == 0x48 {
		r, err := s.sanitize(c)
		if s.Lie == LosesAnswer {
			s.Lie = Honest
			if s.Steps < 0 {
				s.end()
			}
			return scsi.Reply{}, syscall.EIO
		}
		return r, err
	}
	if s.running || s.failed {
		return scsi.Reply{Status: scsi.StatusCheckCondition, Sense: s.sense()}, nil
	}
	if r, ok := s.unit.basic(c, nil); ok {
		return r, nil
	}
	if r, ok := s.health(c); ok {
		return r, nil
	}
	if r, ok := s.modes(c); ok {
		return r, nil
	}
	if r, ok := s.unit.blocks(c, fixed(2, 0x04, 0)); ok {
		return r, nil
	}
	switch {
	case c.CDB[0] == 0x00:
		return scsi.Reply{}, nil
	case c.CDB[0] == 0xa3 && c.CDB[1]&0x1f == 0x0c && !s.Mute:
		return s.supported(c), nil
	}
	return unknownCommand, nil
}

// supported is REPORT SUPPORTED OPERATION CODES for one command.
func (s *SAS) supported(c scsi.Command) scsi.Reply {
	if c.CDB[2]&7 != 3 {
		return unknownField
	}
	if a := c.CDB[5]; c.CDB[3] != 0x48 || a < 1 || a > 3 && a != 0x1f {
		return answer(c, []byte{0, 1, 0, 0})
	}
	return answer(c, []byte{0, 3, 0, 10, 0x48, 0xff, 0, 0, 0, 0, 0, 0xff, 0xff, 0})
}

func (s *SAS) sanitize(c scsi.Command) (scsi.Reply, error) {
	action := c.CDB[1] & 0x1f
	s.sent = append(s.sent, action)
	length := int(c.CDB[7])<<8 | int(c.CDB[8])
	switch {
	case len(c.CDB) != 10 || length != len(c.Data):
		return unknownField, nil
	case s.running:
		return scsi.Reply{Status: scsi.StatusCheckCondition, Sense: s.sense()}, nil
	case action == 0x1f:
		if !s.failed || !s.exit && s.Lie != FailsOpen {
			return unknownField, nil
		}
		s.failed = false
		return scsi.Reply{}, nil
	case action == 0x01:
		if length < 5 || c.Direction != scsi.Out || c.Data[0]&0x1f == 0 || c.Data[1] != 0 || int(c.Data[2])<<8|int(c.Data[3]) != length-4 {
			return fixed(5, 0x26, 0), nil // invalid field in parameter list
		}
	case action == 0x02, action == 0x03:
		if length != 0 {
			return unknownField, nil
		}
	default:
		return unknownField, nil
	}
	if c.CDB[1]&0x80 == 0 { // without IMMED it answers after hours; no host adapter waits for that
		return scsi.Reply{}, syscall.ETIMEDOUT
	}
	if s.Lie == OldSuccess {
		return scsi.Reply{}, nil
	}
	s.running, s.failed, s.exit, s.crypto, s.left = true, false, c.CDB[1]&0x20 != 0, action == 3, s.Steps
	if s.Lie == ErasesTwice {
		s.end()
	}
	return scsi.Reply{}, nil
}

// requestSense answers what the drive is busy with. Each asking brings it a step forward.
func (s *SAS) requestSense(c scsi.Command) (scsi.Reply, error) {
	if owed := s.unit.attention; owed {
		s.unit.attention = false
		return answer(c, sense(6, 0x29, 0, -1)), nil
	}
	if s.format.running {
		b := s.formatSense()
		s.stepFormat()
		return answer(c, b), nil
	}
	if s.running {
		switch s.Lie {
		case Hangs:
			s.gone = true
			return scsi.Reply{}, syscall.ETIMEDOUT
		case PowerLoss:
			s.Lie, s.gone = Honest, true // until PowerCycle
			return scsi.Reply{}, syscall.ENODEV
		case ResetMidway: // it goes on: a reset does not stop a sanitize
			s.Lie = Honest
			return answer(c, sense(6, 0x29, 0, -1)), nil
		case Stuck:
		default:
			if s.left--; s.left < 0 {
				s.end()
			}
		}
	}
	b := s.sense()
	if c.CDB[1]&1 != 0 { // DESC
		b = []byte{0x72, b[2], b[12], b[13], 0, 0, 0, 8, 2, 6, 0, 0, b[15], b[16], b[17], 0}
	}
	return answer(c, b), nil
}

func (s *SAS) end() {
	s.running = false
	if s.Lie == Fails || s.Lie == FailsOpen || s.Lie == EndsEarly {
		s.unit.drive.scrub(0, s.unit.drive.size/2, s.crypto)
		s.failed = true
		return
	}
	lyingScrub(s.unit.drive, s.Lie, s.unit.drive.size, s.crypto)
	if s.Blank {
		s.unit.drive.blank()
	}
}

func (s *SAS) sense() []byte {
	switch {
	case s.failed:
		return sense(3, 0x31, 3, -1) // no progress in it, which has been taken for success
	case s.running && s.Lie == Stuck:
		return sense(2, 0x04, 0x1b, 655)
	case s.running && s.Lie == EndsEarly:
		return sense(2, 0x04, 0x1b, -1)
	case s.running:
		return sense(2, 0x04, 0x1b, 65536*(s.Steps-s.left)/(s.Steps+1))
	}
	return sense(0, 0, 0, -1)
}

// Finish has the drive end what it is at.
func (s *SAS) Finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
	s.unit.drive.shut.Store(s.failed)
}
