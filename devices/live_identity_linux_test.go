package devices_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"rasure/devices"
)

// TestLiveFileIdentity erases nothing that is known under another name: a file is its device and inode.
func TestLiveFileIdentity(t *testing.T) {
	// protectedBy is a machine with one protected directory, and whether it refuses to claim a file.
	refuses := func(t *testing.T, protected, path string) {
		t.Helper()
		h := devices.Live(protected)
		_, err := h.Claim(t.Context(), find(t, h, path), withImages)
		var refused *devices.RefusedError
		if !errors.As(err, &refused) || refused.Hazards[0].Kind != devices.System || !strings.Contains(err.Error(), "it belongs to "+protected) {
			t.Errorf("Claim(%s) = %v", path, err)
		}
	}
	state := func(t *testing.T) (dir, tile string) {
		dir = t.TempDir()
		tile = filepath.Join(dir, "log", "tile")
		if err := errors.Join(os.Mkdir(filepath.Dir(tile), 0o700), os.WriteFile(tile, make([]byte, mib), 0o600)); err != nil {
			t.Fatal(err)
		}
		return dir, tile
	}
	bindMount := func(t *testing.T, from string) string {
		to := t.TempDir()
		if err := unix.Mount(from, to, "", unix.MS_BIND, ""); err != nil {
			t.Skipf("no bind mounts here: %v", err)
		}
		t.Cleanup(func() { unix.Unmount(to, unix.MNT_DETACH) })
		return to
	}
	t.Run("hard link of a file of the state", func(t *testing.T) {
		dir, tile := state(t)
		link := filepath.Join(t.TempDir(), "link.img")
		if err := os.Link(tile, link); err != nil {
			t.Fatal(err)
		}
		refuses(t, dir, link)
	})
	t.Run("bind mount of the state directory", func(t *testing.T) {
		dir, _ := state(t)
		refuses(t, dir, filepath.Join(bindMount(t, dir), "log", "tile"))
	})
	t.Run("bind mount of a directory in the state", func(t *testing.T) {
		dir, tile := state(t)
		refuses(t, dir, filepath.Join(bindMount(t, filepath.Dir(tile)), "tile"))
	})
	t.Run("the state leads elsewhere by a link", func(t *testing.T) {
		dir, other := t.TempDir(), imageFile(t, mib)
		if err := os.Symlink(filepath.Dir(other), filepath.Join(dir, "log")); err != nil {
			t.Fatal(err)
		}
		h := devices.Live(dir)
		_, err := h.Claim(t.Context(), find(t, h, other), withImages)
		var refused *devices.RefusedError
		if !errors.As(err, &refused) || refused.Hazards[0].Kind != devices.System {
			t.Errorf("Claim() = %v", err)
		}
	})
	t.Run("loop device of a file of the state", func(t *testing.T) {
		dir, tile := state(t)
		link := filepath.Join(t.TempDir(), "link.img")
		if err := os.Link(tile, link); err != nil {
			t.Fatal(err)
		}
		refuses(t, dir, bind(t, link, 0))
	})
	t.Run("swap file by a hard link", func(t *testing.T) {
		image := imageFile(t, 4*mib)
		if err := os.WriteFile(image, make([]byte, 4*mib), 0o600); err != nil { // a swap file has no holes
			t.Fatal(err)
		}
		run(t, "mkswap", image)
		path, _ := unix.BytePtrFromString(image)
		if _, _, errno := unix.Syscall(unix.SYS_SWAPON, uintptr(unsafe.Pointer(path)), 0, 0); errno != 0 {
			t.Skipf("no swap files here: %v", errno)
		}
		t.Cleanup(func() {
			if _, _, errno := unix.Syscall(unix.SYS_SWAPOFF, uintptr(unsafe.Pointer(path)), 0, 0); errno != 0 {
				t.Error(errno)
			}
		})
		link := filepath.Join(t.TempDir(), "link.img")
		if err := os.Link(image, link); err != nil {
			t.Fatal(err)
		}
		refusedFor(t, link, devices.Swap, "swaps to")
	})
	t.Run("file open by another process under another name", func(t *testing.T) {
		image := imageFile(t, mib)
		link := filepath.Join(t.TempDir(), "link.img")
		if err := os.Link(image, link); err != nil {
			t.Fatal(err)
		}
		openElsewhere(t, image, "<>")
		refusedFor(t, link, devices.Busy, "link.img is open by sleep")
		refusedFor(t, bind(t, link, 0), devices.Busy, "is open by sleep")
	})
}

