package devices_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"rasure/devices"
	"rasure/devices/devicetest"
)

const mib = 1 << 20

var withImages = devices.ClaimOptions{AllowImage: true}

// claimLive claims the disk or image at a path of this machine; the target is released when the test ends.
func claimLive(t *testing.T, path string) (*devices.Target, error) {
	t.Helper()
	h := devices.Live()
	target, err := h.Claim(context.Background(), find(t, h, path), withImages)
	if err == nil {
		t.Cleanup(func() { target.Close() })
	}
	return target, err
}

func TestLivePort(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) string{
		"loop device": func(t *testing.T) string { dev, _ := loopDevice(t, 2*mib); return dev },
		"image file": func(t *testing.T) string {
			image := filepath.Join(t.TempDir(), "disk.img")
			if err := os.WriteFile(image, make([]byte, 2*mib), 0o600); err != nil {
				t.Fatal(err)
			}
			return image
		},
	} {
		t.Run(name, func(t *testing.T) {
			devicetest.TestPort(t, func(t *testing.T) devices.Port {
				p, err := devices.Live().Open(open(t), true)
				if err != nil {
					t.Fatal(err)
				}
				return p
			})
		})
	}
}

func TestLiveClaim(t *testing.T) {
	t.Run("loop device is claimed once and written", liveClaimLoop)
	t.Run("node is closed on exec", liveCloseOnExec)
	t.Run("claimed disk cannot be mounted", liveNoMount)
	t.Run("disk shrank", liveShrank)
	t.Run("disk replaced under its name", liveReplaced)
	t.Run("image file", liveClaimImage)
	t.Run("image of an odd size", liveOddImage)
}

func liveClaimLoop(t *testing.T) {
	dev, image := loopDevice(t, 2*mib)
	if _, err := devices.Live().Claim(context.Background(), find(t, devices.Live(), dev), devices.ClaimOptions{}); !errors.Is(err, devices.ErrImage) {
		t.Errorf("without AllowImage: %v", err)
	}
	target, err := claimLive(t, dev)
	if err != nil {
		t.Fatal(err)
	}
	if err := target.Check(); err != nil || target.DirectIO() != devices.DirectUnknown || target.Direct() || target.Confirmed() {
		t.Errorf("Check() = %v, direct %v, confirmed %v", err, target.Direct(), target.Confirmed())
	}
	block := devicetest.Aligned(4096, 0xa5)
	if _, err := target.WriteAt(block, mib); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(target.Sync(), target.DropCache(), target.Check()); err != nil {
		t.Error(err)
	}
	b, err := os.ReadFile(image)
	if err != nil || !bytes.Equal(b[mib:mib+4096], block) || b[mib+4096] != 0 {
		t.Errorf("the image does not hold what was written: %v", err)
	}
	reader, err := devices.Live().OpenRead(context.Background(), target.Disk()) // a reader needs no claim, and is kept out by none
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	got := devicetest.Aligned(4096, 0)
	if _, err := reader.ReadAt(got, mib); err != nil || !bytes.Equal(got, block) {
		t.Errorf("the reader sees something else: %v", err)
	}
	if _, err := reader.WriteAt(got, mib); err == nil {
		t.Error("the reader can write")
	}
	refusedFor(t, dev, devices.Held, "cannot be seen") // by the claim above
}

func liveCloseOnExec(t *testing.T) {
	dev, _ := loopDevice(t, mib)
	if _, err := claimLive(t, dev); err != nil {
		t.Fatal(err)
	}
	links, _ := filepath.Glob("/proc/self/fd/*")
	found := false
	for _, link := range links {
		to, _ := os.Readlink(link)
		if to != dev {
			continue
		}
		found = true
		info, err := os.ReadFile("/proc/self/fdinfo/" + filepath.Base(link))
		if err != nil {
			t.Fatal(err)
		}
		const cloexec, direct, excl = 0o2000000, 0o40000, 0o200
		var flags int64
		for line := range strings.Lines(string(info)) {
			if rest, ok := strings.CutPrefix(line, "flags:"); ok {
				for _, c := range strings.TrimSpace(rest) {
					flags = flags<<3 | int64(c-'0')
				}
			}
		}
		if flags&cloexec == 0 || flags&direct == 0 || flags&3 != unix.O_RDWR {
			t.Errorf("flags of the descriptor: %o", flags)
		}
	}
	if !found {
		t.Error("no descriptor found")
	}
}

