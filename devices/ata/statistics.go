package ata

import (
	"context"
	"encoding/binary"
	"slices"
)

// Pages of the Device Statistics log (04h), ACS-4 9.5.
const (
	pageGeneral     = 1
	pageRotating    = 3
	pageErrors      = 4
	pageTemperature = 5
	pageTransport   = 6
	pageSolidState  = 7
)

// Statistics are those of the Device Statistics log, ACS-4 9.5, that say how well a drive is. A statistic that the drive does not keep, or
// has no valid value of, is nil.
type Statistics struct {
	PowerOnResets, PowerOnHours *uint64 // page 1, 008h and 010h
	Reallocated, Candidates     *uint64 // page 3, 020h and 038h, in logical sectors: moved, and to be moved
	Uncorrectable               *uint64 // page 4, 008h: errors that were reported
	Celsius, MaxCelsius         *int    // page 5, 008h and 058h
	InterfaceCRC                *uint64 // page 6, 018h
	PercentUsed                 *uint64 // page 7, 008h: percentage used endurance indicator, 0 to 255
}

// ReadStatistics reads the pages that the drive lists, one after the other.
func ReadStatistics(ctx context.Context, t Transport) (Statistics, error) {
	var s Statistics
	b, err := readLog(ctx, t, logStatistics, 0)
	if err != nil {
		return s, err
	}
	pages, err := ParseStatisticsPages(b)
	if err != nil {
		return s, err
	}
	for _, page := range []uint8{pageGeneral, pageRotating, pageErrors, pageTemperature, pageTransport, pageSolidState} {
		if !slices.Contains(pages, page) {
			continue
		}
		if b, err = readLog(ctx, t, logStatistics, uint16(page)); err == nil {
			err = s.Add(page, b)
		}
		if err != nil {
			return s, err
		}
	}
	return s, nil
}

// ParseStatisticsPages reads page 0 of the log: the numbers of the pages that the drive has.
func ParseStatisticsPages(b []byte) ([]uint8, error) {
	if !statisticsPage(b, 0) || int(b[8]) > len(b)-9 {
		return nil, errSMART
	}
	return b[9 : 9+int(b[8])], nil
}

// statisticsPage reports whether b is that page: byte 2 of a page is its number, the word before it its revision, 1.
func statisticsPage(b []byte, page uint8) bool {
	return len(b) == 512 && binary.LittleEndian.Uint16(b) != 0 && b[2] == page
}

// Add reads the 512 bytes of a page.
func (s *Statistics) Add(page uint8, b []byte) error {
	if !statisticsPage(b, page) {
		return errSMART
	}
	switch page {
	case pageGeneral:
		s.PowerOnResets, s.PowerOnHours = statistic(b, 0x008, 4), statistic(b, 0x010, 4)
	case pageRotating:
		s.Reallocated, s.Candidates = statistic(b, 0x020, 4), statistic(b, 0x038, 4)
	case pageErrors:
		s.Uncorrectable = statistic(b, 0x008, 4)
	case pageTemperature:
		s.Celsius, s.MaxCelsius = signed(statistic(b, 0x008, 1)), signed(statistic(b, 0x058, 1))
	case pageTransport:
		s.InterfaceCRC = statistic(b, 0x018, 4)
	case pageSolidState:
		s.PercentUsed = statistic(b, 0x008, 1)
	}
	return nil
}

// statistic reads one of so many bytes: its last byte has the flags, bit 7 that the drive keeps it and bit 6 that the value is valid.
func statistic(b []byte, offset, size int) *uint64 {
	const kept, valid = 1 << 63, 1 << 62
	w := binary.LittleEndian.Uint64(b[offset:])
	if w&kept == 0 || w&valid == 0 {
		return nil
	}
	w &= 1<<(8*size) - 1
	return &w
}

func signed(w *uint64) *int {
	if w == nil {
		return nil
	}
	return new(int(int8(*w)))
}
