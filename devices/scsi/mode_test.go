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
