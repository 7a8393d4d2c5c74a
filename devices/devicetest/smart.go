package devicetest

import (
	"maps"
	"slices"

	"rasure/devices/scsi"
)

// SMART is what a simulated drive reports of its health: the bytes of its answers. What is nil the drive does not offer.
type SMART struct {
	Data, Thresholds []byte // ATA: SMART READ DATA and READ THRESHOLDS
	Failing          bool   // ATA: its own verdict
	SelfTests        []byte // ATA: log 06h
	Errors           []byte // ATA: log 01h

	Log []byte // NVMe: log page 02h

	Pages   map[uint8][]byte // SCSI: log pages but that of the self-tests; 00h is made of them
	Defects []byte           // SCSI: what READ DEFECT DATA (12) answers for the grown list

	TestFails bool          // a self-test ends with a fault
	Polls     int           // so many times a self-test says that it runs
	Hang      chan struct{} // while it is open, the drive answers none of these questions
}

// selfTest is a drive's own test of itself.
type selfTest struct {
	kind   uint8 // 0: none was begun
	left   int   // answers that still say that it runs
	failed bool
}

func (t *selfTest) begin(kind uint8, m *SMART) { *t = selfTest{kind, m.Polls, m.TestFails} }

// poll is a question how the test stands. Each brings it a step forward. It returns the per cent that are done.
func (t *selfTest) poll(m *SMART) (running bool, percent int) {
	if t.kind == 0 || t.left == 0 {
		return false, 100
	}
	t.left--
	return true, 100 * (m.Polls - t.left - 1) / (m.Polls + 1)
}

func (m *SMART) wait() {
	if m.Hang != nil {
		<-m.Hang
	}
}

// SetSMART has the drive watch itself. Call it before the drive is used.
func (s *SATA) SetSMART(m SMART) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.smart = &m
	s.identity = s.identify()
}

// smartCommand is SMART, B0h, of which no command changes the drive.
func (s *SATA) smartCommand(t *taskfile) output {
	if s.smart == nil || t.extended || t.lba&0xffff00 != 0xc24f00 {
		return abort
	}
	s.smart.wait()
	give := func(b []byte) output {
		if b == nil || t.protocol != 4 || t.count != 1 {
			return abort
		}
		copy(t.data, b)
		return output{}
	}
	switch low := uint8(t.lba); t.feature {
	case 0xd0:
		return give(s.smartData())
	case 0xd1:
		return give(s.smart.Thresholds)
	case 0xd4:
		s.test.begin(low, s.smart)
		return output{}
	case 0xd5:
		return give(map[uint8][]byte{1: s.smart.Errors, 6: s.selfTestLog()}[low])
	case 0xda:
		if s.smart.Failing {
			return output{lba: 0x2cf400}
		}
		return output{lba: 0xc24f00}
	}
	return abort
}

// smartData gives how a self-test stands too.
func (s *SATA) smartData() []byte {
	b := slices.Clone(s.smart.Data)
	if s.test.kind == 0 {
		return b
	}
	running, percent := s.test.poll(s.smart)
	switch {
	case running:
		b[363] = 0xf0 | byte(10-percent/10)
	case s.test.failed:
		b[363] = 0x70 // a read element
	default:
		b[363] = 0
	}
	return sum(b)
}

func (s *SATA) selfTestLog() []byte {
	if s.test.kind == 0 || s.test.left > 0 {
		return s.smart.SelfTests
	}
	b := make([]byte, 512)
	b[0], b[2], b[4], b[508] = 1, s.test.kind, 77, 1
	if s.test.failed {
		b[3] = 0x70
	}
	return sum(b)
}

// sum makes the bytes of a block add up to 0.
func sum(b []byte) []byte {
	b[511] = 0
	for _, c := range b[:511] {
		b[511] -= c
	}
	return b
}

// SetSMART has the drive watch itself. Call it before the drive is used.
func (n *NVMe) SetSMART(m SMART) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.smart = &m
}

// selfTestLog is the Device Self-test log, Base 2.1, 5.1.12.1.7.
func (n *NVMe) selfTestLog(b []byte) {
	running, percent := n.test.poll(n.smart)
	for i := range 20 {
		b[4+28*i] = 0x0f
	}
	switch {
	case running:
		b[0], b[1] = n.test.kind, byte(percent)
	case n.test.kind != 0:
		if b[4] = n.test.kind << 4; n.test.failed {
			b[4] |= 7
		}
		b[8] = 77
	}
}

// SetSMART has the disk keep log pages. Call it before the disk is used.
func (s *SAS) SetSMART(m SMART) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.smart = &m
}

// health answers LOG SENSE and SEND DIAGNOSTIC; ok is false for another command.
func (s *SAS) health(c scsi.Command) (r scsi.Reply, ok bool) {
	if s.smart == nil {
		return scsi.Reply{}, false
	}
	switch c.CDB[0] {
	case 0xb7:
		if s.smart.Defects == nil {
			return scsi.Reply{}, false
		}
		s.smart.wait()
		return answer(c, s.smart.Defects), true
	case 0x1d:
		s.smart.wait()
		s.test.begin(c.CDB[1]>>5, s.smart)
		return scsi.Reply{}, true
	case 0x4d:
		s.smart.wait()
	default:
		return scsi.Reply{}, false
	}
	switch code := c.CDB[2] & 0x3f; {
	case code == 0x00:
		list := append([]byte{0x00, 0x10}, slices.Collect(maps.Keys(s.smart.Pages))...)
		slices.Sort(list)
		return answer(c, append([]byte{0, 0, 0, byte(len(list))}, list...)), true
	case code == 0x10:
		return answer(c, s.testPage()), true
	case s.smart.Pages[code] != nil:
		return answer(c, s.smart.Pages[code]), true
	}
	return unknownField, true
}

// testPage is the Self-Test Results page.
func (s *SAS) testPage() []byte {
	b := make([]byte, 4+20*20)
	b[0], b[2], b[3] = 0x10, byte((len(b)-4)>>8), byte((len(b)-4)&0xff)
	for i := range 20 {
		b[4+20*i+1], b[4+20*i+2], b[4+20*i+3] = byte(i+1), 3, 16
	}
	if s.test.kind == 0 {
		return b
	}
	running, _ := s.test.poll(s.smart)
	switch b[8] = s.test.kind << 5; {
	case running:
		b[8] |= 0x0f
	case s.test.failed:
		b[8] |= 7
	}
	if !running {
		b[11] = 77
	}
	return b
}