func liveNoMount(t *testing.T) {
	dev, _ := loopDevice(t, 16*mib)
	run(t, "mkfs.ext4", "-q", "-F", dev)
	if _, err := claimLive(t, dev); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := unix.Mount(dev, dir, "ext4", 0, ""); !errors.Is(err, unix.EBUSY) {
		unix.Unmount(dir, 0)
		t.Errorf("mount answers %v, want EBUSY", err)
	}
}

func liveShrank(t *testing.T) {
	dev, image := loopDevice(t, 2*mib)
	found := find(t, devices.Live(), dev)
	target, err := claimLive(t, dev)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, mib); err != nil {
		t.Fatal(err)
	}
	run(t, "losetup", "-c", dev)
	var changed *devices.ChangedError
	if err := target.Check(); !errors.As(err, &changed) || changed.What != "size" || devices.Lost(err) {
		t.Errorf("Check() = %v", err)
	}
	block := devicetest.Aligned(4096, 0)
	if _, err := target.WriteAt(block, mib); !devices.Lost(err) {
		t.Errorf("writing beyond the new end: %v", err)
	}
	if _, err := target.ReadAt(block, mib); !errors.Is(err, io.EOF) || !devices.Lost(err) {
		t.Errorf("reading beyond the new end: %v", err)
	}
	target.Close()
	var refused *devices.RefusedError
	_, err = devices.Live().Claim(context.Background(), found, withImages)
	if !errors.As(err, &refused) || refused.Hazards[0].Kind != devices.Unstable {
		t.Errorf("Claim() of what it was = %v", err)
	}
}

func liveReplaced(t *testing.T) {
	dev, image := loopDevice(t, mib)
	h := devices.Live()
	found := find(t, h, dev)
	unbind(t, dev, image)
	// The same name, number and size, and another disk sequence.
	if out, err := exec.Command("losetup", dev, image).CombinedOutput(); err != nil {
		t.Skipf("somebody else took %s meanwhile: %s", dev, out)
	}
	_, err := h.Claim(context.Background(), found, withImages)
	var changed *devices.ChangedError
	if !errors.As(err, &changed) || changed.What != "disk sequence" {
		t.Errorf("Claim() = %v", err)
	}
	if _, err := h.OpenRead(context.Background(), found); !errors.As(err, &changed) {
		t.Errorf("OpenRead() = %v", err)
	}
}

func liveClaimImage(t *testing.T) {
	image := imageFile(t, mib)
	target, err := claimLive(t, image)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(target.Check(), target.Sync(), target.DropCache()); err != nil {
		t.Error(err)
	}
	refusedFor(t, image, devices.Busy, "locked")
	if err := os.Truncate(image, 0); err != nil {
		t.Fatal(err)
	}
	if err := target.Check(); !devices.Lost(err) {
		t.Errorf("after truncation Check() = %v", err)
	}
}

// An image of an odd size was refused only after its begin was in the log.
func liveOddImage(t *testing.T) {
	refusedFor(t, imageFile(t, mib+100), devices.Unstable, "is not a multiple of its block size (512 bytes)")
}

func TestLiveOpen(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink("/dev/null", link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/dev/null", "/", fifo, link, "/nothing/here"} {
		if p, err := devices.Live().Open(path, false); err == nil {
			p.Close()
			t.Errorf("%s was opened", path)
		}
	}
}

func TestLiveOwnDisks(t *testing.T) {
	h := devices.Live() // nothing is opened here: hazards come from sysfs and proc
	disks, err := h.Disks()
	if err != nil {
		t.Fatal(err)
	}
	all, err := h.HazardsOf(disks)
	if err != nil {
		t.Fatal(err)
	}
	system := 0
	for _, hazards := range all {
		if slices.ContainsFunc(hazards, func(z devices.Hazard) bool { return z.Kind == devices.System }) {
			system++
		}
	}
	var st unix.Stat_t
	if err := unix.Stat("/", &st); err != nil {
		t.Fatal(err)
	}
	if unix.Major(st.Dev) != 0 && system == 0 {
		t.Errorf("/ lies on device %d:%d, and no disk is refused for it", unix.Major(st.Dev), unix.Minor(st.Dev))
	}
}