// TestLiveOneFileIsOneDisk claims a file once, by whatever it is named.
func TestLiveOneFileIsOneDisk(t *testing.T) {
	link := func(t *testing.T, image string) string {
		link := filepath.Join(t.TempDir(), "link.img")
		if err := os.Link(image, link); err != nil {
			t.Fatal(err)
		}
		return link
	}
	claimBoth := func(t *testing.T, a, b string) error {
		h := devices.Live()
		all, err := h.ClaimAll(t.Context(), []devices.Disk{find(t, h, a), find(t, h, b)}, withImages)
		for _, target := range all {
			target.Close()
		}
		return err
	}
	refused := func(t *testing.T, err error, kind devices.HazardKind) {
		t.Helper()
		var r *devices.RefusedError
		if !errors.As(err, &r) || !slices.ContainsFunc(r.Hazards, func(z devices.Hazard) bool { return z.Kind == kind }) {
			t.Errorf("got %v, want %s", err, kind)
		}
	}
	t.Run("two loop devices in one job", func(t *testing.T) {
		dev, image := loopDevice(t, mib)
		refused(t, claimBoth(t, dev, bind(t, link(t, image), 0)), devices.Held)
	})
	t.Run("a loop device and its file in one job", func(t *testing.T) {
		dev, image := loopDevice(t, mib)
		refused(t, claimBoth(t, dev, link(t, image)), devices.Held)
		refused(t, claimBoth(t, link(t, image), dev), devices.Held)
	})
	t.Run("two names of a file in one job", func(t *testing.T) {
		image := imageFile(t, mib)
		refused(t, claimBoth(t, image, link(t, image)), devices.Duplicate)
	})
	t.Run("two loop devices in two jobs", func(t *testing.T) {
		dev, image := loopDevice(t, mib)
		if _, err := claimLive(t, dev); err != nil {
			t.Fatal(err)
		}
		_, err := claimLive(t, bind(t, link(t, image), 0))
		refused(t, err, devices.Held)
	})
	t.Run("two names of a file in two jobs", func(t *testing.T) {
		image := imageFile(t, mib)
		if _, err := claimLive(t, image); err != nil {
			t.Fatal(err)
		}
		_, err := claimLive(t, link(t, image))
		refused(t, err, devices.Busy)
	})
	t.Run("a loop device after its file in two jobs", func(t *testing.T) {
		image := imageFile(t, mib)
		target, err := claimLive(t, image)
		if err != nil {
			t.Fatal(err)
		}
		dev := bind(t, link(t, image), 0)
		others, err := target.OtherOpeners(t.Context())
		if err != nil || len(others) != 1 || !strings.Contains(others[0].Detail.String(), "is the file of loop device "+filepath.Base(dev)) {
			t.Errorf("OtherOpeners() = %v, %v", others, err)
		}
	})
	t.Run("a loop device on a partition of a loop device", func(t *testing.T) {
		lower := bind(t, imageFile(t, 16*mib), unix.LO_FLAGS_PARTSCAN)
		addPartition(t, lower, mib, 12*mib)
		upper := bind(t, lower+"p1", 0)
		refused(t, claimBoth(t, lower, upper), devices.Held)
		refused(t, claimBoth(t, upper, lower), devices.NotPhysical)
	})
}

