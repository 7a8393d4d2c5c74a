package devices_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"rasure/devices"
)

// mounted reports whether something is mounted on a directory.
func mounted(t *testing.T, dir string) bool {
	t.Helper()
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(table), " "+dir+" ")
}

func TestLiveUnmount(t *testing.T) {
	t.Run("two partitions", liveUnmountPartitions)
	t.Run("busy", liveUnmountBusy)
	t.Run("hidden", liveUnmountHidden)
	t.Run("another namespace", liveUnmountElsewhere)
	t.Run("the system", liveUnmountSystem)
	t.Run("another mount", liveUnmountOther)
}

// liveUnmountPartitions has a partition that is mounted in a directory of the other. A neighbour stays mounted.
func liveUnmountPartitions(t *testing.T) {
	dev, _ := loopDevice(t, 16*mib)
	addPartitions(t, dev, [2]int64{1 * mib, 4 * mib}, [2]int64{8 * mib, 4 * mib})
	one := ext4(t, dev+"p1")
	two := filepath.Join(one, "two")
	if err := os.Mkdir(two, 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, "mkfs.ext4", "-q", "-F", dev+"p2")
	if err := unix.Mount(dev+"p2", two, "ext4", 0, ""); err != nil {
		t.Fatal(err)
	}
	other, _ := loopDevice(t, 16*mib)
	neighbour := ext4(t, other)
	h := devices.Live()
	points, err := h.UnmountAny(t.Context(), find(t, h, dev))
	if err != nil || !slices.Equal(points, []string{two, one}) {
		t.Errorf("%q, %v", points, err)
	}
	if mounted(t, one) || mounted(t, two) || !mounted(t, neighbour) {
		t.Errorf("mounted: %v, %v; the other disk: %v", mounted(t, one), mounted(t, two), mounted(t, neighbour))
	}
	if points, err := h.UnmountAny(t.Context(), find(t, h, dev)); err != nil || len(points) > 0 {
		t.Errorf("again: %q, %v", points, err)
	}
	if _, err := h.Unmount(t.Context(), find(t, h, other)); err == nil || !mounted(t, neighbour) {
		t.Errorf("a loop device is no stick: %v", err)
	}
}

func liveUnmountBusy(t *testing.T) {
	dev, _ := loopDevice(t, 16*mib)
	dir := ext4(t, dev)
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := devices.Live()
	points, err := h.UnmountAny(t.Context(), find(t, h, dev))
	if !errors.Is(err, unix.EBUSY) || len(points) > 0 || !mounted(t, dir) || !strings.Contains(err.Error(), dir+" is in use") {
		t.Errorf("%q, %v; mounted: %v", points, err, mounted(t, dir))
	}
}

func liveUnmountHidden(t *testing.T) {
	dev, _ := loopDevice(t, 16*mib)
	dir := ext4(t, dev)
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Unmount(dir, 0) })
	h := devices.Live()
	var refused *devices.NotUnmountedError
	if _, err := h.UnmountAny(t.Context(), find(t, h, dev)); !errors.As(err, &refused) || !strings.Contains(err.Error(), "is hidden below another one (tmpfs)") {
		t.Errorf("%v", err)
	}
	if err := unix.Unmount(dir, 0); err != nil { // the tmpfs
		t.Error(err)
	}
	if !mounted(t, dir) {
		t.Error("the file system below was unmounted")
	}
}

func liveUnmountElsewhere(t *testing.T) {
	dev, _ := loopDevice(t, 16*mib)
	run(t, "mkfs.ext4", "-q", "-F", dev)
	dir := t.TempDir()
	inUse := func() bool { _, err := os.Stat("/sys/fs/ext4/" + filepath.Base(dev)); return err == nil }
	sleeper(t, inUse, "unshare", "--mount", "sh", "-c", "mount "+dev+" "+dir+" && exec sleep 600")
	h := devices.Live()
	var refused *devices.NotUnmountedError
	if _, err := h.UnmountAny(t.Context(), find(t, h, dev)); !errors.As(err, &refused) || !strings.Contains(err.Error(), "in the mount namespace of ") || !inUse() {
		t.Errorf("%v; in use: %v", err, inUse())
	}
}

// liveUnmountSystem names every disk of this machine that something of the system is on. Nothing may reach the kernel.
func liveUnmountSystem(t *testing.T) {
	h := devices.Live()
	h.Umount = func(point string, _ int) error { t.Errorf("unmounts %s", point); return nil }
	disks, err := h.Disks()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, d := range disks {
		hazards, err := h.Hazards(d)
		if err != nil || !slices.ContainsFunc(hazards, func(z devices.Hazard) bool { return z.Kind == devices.System }) {
			continue
		}
		n++
		if _, err := h.UnmountAny(t.Context(), d); err == nil {
			t.Errorf("%s: no error", d.Name)
		}
	}
	if n == 0 {
		t.Skip("this machine runs from no disk that can be seen")
	}
}

// liveUnmountOther asks for a mount that is not the one at the place any more.
func liveUnmountOther(t *testing.T) {
	dev, _ := loopDevice(t, 16*mib)
	dir := ext4(t, dev)
	if err := devices.Umount(dir, 1<<30); err == nil || !strings.Contains(err.Error(), "something else is mounted there now") || !mounted(t, dir) {
		t.Errorf("%v; mounted: %v", err, mounted(t, dir))
	}
}
