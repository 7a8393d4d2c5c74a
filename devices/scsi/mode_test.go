package scsi_test

import (
	"testing"

	"rasure/devices/scsi"
)

// FuzzParseControlMode: no answer panics, and a page has the byte that is changed.
func FuzzParseControlMode(f *testing.F) {
	f.Add([]byte{0, 18, 0, 0, 0, 0, 0, 0, 0x8a, 10, 0x04, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0, 26, 0, 0, 0, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0x0a, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0x0a, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		if page, err := scsi.ParseControlMode(b); err == nil && (len(page) < 12 || page[0]&0x3f != 0x0a) {
			t.Errorf("page % x", page)
		}
	})
}

// FuzzParseModeBlocks: no answer panics, and none has no blocks, or all that the field can count.
func FuzzParseModeBlocks(f *testing.F) {
	f.Add([]byte{0, 26, 0, 0, 0, 0, 0, 8, 0, 0, 1, 0, 0, 0, 2, 0, 0x0a, 10})
	f.Add([]byte{0, 34, 0, 0, 1, 0, 0, 16, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0x0a, 10})
	f.Add([]byte{0, 26, 0, 0, 0, 0, 0, 8, 0xff, 0xff, 0xff, 0xff, 0, 0, 2, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if n, err := scsi.ParseModeBlocks(b); err == nil && (n == 0 || n == 1<<64-1 || b[4]&1 == 0 && n == 1<<32-1) {
			t.Errorf("%d blocks", n)
		}
	})
}
