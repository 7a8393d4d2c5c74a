package nvme

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// This test alone looks inside: the layout is a contract with the kernel and not with a caller. The numbers were taken
// from a C program on x86-64; the size stands in the ioctl's number too.
func TestIoctl_Layout(t *testing.T) {
	t.Parallel()
	var p passthru
	for name, c := range map[string][2]uintptr{
		"size": {unsafe.Sizeof(p), 72}, "ioctl": {ioctlAdmin >> 16 & 0x3fff, 72}, "nsid": {unsafe.Offsetof(p.nsid), 4}, "cdw2": {unsafe.Offsetof(p.cdw2), 8},
		"metadata": {unsafe.Offsetof(p.metadata), 16}, "addr": {unsafe.Offsetof(p.addr), 24}, "dataLen": {unsafe.Offsetof(p.dataLen), 36},
		"cdw": {unsafe.Offsetof(p.cdw), 40}, "timeout": {unsafe.Offsetof(p.timeout), 64}, "result": {unsafe.Offsetof(p.result), 68},
	} {
		if c[0] != c[1] {
			t.Errorf("%s is %d, want %d", name, c[0], c[1])
		}
	}
}

// TestIoctl_File: a regular file accepts no commands.
func TestIoctl_File(t *testing.T) {
	t.Parallel()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if HasIoctl(f) {
		t.Error("a file is said to take NVMe commands")
	}
	if nsid, err := NSID(Ioctl(f)); !errors.Is(err, unix.ENOTTY) {
		t.Errorf("NSID() = %d, %v", nsid, err)
	}
	if _, err := IdentifyController(context.Background(), Ioctl(f)); !errors.Is(err, unix.ENOTTY) {
		t.Errorf("IdentifyController() = %v", err)
	}
}

// TestIoctl_Aborted: a command that Linux aborted has no answer of the drive.
func TestIoctl_Aborted(t *testing.T) {
	t.Parallel()
	for _, status := range []uint16{0x371, 0x4371, 0x370} {
		if err := answer(opFormat, status); !errors.Is(err, ErrAborted) {
			t.Errorf("status %04x: %v", status, err)
		}
	}
	var refused *StatusError
	if err := answer(opFormat, 0x4002); !errors.As(err, &refused) || refused.Code() != InvalidField {
		t.Errorf("status 4002: %v", err)
	}
	if err := answer(opFormat, 0); err != nil {
		t.Errorf("status 0: %v", err)
	}
}
