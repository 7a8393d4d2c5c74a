package scsi

import (
	"context"
	"encoding/binary"
)

const opSendDiagnostic = 0x1d

// SelfTest is one of the tests that a drive makes of itself while it goes on serving commands: the self-test code of SEND DIAGNOSTIC.
type SelfTest uint8

// Background tests.
const (
	ShortTest    SelfTest = 1
	ExtendedTest SelfTest = 2
)

// StartSelfTest begins a test. It runs on when this program ends; a drive that is at one refuses another.
func StartSelfTest(ctx context.Context, t Transport, s SelfTest) error {
	r, err := t.Do(ctx, Command{CDB: []byte{opSendDiagnostic, byte(s) << 5, 0, 0, 0, 0}})
	if err != nil {
		return err
	}
	return r.Err(opSendDiagnostic)
}

// TestResult is the newest entry of the Self-Test Results page.
type TestResult struct {
	Test   SelfTest
	Status TestStatus
	Hours  uint16 // accumulated power-on hours when it ended; FFFFh is that or more
	LBA    uint64 // of the first failure; all ones where there is none
}

// TestStatus is the result of a self-test.
type TestStatus uint8

// Statuses 3 to 7 are failures of the drive; 1 and 2 mean that the test was ended by something else.
const (
	TestPassed  TestStatus = 0
	testUnknown TestStatus = 3
	testLast    TestStatus = 7
	TestRunning TestStatus = 15
)

// Failed reports whether the drive found a fault of its own.
func (s TestStatus) Failed() bool { return s >= testUnknown && s <= testLast }

// ParseTestResult reads the Self-Test Results page (10h). The newest of its 20 results is parameter 1; ok is false if no test
// was ever made, and all of that is 0.
func ParseTestResult(b []byte) (r TestResult, ok bool, err error) {
	p, err := logParameters(b, LogSelfTest)
	if err != nil {
		return TestResult{}, false, err
	}
	e := p[1]
	if len(e) < 16 {
		return TestResult{}, false, errLogPage
	}
	r = TestResult{Test: SelfTest(e[0] >> 5), Status: TestStatus(e[0] & 0xf), Hours: binary.BigEndian.Uint16(e[2:]), LBA: binary.BigEndian.Uint64(e[4:])}
	return r, r.Test != 0 || r.Status != 0 || r.Hours != 0, nil
}

// SelfTesting reports whether a self-test is in progress, 04h/09h.
func (s Sense) SelfTesting() bool { return s.ASC == 0x04 && s.ASCQ == 0x09 }
