package devices_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"rasure/devices"
)

// What the kernel lists is longer than one read(2) returns. Only an attribute of sysfs is made in one piece.
func TestRootReadsListsToTheirEnd(t *testing.T) {
	const list = "/proc/kallsyms"
	all, err := os.ReadFile(list)
	if err != nil || len(all) < 1<<16 {
		t.Skipf("%s is no long list: %d bytes, %v", list, len(all), err)
	}
	dir := t.TempDir()
	for name, whole := range map[string]bool{"sys/kernel/security/tpm0/binary_bios_measurements": true, "proc/list": true, "sys/class/attribute": false} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(list, path); err != nil {
			t.Fatal(err)
		}
		got, err := fs.ReadFile(devices.RootAt(dir), name)
		if err != nil || len(got) == 0 {
			t.Fatalf("%s: %d bytes, %v", name, len(got), err)
		}
		if is := len(got) > 4096; is != whole {
			t.Errorf("%s: %d bytes, read to its end: %v, want %v", name, len(got), is, whole)
		}
	}
}
