package scsi_test

import (
	"bytes"
	"context"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rasure/devices/scsi"
)

// QEMU answers FORMAT UNIT with GOOD and does nothing: that a command was answered without error is not what shows that it
// erased. Should QEMU change, this test does too.
func TestLaboratoryFormatUnit(t *testing.T) {
	name := os.Getenv("RASURE_LAB_SCSI")
	if name == "" {
		t.Skip("only in the laboratory: .ci/lab/run RASURE firmware")
	}
	f, err := os.OpenFile(name, os.O_RDWR|unix.O_EXCL, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	full := bytes.Repeat([]byte{0x55}, 1<<20)
	if _, err := f.WriteAt(full, 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	// SBC-4 5.5: FMTPINFO 0, FMTDATA 0: all defaults.
	r, err := scsi.SGIO(f).Do(context.Background(), scsi.Command{CDB: []byte{0x04, 0, 0, 0, 0, 0}, Timeout: time.Minute})
	if err == nil {
		err = r.Err(0x04)
	}
	if err != nil {
		t.Fatalf("FORMAT UNIT: %v", err)
	}
	if _, err := unix.IoctlRetInt(int(f.Fd()), unix.BLKFLSBUF); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(full))
	if _, err := f.ReadAt(got, 0); err != nil || !bytes.Equal(got, full) {
		t.Errorf("something was erased: %v", err)
	}
}
