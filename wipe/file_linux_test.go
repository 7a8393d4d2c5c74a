package wipe_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"rasure/devices"
	"rasure/wipe"
)

// file is an image file opened with O_DIRECT: the alignment of our buffers is the kernel's to judge.
type file struct {
	*os.File
	size int64
}

func (f file) Check() error     { return nil }
func (f file) DropCache() error { return nil }
func (f file) Disk() devices.Disk {
	return devices.Disk{Name: filepath.Base(f.Name()), Size: f.size, LogicalBlock: 4096, PhysicalBlock: 4096, Bus: devices.File, Medium: devices.Image}
}

func direct(t testing.TB, size int64) file {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(t.TempDir(), "disk.img"), os.O_RDWR|os.O_CREATE|syscall.O_DIRECT, 0o600)
	if errors.Is(err, syscall.EINVAL) {
		t.Skip("the file system of the temporary directory has no O_DIRECT")
	}
	if err == nil {
		err = f.Truncate(size)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return file{f, size}
}

func TestOpenssl(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl here")
	}
	const size = 9<<20 + 4096
	f := direct(t, size)
	for _, block := range []int{0, 5 * 4096, 4096} { // whole transfers of the default size, and odd ones
		r := run(t, f, plan(t, f.Disk(), wipe.PlanOptions{}), wipe.RunOptions{Block: block})
		expect(t, r, wipe.Verified, "")
		sh := fmt.Sprintf("head -c %d /dev/zero | %s enc -aes-256-ctr -K %s -iv 00000000000000000000000000000000 | cmp -n %d - %s",
			size, openssl, r.Passes[0].Key, size, f.Name())
		if out, err := exec.Command("sh", "-c", sh).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v: %s", sh, err, out)
		}
	}
	r := run(t, f, plan(t, f.Disk(), wipe.PlanOptions{Scheme: "flash-clear"}), wipe.RunOptions{Workers: 7})
	expect(t, r, wipe.Verified, "")
	got, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	want := make([]byte, size)
	parse(t, r.Passes[1]).FillAt(want, 0)
	if !bytes.Equal(got, want) {
		t.Error("the file does not hold the complement")
	}
}
