package devices_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"rasure/devices"
)

// refusedFor tests that a claim is refused for one kind of hazard.
func refusedFor(t *testing.T, path string, kind devices.HazardKind, words string) {
	t.Helper()
	_, err := claimLive(t, path)
	var refused *devices.RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("Claim(%s) = %v, want a refusal", path, err)
	}
	if !slices.ContainsFunc(refused.Hazards, func(z devices.Hazard) bool { return z.Kind == kind && strings.Contains(z.Detail.String(), words) }) {
		t.Errorf("refused for %+v, want %s with %q", refused.Hazards, kind, words)
	}
}

func TestLiveHazards(t *testing.T) {
	t.Run("mounted", liveMounted)
	t.Run("mounted in another namespace", liveMountedElsewhere)
	t.Run("lazily unmounted", liveLazilyUnmounted)
	t.Run("swap device", liveSwap)
	t.Run("open by another node", liveOpenByNode)
	t.Run("exclusive opener", liveExclusive)
	t.Run("locked", liveLocked)
	t.Run("read-only", liveReadOnly)
	t.Run("file of a loop device", liveFileOfLoop)
	t.Run("under a loop device", liveUnderLoop)
	t.Run("under a loop device by another node", liveUnderLoopByNode)
	t.Run("under device mapper", liveUnderDeviceMapper)
	t.Run("partition", livePartition)
}

func liveMounted(t *testing.T) {
	dev, _ := loopDevice(t, 16*mib)
	dir := ext4(t, dev)
	refusedFor(t, dev, devices.Mounted, "is mounted on "+dir)
}

func liveMountedElsewhere(t *testing.T) {
	dev, _ := loopDevice(t, 16*mib)
	run(t, "mkfs.ext4", "-q", "-F", dev)
	dir := t.TempDir()
	sleeper(t, func() bool { _, err := os.Stat("/sys/fs/ext4/" + filepath.Base(dev)); return err == nil },
		"unshare", "--mount", "sh", "-c", "mount "+dev+" "+dir+" && exec sleep 600")
	if table, _ := os.ReadFile("/proc/self/mountinfo"); strings.Contains(string(table), dir) {
		t.Fatal("the mount is in our own namespace")
	}
	refusedFor(t, dev, devices.Mounted, "in the mount namespace of ")
}