// setLoop changes the status of a loop device with LOOP_SET_STATUS64, which anybody who has it open may do at any time.
func setLoop(t *testing.T, dev string, change func(*unix.LoopInfo64)) {
	t.Helper()
	f, err := os.Open(dev)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := unix.IoctlLoopGetStatus64(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	change(info)
	if err := unix.IoctlLoopSetStatus64(int(f.Fd()), info); err != nil {
		t.Fatal(err)
	}
}

func TestLiveCheck(t *testing.T) {
	t.Run("loop device is bound to something else", liveCheckLoop)
	t.Run("name of an image went to another file", liveCheckImage)
}

// Size and disk sequence stay the same while the offset of a loop device with a size limit is moved: the certificate said "verified" and
// the first mebibyte was never overwritten.
func liveCheckLoop(t *testing.T) {
	dev, image := loopDevice(t, 4*mib)
	setLoop(t, dev, func(i *unix.LoopInfo64) { i.Sizelimit = 2 * mib })
	target, err := claimLive(t, dev)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string) {
		t.Helper()
		err := target.Check()
		var changed *devices.ChangedError
		if what == "" && err != nil || what != "" && (!errors.As(err, &changed) || changed.What != what) {
			t.Errorf("Check() = %v, want %q changed", err, what)
		}
	}
	check("")
	setLoop(t, dev, func(i *unix.LoopInfo64) { i.Offset = mib })
	check("offset")
	setLoop(t, dev, func(i *unix.LoopInfo64) { i.Offset = 0 })
	check("")
	other := imageFile(t, 4*mib)
	changeFile(t, dev, other)
	check("backing file")
	changeFile(t, dev, image)
	check("")
}

const loopChangeFD = 0x4c06 // LOOP_CHANGE_FD of include/uapi/linux/loop.h, which is not in x/sys

// changeFile binds a loop device to another file of the same size, which only one that is read-only allows.
func changeFile(t *testing.T, dev, file string) {
	t.Helper()
	f, err := os.Open(dev)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	backing, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer backing.Close()
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), loopChangeFD, backing.Fd()); errno != 0 {
		t.Skipf("the file of this loop device cannot be changed: %v", errno)
	}
}

func liveCheckImage(t *testing.T) {
	image := imageFile(t, mib)
	target, err := claimLive(t, image)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(imageFile(t, mib), image); err != nil {
		t.Fatal(err)
	}
	if err := target.Check(); !devices.Lost(err) {
		t.Errorf("Check() = %v", err)
	}
}

// openElsewhere has another process hold a file open, by a redirection of the shell: "<" or "<>".
func openElsewhere(t *testing.T, file, how string) {
	t.Helper()
	started := filepath.Join(t.TempDir(), "started")
	sleeper(t, func() bool { _, err := os.Stat(started); return err == nil },
		"sh", "-c", "exec 7"+how+file+"; touch "+started+"; exec sleep 600")
}

// A process that writes to the disk after the claim needs no O_EXCL, and was seen by nobody.
func TestLiveOtherOpeners(t *testing.T) {
	for name, c := range map[string]struct {
		open     func(t *testing.T) (claimed, opened string)
		how      string
		readOnly bool
	}{
		"writes to the loop device": {func(t *testing.T) (string, string) { dev, _ := loopDevice(t, mib); return dev, dev }, "<>", false},
		"reads the loop device":     {func(t *testing.T) (string, string) { dev, _ := loopDevice(t, mib); return dev, dev }, "<", true},
		"writes to its file":        {func(t *testing.T) (string, string) { return loopDevice(t, mib) }, "<>", false},
		"writes to the image":       {func(t *testing.T) (string, string) { image := imageFile(t, mib); return image, image }, "<>", false},
	} {
		t.Run(name, func(t *testing.T) {
			claimed, opened := c.open(t)
			target, err := claimLive(t, claimed)
			if err != nil {
				t.Fatal(err)
			}
			// Tests of other packages list all disks of the machine, and have this one open for moments.
			openers := func() ([]devices.Opener, error) {
				all, err := target.OtherOpeners(t.Context())
				return slices.DeleteFunc(all, func(o devices.Opener) bool { return !strings.Contains(o.Detail.String(), "is open by sleep (") }), err
			}
			if others, err := openers(); err != nil || len(others) != 0 {
				t.Errorf("before: %v, %v", others, err)
			}
			openElsewhere(t, opened, c.how)
			others, err := openers()
			if err != nil || len(others) != 1 || others[0].PID == 0 || others[0].ReadOnly != c.readOnly || !strings.Contains(others[0].Detail.String(), "is open by sleep (process ") {
				t.Errorf("OtherOpeners() = %+v, %v", others, err)
			}
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := target.OtherOpeners(ended); !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: %v", err)
			}
		})
	}
}
