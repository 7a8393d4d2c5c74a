package logs_test

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"rasure/logs"
)

// The disk is a file system in memory, made here and taken away again.
func TestFullDisk(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	dir := t.TempDir()
	if err := unix.Mount("logs-test", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("mounting a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	c := &counter{v: 40}
	full := false
	for round := range 4 {
		// Each round fills the disk from another point, so that it is full at another step.
		if err := os.WriteFile(dir+"/ballast", make([]byte, 4096*round), 0o600); err != nil {
			t.Fatal(err)
		}
		os.RemoveAll(dir + "/log")
		c.v = 40
		l, err := logs.Create(dir+"/log", counted(c, 40))
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = l.Append(entry(l.Size()))
		}
		size := l.Size()
		if !errors.Is(err, unix.ENOSPC) || size == 0 {
			t.Fatalf("Append to a full disk = %v after %d entries, want %v", err, size, unix.ENOSPC)
		}
		t.Logf("round %d: %v", round, err)
		if cp, err := auditLog(os.DirFS(dir+"/log"), counted(c, 40).Identity, nil, nil); err != nil || cp.Size != size {
			t.Errorf("audit on a full disk = %d entries, %v, want %d", cp.Size, err, size)
		}
		if _, err := logs.Open(dir+"/log", counted(c, 40)); err != nil {
			if full = true; !errors.Is(err, unix.ENOSPC) {
				t.Errorf("Open on a full disk = %v, want %v", err, unix.ENOSPC)
			}
		}
		if err := os.WriteFile(dir+"/ballast", nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mount("", dir, "", unix.MS_REMOUNT, "size=256k"); err != nil {
			t.Fatal(err)
		}
		again, err := logs.Open(dir+"/log", counted(c, 40))
		if err != nil {
			t.Fatal(err)
		}
		if i, err := again.Append([]byte("x")); i < size || err != nil {
			t.Errorf("Append when there is room = %d, %v", i, err)
		}
		if v := c.v; v != 40+uint64(again.Size()) {
			t.Errorf("the counter is at %d, the log has %d", v, again.Size())
		}
		os.RemoveAll(dir + "/log")
		if err := unix.Mount("", dir, "", unix.MS_REMOUNT, "size=64k"); err != nil {
			t.Fatal(err)
		}
	}
	if !full {
		t.Log("Open could finish the entry in every round")
	}
}
