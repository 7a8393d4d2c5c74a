package ata

import (
	"context"
	"encoding/binary"
	"slices"
)

// Log addresses, ACS-4 9 and ATA8-ACS annex A.
const (
	logDirectory        = 0x00
	logErrors           = 0x01 // summary SMART error log, by SMART READ LOG
	logErrorsExtended   = 0x03 // by READ LOG EXT
	logStatistics       = 0x04
	logSelfTest         = 0x06 // by SMART READ LOG
	logSelfTestExtended = 0x07 // by READ LOG EXT

	opReadLog = 0x2f // READ LOG EXT
)

// readLog reads one block of a general purpose log. LBA bits 7:0 are the address, 15:8 and 39:32 the block.
func readLog(ctx context.Context, t Transport, address uint8, block uint16) ([]byte, error) {
	c := Command{Opcode: opReadLog, Extended: true, Count: 1, Protocol: PIOIn, Data: make([]byte, 512),
		LBA: uint64(address) | uint64(block&0xff)<<8 | uint64(block>>8)<<32}
	_, err := t.Do(ctx, c)
	return c.Data, err
}

// Directory is the general purpose log directory: how many blocks each log has, 0 if there is no such log.
type Directory [256]uint16

// ReadDirectory asks which logs the drive has.
func ReadDirectory(ctx context.Context, t Transport) (Directory, error) {
	b, err := readLog(ctx, t, logDirectory, 0)
	if err != nil {
		return Directory{}, err
	}
	return ParseDirectory(b)
}

// ParseDirectory reads the 512 bytes of log 00h, whose first word is its version, 1.
func ParseDirectory(b []byte) (Directory, error) {
	var d Directory
	if len(b) != 512 || binary.LittleEndian.Uint16(b) != 1 {
		return d, errSMART
	}
	for i := 1; i < len(d); i++ {
		d[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return d, nil
}

// Statistics reports whether the drive has device statistics.
func (d *Directory) Statistics() bool { return d[logStatistics] > 0 }

// SecondHalf reports whether any of the logs 80h to FFh is there. ACS-4 gives every drive the host's own, 80h to 9Fh.
func (d *Directory) SecondHalf() bool {
	return slices.ContainsFunc(d[0x80:], func(blocks uint16) bool { return blocks > 0 })
}

// TestResult is the newest entry of a self-test log.
type TestResult struct {
	Test   SelfTest // the number of the test; others than ours occur
	Status SelfTestStatus
	Hours  uint16 // power-on hours when it ended, modulo 65536
	LBA    uint64 // of the first error; all ones where there is none
}

// ReadTestResult reads how the newest self-test ended, from the extended log where the directory has one; ok is false if there was none.
func ReadTestResult(ctx context.Context, t Transport, d Directory) (r TestResult, ok bool, err error) {
	blocks := d[logSelfTestExtended]
	if blocks == 0 {
		b, err := smartBlock(ctx, t, smartReadLog, logSelfTest)
		if err != nil {
			return TestResult{}, false, err
		}
		return ParseSelfTestLog(b)
	}
	b, err := readLog(ctx, t, logSelfTestExtended, 0)
	if err != nil {
		return TestResult{}, false, err
	}
	first, r, ok, err := parseExtended(b, b)
	if err != nil || !ok || first < extendedTests {
		return r, ok, err
	}
	block := uint16(first / extendedTests)
	if block >= blocks {
		return TestResult{}, false, errSMART
	}
	newest, err := readLog(ctx, t, logSelfTestExtended, block)
	if err != nil {
		return TestResult{}, false, err
	}
	_, r, ok, err = parseExtended(b, newest)
	return r, ok, err
}

const (
	selfTests     = 21 // entries of log 06h
	extendedTests = 19 // entries of a block of log 07h
)

// ParseSelfTestLog reads the newest entry of log 06h, ATA-5 (T13/1321D) tables 44 and 45. The sum of all bytes must be 0.
func ParseSelfTestLog(b []byte) (r TestResult, ok bool, err error) {
	if !summed(b) || binary.LittleEndian.Uint16(b) != 1 || b[508] > selfTests {
		return TestResult{}, false, errSMART
	}
	if b[508] == 0 {
		return TestResult{}, false, nil
	}
	e := b[2+24*(int(b[508])-1):]
	return TestResult{SelfTest(e[0]), SelfTestStatus(e[1] >> 4), binary.LittleEndian.Uint16(e[2:]),
		uint64(binary.LittleEndian.Uint32(e[5:]))}, true, nil
}

// ParseExtendedSelfTestLog reads the newest entry of log 07h, ATA8-ACS tables A.12 and A.13, where that is in its first block. The sum of
// all bytes must be 0.
func ParseExtendedSelfTestLog(b []byte) (r TestResult, ok bool, err error) {
	_, r, ok, err = parseExtended(b, b)
	return r, ok, err
}

// parseExtended finds the number of the newest entry, from 0, in the first block, and reads it in the block that has it.
func parseExtended(first, block []byte) (n int, r TestResult, ok bool, err error) {
	if !summed(first) || !summed(block) || first[0] != 1 {
		return 0, TestResult{}, false, errSMART
	}
	if n = int(binary.LittleEndian.Uint16(first[2:])) - 1; n < 0 {
		return 0, TestResult{}, false, nil
	}
	e := block[4+26*(n%extendedTests):]
	lba := uint64(binary.LittleEndian.Uint32(e[5:])) | uint64(binary.LittleEndian.Uint16(e[9:]))<<32
	return n, TestResult{SelfTest(e[0]), SelfTestStatus(e[1] >> 4), binary.LittleEndian.Uint16(e[2:]), lba}, true, nil
}

// ReadErrorCount reads how many errors the drive has logged in its life, from the extended log where the directory has one.
func ReadErrorCount(ctx context.Context, t Transport, d Directory) (uint16, error) {
	if d[logErrorsExtended] > 0 {
		b, err := readLog(ctx, t, logErrorsExtended, 0)
		if err != nil {
			return 0, err
		}
		return ParseExtendedErrorLog(b)
	}
	b, err := smartBlock(ctx, t, smartReadLog, logErrors)
	if err != nil {
		return 0, err
	}
	return ParseErrorLog(b)
}

// ParseErrorLog reads the count of log 01h, ATA-5 table 39. The sum of all bytes must be 0, and the index of the newest entry one of five.
func ParseErrorLog(b []byte) (uint16, error) {
	if !summed(b) || b[0] == 0 || b[1] > 5 {
		return 0, errSMART
	}
	return binary.LittleEndian.Uint16(b[452:]), nil
}

// ParseExtendedErrorLog reads the count of log 03h, ATA8-ACS table A.7. The sum of all bytes must be 0.
func ParseExtendedErrorLog(b []byte) (uint16, error) {
	if !summed(b) || b[0] != 1 {
		return 0, errSMART
	}
	return binary.LittleEndian.Uint16(b[500:]), nil
}
