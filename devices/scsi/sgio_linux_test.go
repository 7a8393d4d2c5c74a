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

// This test alone looks inside: the layout is a contract with the kernel and not with a caller. The numbers were taken
// from a C program on x86-64.
func TestSGIO_Header(t *testing.T) {
	t.Parallel()
	var h header
	for name, c := range map[string][2]uintptr{
		"size": {unsafe.Sizeof(h), 88}, "direction": {unsafe.Offsetof(h.direction), 4}, "cmdLen": {unsafe.Offsetof(h.cmdLen), 8},
		"maxSense": {unsafe.Offsetof(h.maxSense), 9}, "dataLen": {unsafe.Offsetof(h.dataLen), 12}, "data": {unsafe.Offsetof(h.data), 16},
		"cdb": {unsafe.Offsetof(h.cdb), 24}, "sense": {unsafe.Offsetof(h.sense), 32}, "timeout": {unsafe.Offsetof(h.timeout), 40},
		"flags": {unsafe.Offsetof(h.flags), 44}, "status": {unsafe.Offsetof(h.status), 64}, "senseWritten": {unsafe.Offsetof(h.senseWritten), 67},
		"hostStatus": {unsafe.Offsetof(h.hostStatus), 68}, "driverStatus": {unsafe.Offsetof(h.driverStatus), 70},
		"residual": {unsafe.Offsetof(h.residual), 72}, "info": {unsafe.Offsetof(h.info), 80},
	} {
		if c[0] != c[1] {
			t.Errorf("%s is %d, want %d", name, c[0], c[1])
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
