package tcg

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The layout is a contract with the kernel and not with a caller. The numbers were taken from a C program on x86-64; the
// size stands in the ioctl's number too.
func TestRevertPSID_Layout(t *testing.T) {
	t.Parallel()
	var k key
	for name, c := range map[string][2]uintptr{
		"size": {unsafe.Sizeof(k), 264}, "ioctl": {ioctlPSIDRevert >> 16 & 0x3fff, 264}, "keyLen": {unsafe.Offsetof(k.keyLen), 1},
		"keyType": {unsafe.Offsetof(k.keyType), 2}, "key": {unsafe.Offsetof(k.key), 8},
	} {
		if c[0] != c[1] {
			t.Errorf("%s is %d, want %d", name, c[0], c[1])
		}
	}
}

// TestRevertPSID_File: a regular file is not reverted.
func TestRevertPSID_File(t *testing.T) {
	t.Parallel()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := RevertPSID(f, strings.Repeat("A", 32)); !errors.Is(err, unix.ENOTTY) {
		t.Errorf("RevertPSID() = %v", err)
	}
	if err := RevertPSID(f, "short"); err == nil || errors.Is(err, unix.ENOTTY) {
		t.Errorf("a short PSID was sent: %v", err)
	}
}
