package nvme

import (
	"context"
	"encoding/binary"
)

const (
	logSMART     = 0x02
	smartSize    = 512
	logSelfTest  = 0x06
	selfTestSize = 564

	opSelfTest = 0x14
)

// Warning is the Critical Warning field of the SMART / Health Information log.
type Warning uint8

// Bits of a warning.
const (
	SpareLow        Warning = 0x01 // available spare is below its threshold
	TemperatureBad  Warning = 0x02 // above or below what the drive allows
	Degraded        Warning = 0x04 // media errors or an internal error have made it unreliable
	ReadOnlyMedia   Warning = 0x08 // the media are read-only
	BackupFailed    Warning = 0x10 // of volatile memory
	PersistentLimit Warning = 0x20 // the persistent memory region is read-only or unreliable
)

// SMART has the fields of the SMART / Health Information log, Base 2.1, 5.1.12.1.3. Counters of 16 bytes that do not fit are the largest
// number that does.
type SMART struct {
	Warning         Warning
	Kelvin          uint16 // composite temperature; 0: not reported
	Spare           uint8  // per cent
	SpareThreshold  uint8
	PercentUsed     uint8 // of the life that the maker expects; 255 is 255 or more
	PowerCycles     uint64
	PowerOnHours    uint64
	UnsafeShutdowns uint64
	MediaErrors     uint64 // unrecovered data integrity errors
	LoggedErrors    uint64 // entries of the error log over the drive's life
	Written         uint64 // data units of 1000 x 512 bytes
	Read            uint64
}

// ReadSMART asks for the log of the whole controller.
func ReadSMART(ctx context.Context, t Transport) (SMART, error) {
	b, err := getLog(ctx, t, logSMART, smartSize)
	if err != nil {
		return SMART{}, err
	}
	return ParseSMART(b)
}

// ParseSMART reads the 512 bytes of the log. Some nodes answered with zeros: a drive without temperature, spare and threshold that was
// never switched on does not exist.
func ParseSMART(b []byte) (SMART, error) {
	if len(b) != smartSize {
		return SMART{}, errLog
	}
	s := SMART{Warning: Warning(b[0]), Kelvin: binary.LittleEndian.Uint16(b[1:]), Spare: b[3], SpareThreshold: b[4], PercentUsed: b[5],
		Read: saturate(b[32:48]), Written: saturate(b[48:64]),
		PowerCycles: saturate(b[112:128]), PowerOnHours: saturate(b[128:144]), UnsafeShutdowns: saturate(b[144:160]),
		MediaErrors: saturate(b[160:176]), LoggedErrors: saturate(b[176:192])}
	if s.Kelvin == 0 && s.Spare == 0 && s.SpareThreshold == 0 && s.PowerCycles == 0 {
		return SMART{}, errLog
	}
	return s, nil
}

// SelfTest is one of the tests that a drive makes of itself while it goes on serving commands.
type SelfTest uint8

// Codes of the Device Self-test command.
const (
	ShortTest    SelfTest = 1
	ExtendedTest SelfTest = 2
)

// StartSelfTest begins a test of the controller and all its namespaces. It runs on when this program ends; a drive that is at one refuses
// another.
func StartSelfTest(ctx context.Context, t Transport, s SelfTest) error {
	_, err := t.Admin(ctx, Command{Opcode: opSelfTest, NSID: AllNamespaces, CDW: [6]uint32{uint32(s)}})
	return err
}

// TestStatus is how a self-test ended: bits 3:0 of the status of a result, Base 2.1, 5.1.12.1.7.
type TestStatus uint8

// Statuses 5 to 7 are failures of the drive, all others but 0 mean that the test was ended by something else.
const (
	TestPassed TestStatus = 0
	testFatal  TestStatus = 5
	testFailed TestStatus = 7
	testUnused TestStatus = 15
)

// Failed reports whether the drive found a fault of its own.
func (s TestStatus) Failed() bool { return s >= testFatal && s <= testFailed }

// SelfTestLog has the fields of the Device Self-test log, Base 2.1, 5.1.12.1.7, that concern the newest test.
type SelfTestLog struct {
	Running SelfTest // 0: none
	Percent uint8    // of the running one, that are done
	Any     bool     // there is a result:
	Test    SelfTest
	Status  TestStatus
	Hours   uint64 // power-on hours when it ended
}

// ReadSelfTestLog asks for the log.
func ReadSelfTestLog(ctx context.Context, t Transport) (SelfTestLog, error) {
	b, err := getLog(ctx, t, logSelfTest, selfTestSize)
	if err != nil {
		return SelfTestLog{}, err
	}
	return ParseSelfTestLog(b)
}

// ParseSelfTestLog reads the 564 bytes of the log. The newest result comes first.
func ParseSelfTestLog(b []byte) (SelfTestLog, error) {
	if len(b) != selfTestSize || b[1]&0x7f > 100 {
		return SelfTestLog{}, errLog
	}
	l := SelfTestLog{Running: SelfTest(b[0] & 0xf)}
	if l.Running != 0 {
		l.Percent = b[1] & 0x7f
	}
	if s := TestStatus(b[4] & 0xf); s != testUnused && b[4]>>4 != 0 {
		l.Any, l.Test, l.Status, l.Hours = true, SelfTest(b[4]>>4), s, binary.LittleEndian.Uint64(b[8:])
	}
	return l, nil
}
