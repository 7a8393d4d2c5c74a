package ioctl_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"rasure/devices/ioctl"
)

func TestDo(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.WriteString("twelve bytes"); err != nil {
		t.Fatal(err)
	}
	var waiting int32
	if got, err := ioctl.Do(r, unix.TIOCINQ, unsafe.Pointer(&waiting)); got != 0 || err != nil || waiting != 12 {
		t.Errorf("%d, %v, %d bytes are waiting", got, err, waiting)
	}
	r.Close()
	if _, err := ioctl.Do(r, unix.TIOCINQ, unsafe.Pointer(&waiting)); err == nil {
		t.Error("a closed file has answered")
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := ioctl.Do(f, unix.BLKGETSIZE64, unsafe.Pointer(new(uint64))); !errors.Is(err, unix.ENOTTY) {
		t.Errorf("what only a disk knows, of a file: %v", err)
	}
}
