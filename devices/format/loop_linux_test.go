package format_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"rasure/devices/format"
)

// loop makes a loop device of a new file.
func loop(t *testing.T, size int64, block int) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("loop devices need root")
	}
	path := filepath.Join(t.TempDir(), "img")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
	return attach(t, "--sector-size", fmt.Sprint(block), path)
}

func attach(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("losetup", append([]string{"--find", "--show"}, args...)...).CombinedOutput()
	if err != nil {
		t.Skipf("no loop device: %v: %s", err, out)
	}
	dev := strings.TrimSpace(string(out))
	t.Cleanup(func() {
		if out, err := exec.Command("losetup", "-d", dev).CombinedOutput(); err != nil {
			t.Errorf("losetup -d %s: %v %s", dev, err, out)
		}
	})
	return dev
}

// Through the kernel's block layer with O_DIRECT, and read by the tools as a device with blocks of that size.
func TestFAT32_BlockDevice(t *testing.T) {
	for _, d := range disks {
		if d.size > 50*gib || d.size%int64(d.block) != 0 {
			continue
		}
		t.Run(d.name, func(t *testing.T) {
			dev := loop(t, d.size, d.block)
			f, err := os.OpenFile(dev, os.O_RDWR|syscall.O_DIRECT|syscall.O_EXCL, 0)
			if err != nil {
				t.Fatal(err)
			}
			_, err = format.FAT32(f, d.size, d.block, made())
			f.Close()
			if err != nil {
				t.Fatal(err)
			}
			sgdisk(t, dev)
			if f, err = os.Open(dev); err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			start, end := partition(t, f, d.size, d.block)
			part := attach(t, "--sector-size", fmt.Sprint(d.block), "--offset", fmt.Sprint(start),
				"--sizelimit", fmt.Sprint(end-start), dev)
			clean(t, tool(t, "fsck.vfat", "-n", "-v", part))
			mount(t, part)
		})
	}
}

// mount has the kernel use the file system, where it can.
func mount(t *testing.T, part string) {
	t.Helper()
	known, err := os.ReadFile("/proc/filesystems")
	if err != nil || !strings.Contains(string(known), "\tvfat\n") {
		t.Log("not mounted: this kernel has no vfat")
		return
	}
	dir := t.TempDir()
	if err := syscall.Mount(part, dir, "vfat", 0, ""); err != nil {
		t.Fatalf("mounting: %v", err)
	}
	want := strings.Repeat("who erased this?", 1000)
	err = os.WriteFile(filepath.Join(dir, "a long name.txt"), []byte(want), 0o600)
	if e := syscall.Unmount(dir, 0); err != nil || e != nil {
		t.Fatal(err, e)
	}
	if err := syscall.Mount(part, dir, "vfat", syscall.MS_RDONLY, ""); err != nil {
		t.Fatalf("mounting again: %v", err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "a long name.txt"))
	if e := syscall.Unmount(dir, 0); err != nil || e != nil || string(got) != want {
		t.Errorf("read %d bytes, %v, %v", len(got), err, e)
	}
	if out := tool(t, "fsck.vfat", "-n", part); !strings.Contains(out, ": 2 files, ") || strings.Contains(out, "irty") {
		t.Errorf("after the kernel used it, fsck said:\n%s", out)
	}
}
