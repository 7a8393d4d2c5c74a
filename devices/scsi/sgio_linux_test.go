package scsi

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestSGIO_Header compares the layout of the header with the kernel's, of 64 and of 32 bits. The numbers were taken from a C program on
// x86-64, and follow from struct compat_sg_io_hdr (include/scsi/sg.h).
func TestSGIO_Header(t *testing.T) {
	t.Parallel()
	var h header
	bits := 0
	if unsafe.Sizeof(uintptr(0)) == 4 {
		bits = 1
	}
	for name, c := range map[string]struct {
		got  uintptr
		want [2]uintptr
	}{
		"size": {unsafe.Sizeof(h), [2]uintptr{88, 64}}, "direction": {unsafe.Offsetof(h.direction), [2]uintptr{4, 4}}, "cmdLen": {unsafe.Offsetof(h.cmdLen), [2]uintptr{8, 8}},
		"maxSense": {unsafe.Offsetof(h.maxSense), [2]uintptr{9, 9}}, "dataLen": {unsafe.Offsetof(h.dataLen), [2]uintptr{12, 12}}, "data": {unsafe.Offsetof(h.data), [2]uintptr{16, 16}},
		"cdb": {unsafe.Offsetof(h.cdb), [2]uintptr{24, 20}}, "sense": {unsafe.Offsetof(h.sense), [2]uintptr{32, 24}}, "timeout": {unsafe.Offsetof(h.timeout), [2]uintptr{40, 28}},
		"flags": {unsafe.Offsetof(h.flags), [2]uintptr{44, 32}}, "status": {unsafe.Offsetof(h.status), [2]uintptr{64, 44}}, "senseWritten": {unsafe.Offsetof(h.senseWritten), [2]uintptr{67, 47}},
		"hostStatus": {unsafe.Offsetof(h.hostStatus), [2]uintptr{68, 48}}, "driverStatus": {unsafe.Offsetof(h.driverStatus), [2]uintptr{70, 50}},
		"residual": {unsafe.Offsetof(h.residual), [2]uintptr{72, 52}}, "info": {unsafe.Offsetof(h.info), [2]uintptr{80, 60}},
	} {
		if c.got != c.want[bits] {
			t.Errorf("%s is %d, want %d", name, c.got, c.want[bits])
		}
	}
}

// TestSGIO_Timeout: a timeout is never 0.
func TestSGIO_Timeout(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]uint32{0: 30000, -1: 30000, time.Second: 1000, 24 * time.Hour: 86400000, 1000 * 24 * time.Hour: 1<<32 - 1, time.Microsecond: 1} {
		if got := milliseconds(d); got != want {
			t.Errorf("milliseconds(%v) = %d, want %d", d, got, want)
		}
	}
}

// TestSGIO_File: a regular file accepts no commands.
func TestSGIO_File(t *testing.T) {
	t.Parallel()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if HasSGIO(f) {
		t.Error("a file is said to take SCSI commands")
	}
	if _, err := Inquire(context.Background(), SGIO(f)); !errors.Is(err, unix.ENOTTY) {
		t.Errorf("Inquire() = %v", err)
	}
	if _, err := SGIO(f).Do(context.Background(), Command{CDB: []byte{0}}); err == nil {
		t.Error("a command of one byte was sent")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Inquire(ctx, SGIO(f)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