func liveLazilyUnmounted(t *testing.T) {
	dev, _ := loopDevice(t, 16*mib)
	dir := ext4(t, dev)
	f, err := os.Create(filepath.Join(dir, "open"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
	if table, _ := os.ReadFile("/proc/self/mountinfo"); strings.Contains(string(table), dir) {
		t.Fatal("it is still mounted")
	}
	refusedFor(t, dev, devices.Mounted, "but no mount of it can be seen")
}

func liveSwap(t *testing.T) {
	dev, _ := loopDevice(t, 16*mib)
	run(t, "mkswap", dev)
	path, _ := unix.BytePtrFromString(dev)
	if _, _, errno := unix.Syscall(unix.SYS_SWAPON, uintptr(unsafe.Pointer(path)), 0, 0); errno != 0 {
		t.Skipf("no swap here: %v", errno)
	}
	t.Cleanup(func() {
		if _, _, errno := unix.Syscall(unix.SYS_SWAPOFF, uintptr(unsafe.Pointer(path)), 0, 0); errno != 0 {
			t.Error(errno)
		}
	})
	refusedFor(t, dev, devices.Swap, "swaps to")
}

func liveOpenByNode(t *testing.T) {
	dev, _ := loopDevice(t, mib)
	info, err := os.Stat(dev)
	if err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Stat(dev, &st); err != nil {
		t.Fatal(info, err)
	}
	node := filepath.Join(t.TempDir(), "innocent")
	if err := unix.Mknod(node, unix.S_IFBLK|0o600, int(st.Rdev)); err != nil {
		t.Skipf("no nodes here: %v", err)
	}
	started := filepath.Join(t.TempDir(), "started")
	sleeper(t, func() bool { _, err := os.Stat(started); return err == nil },
		"sh", "-c", "exec 7<"+node+"; touch "+started+"; exec sleep 600")
	refusedFor(t, dev, devices.Busy, "is open by sleep")
}

func liveExclusive(t *testing.T) {
	dev, _ := loopDevice(t, mib)
	fd, err := unix.Open(dev, unix.O_RDONLY|unix.O_EXCL|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	refusedFor(t, dev, devices.Held, "cannot be seen from here")
}

func liveLocked(t *testing.T) {
	dev, _ := loopDevice(t, mib)
	fd, err := unix.Open(dev, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Flock(fd, unix.LOCK_SH); err != nil {
		t.Fatal(err)
	}
	refusedFor(t, dev, devices.Busy, "is locked by another program")
}

func liveReadOnly(t *testing.T) {
	image := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(image, make([]byte, mib), 0o600); err != nil {
		t.Fatal(err)
	}
	refusedFor(t, bind(t, image, unix.LO_FLAGS_READ_ONLY), devices.ReadOnly, "write protected")
}

func liveFileOfLoop(t *testing.T) {
	dev, image := loopDevice(t, mib)
	refusedFor(t, image, devices.Held, "is the file of loop device "+filepath.Base(dev))
	link := filepath.Join(filepath.Dir(image), "other.img")
	if err := os.Link(image, link); err != nil {
		t.Fatal(err)
	}
	refusedFor(t, link, devices.Held, "other.img is the file of loop device "+filepath.Base(dev))
}

func liveUnderLoop(t *testing.T) {
	lower, _ := loopDevice(t, mib)
	upper := bind(t, lower, 0)
	refusedFor(t, lower, devices.Held, "loop device "+filepath.Base(upper))
	refusedFor(t, upper, devices.NotPhysical, "is bound to "+lower)
}

// The laboratory found it: only paths below /dev were taken for devices, and neither holders nor the exclusive claim show a loop device.
func liveUnderLoopByNode(t *testing.T) {
	lower, _ := loopDevice(t, mib)
	var st unix.Stat_t
	if err := unix.Stat(lower, &st); err != nil {
		t.Fatal(err)
	}
	node := filepath.Join(t.TempDir(), "node")
	if err := unix.Mknod(node, unix.S_IFBLK|0o600, int(st.Rdev)); err != nil {
		t.Fatal(err)
	}
	upper := bind(t, node, 0)
	if err := os.Remove(node); err != nil { // nobody can follow the path now
		t.Fatal(err)
	}
	refusedFor(t, lower, devices.Held, "loop device "+filepath.Base(upper))
	refusedFor(t, upper, devices.NotPhysical, "is bound to "+node)
}

func liveUnderDeviceMapper(t *testing.T) {
	if _, err := exec.Command("dmsetup", "version").CombinedOutput(); err != nil {
		t.Skipf("no device mapper here: %v", err)
	}
	dev, _ := loopDevice(t, 16*mib)
	name := "rasure-test-" + filepath.Base(dev)
	run(t, "dmsetup", "--noudevsync", "create", name, "--table", "0 32768 linear "+dev+" 0")
	t.Cleanup(func() { run(t, "dmsetup", "--noudevsync", "remove", name) })
	refusedFor(t, dev, devices.Held, "(device-mapper volume "+name+")")
	dm := run(t, "dmsetup", "info", "--noheadings", "-c", "-o", "blkdevname", name)
	dir := ext4(t, "/dev/"+dm)
	refusedFor(t, dev, devices.Mounted, "is mounted on "+dir)
	var refused *devices.RefusedError
	if _, err := devices.Live().Find("/dev/" + dm); !errors.As(err, &refused) || refused.Hazards[0].Kind != devices.NotPhysical {
		t.Errorf("Find(%s) = %v", dm, err)
	}
}

func livePartition(t *testing.T) {
	image := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(image, make([]byte, 16*mib), 0o600); err != nil {
		t.Fatal(err)
	}
	dev := bind(t, image, unix.LO_FLAGS_PARTSCAN)
	addPartition(t, dev, mib, 12*mib)
	_, err := devices.Live().Find(dev + "p1")
	var p *devices.PartitionError
	if !errors.As(err, &p) || "/dev/"+p.Disk != dev {
		t.Fatalf("Find() = %v", err)
	}
	dir := ext4(t, dev+"p1")
	refusedFor(t, dev, devices.Mounted, "p1 is mounted on "+dir)
}
