package ata

import (
	"context"
	"encoding/binary"

	"rasure/cmd/message"
)

// SMART: all subcommands of B0h carry a signature in the LBA field, so that none is sent by accident. The layout of
// attributes and thresholds was never standardised beyond SFF-8035i revision 2; later standards call those bytes vendor specific, and every
// drive keeps to it.
const (
	opSMART = 0xb0

	smartReadData       = 0xd0
	smartReadThresholds = 0xd1 // obsolete since ATA-4, and answered by all
	smartOffline        = 0xd4 // EXECUTE OFF-LINE IMMEDIATE
	smartReadLog        = 0xd5
	smartReturnStatus   = 0xda

	smartSignature = 0xc24f00 // LBA high C2h, mid 4Fh
	smartWell      = 0xc24f   // the same in the answer to RETURN STATUS: no threshold exceeded
	smartFailing   = 0x2cf4   // a threshold is exceeded
)

var errSMART = message.New("malformed SMART data")

// SMARTSupport is what IDENTIFY DEVICE says of self-monitoring.
type SMARTSupport struct {
	Supported, Enabled bool // word 82 bit 0, word 85 bit 0
	ErrorLog, SelfTest bool // word 84 bits 0 and 1
	Logs               bool // word 84 bit 5: general purpose logging, READ LOG EXT
}

// ParseSMARTSupport reads the 512 bytes of IDENTIFY DEVICE data, ACS-4 7.13.6. Where word 83 or 84 is not marked as valid, nothing
// in words 82 to 84 is.
func ParseSMARTSupport(b []byte) (SMARTSupport, error) {
	if _, err := ParseIdentify(b); err != nil {
		return SMARTSupport{}, err
	}
	word := func(i int) uint16 { return binary.LittleEndian.Uint16(b[2*i:]) }
	marked := func(i int) bool { return word(i)&0xc000 == 0x4000 }
	s := SMARTSupport{Supported: marked(83) && word(82)&1 != 0}
	s.Enabled = s.Supported && word(85)&1 != 0
	if s.Supported && marked(84) {
		s.ErrorLog, s.SelfTest, s.Logs = word(84)&1 != 0, word(84)&2 != 0, word(84)&0x20 != 0 && word(83)&0x0400 != 0
	}
	return s, nil
}

// Attribute is a vendor's attribute, SFF-8035i revision 2.
type Attribute struct {
	ID           uint8
	PreFailure   bool // flag bit 0: at its threshold, loss of data is imminent; else the drive has outlived its design
	Value, Worst uint8
	Threshold    uint8  // 0: never reached, or none was reported
	Raw          uint64 // 48 bits, whose meaning is the vendor's
}

// Valid values of an attribute are 1 to 253; a threshold of 0 is never reached, and FEh and FFh are for tests.
func reached(value, threshold uint8) bool {
	return threshold > 0 && threshold < 0xfe && value > 0 && value < 0xfe && value <= threshold
}

// Failing reports whether the attribute is at its threshold now, Failed whether it was at any time.
func (a Attribute) Failing() bool { return reached(a.Value, a.Threshold) }
func (a Attribute) Failed() bool  { return reached(a.Worst, a.Threshold) }

// SelfTestStatus is how a self-test stands or ended: the upper half of byte 363 of SMART READ DATA and of the status of a log entry.
type SelfTestStatus uint8

// Statuses 3 to 8 are failures of the drive.
const (
	SelfTestPassed      SelfTestStatus = 0
	SelfTestAborted     SelfTestStatus = 1 // by the host
	SelfTestInterrupted SelfTestStatus = 2 // by a reset
	SelfTestFatal       SelfTestStatus = 3 // it could not be completed
	SelfTestHandling    SelfTestStatus = 8 // handling damage is suspected
	SelfTestRunning     SelfTestStatus = 15
)

// Failed reports whether the drive found a fault of its own.
func (s SelfTestStatus) Failed() bool { return s >= SelfTestFatal && s <= SelfTestHandling }

// SMARTData has the fields of SMART READ DATA, ATA8-ACS table 62.
type SMARTData struct {
	Attributes []Attribute // in the drive's order, without their thresholds
	SelfTest   SelfTestStatus
	Remaining  int  // per cent of the self-test that are left, in tens
	Tests      bool // byte 367 bit 4: the drive has self-tests
	Short      int  // minutes that the drive recommends to wait, byte 372; 0: not reported
	Extended   int  // byte 373, or bytes 375 and 376 where that is FFh
}

// ReadSMART asks for the attributes, and for their thresholds.
func ReadSMART(ctx context.Context, t Transport) (SMARTData, error) {
	b, err := smartBlock(ctx, t, smartReadData, 0)
	if err != nil {
		return SMARTData{}, err
	}
	d, err := ParseSMARTData(b)
	if err != nil {
		return SMARTData{}, err
	}
	if b, err = smartBlock(ctx, t, smartReadThresholds, 0); err != nil {
		return d, err
	}
	return d, d.AddThresholds(b)
}

// ParseSMARTData reads the 512 bytes. The sum of all bytes must be 0.
func ParseSMARTData(b []byte) (SMARTData, error) {
	if !summed(b) {
		return SMARTData{}, errSMART
	}
	d := SMARTData{SelfTest: SelfTestStatus(b[363] >> 4), Remaining: 10 * int(b[363]&0xf), Tests: b[367]&0x10 != 0,
		Short: int(b[372]), Extended: int(b[373])}
	if b[373] == 0xff {
		d.Extended = int(binary.LittleEndian.Uint16(b[375:]))
	}
	for i := range attributes {
		a := b[2+12*i:]
		if a[0] == 0 {
			continue
		}
		d.Attributes = append(d.Attributes, Attribute{ID: a[0], PreFailure: a[1]&1 != 0, Value: a[3], Worst: a[4],
			Raw: uint64(binary.LittleEndian.Uint32(a[5:])) | uint64(binary.LittleEndian.Uint16(a[9:]))<<32})
	}
	if len(d.Attributes) == 0 {
		return SMARTData{}, errSMART
	}
	return d, nil
}

const attributes = 30

// AddThresholds reads the 512 bytes of SMART READ THRESHOLDS. The sum of all bytes must be 0.
func (d *SMARTData) AddThresholds(b []byte) error {
	if !summed(b) {
		return errSMART
	}
	for i := range attributes {
		for k := range d.Attributes {
			if e := b[2+12*i:]; e[0] != 0 && d.Attributes[k].ID == e[0] {
				d.Attributes[k].Threshold = e[1]
			}
		}
	}
	return nil
}

// ErrNoStatus means that the answer to SMART RETURN STATUS did not come back as the drive gave it.
var ErrNoStatus = message.New("the adapter or bridge did not return the drive's own verdict")

// SMARTFailing asks for the drive's own verdict: true if it has exceeded a threshold. The answer is one of two words in the LBA
// registers, which no adapter that changes registers can make of each other, so registers in the fixed format are taken too.
func SMARTFailing(ctx context.Context, t Transport) (bool, error) {
	r, err := t.Do(ctx, smartCommand(smartReturnStatus, 0))
	if err != nil {
		return false, err
	}
	if r == nil {
		return false, ErrNoStatus
	}
	switch r.LBA >> 8 & 0xffff {
	case smartWell:
		return false, nil
	case smartFailing:
		return true, nil
	}
	return false, ErrNoStatus
}

// SelfTest is one of the tests that a drive makes of itself while it goes on serving commands.
type SelfTest uint8

// Numbers are those of EXECUTE OFF-LINE IMMEDIATE, LBA low.
const (
	ShortTest    SelfTest = 1
	ExtendedTest SelfTest = 2
)

// StartSelfTest begins a test. It runs on when this program ends; a new one takes its place.
func StartSelfTest(ctx context.Context, t Transport, s SelfTest) error {
	_, err := t.Do(ctx, smartCommand(smartOffline, uint8(s)))
	return err
}

func smartCommand(feature, low uint8) Command {
	return Command{Opcode: opSMART, Feature: uint16(feature), LBA: smartSignature | uint64(low), Protocol: NonData}
}

func smartBlock(ctx context.Context, t Transport, feature, low uint8) ([]byte, error) {
	c := smartCommand(feature, low)
	c.Count, c.Protocol, c.Data = 1, PIOIn, make([]byte, 512)
	_, err := t.Do(ctx, c)
	return c.Data, err
}

// summed reports whether b is a block whose bytes add up to 0, and says anything: a buffer of zeros adds up too.
func summed(b []byte) bool {
	if len(b) != 512 {
		return false
	}
	sum, any := uint8(0), false
	for _, c := range b {
		sum += c
		any = any || c != 0
	}
	return any && sum == 0
}
