package devices_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"rasure/devices"
)

// childVariable makes the test binary print the hazards of no disk in particular: what is unknown of users.
const childVariable = "RASURE_TEST_USERS_OF"

// TestLiveUsersUnknown runs this test again in namespaces of its own, and there claims an image.
func TestLiveUsersUnknown(t *testing.T) {
	if image := os.Getenv(childVariable); image != "" {
		target, err := claimLive(t, image)
		if err != nil {
			fmt.Println("refused:", err)
			return
		}
		fmt.Println("unknown:", target.UsersUnknown())
		return
	}
	if os.Getuid() != 0 {
		t.Skip("namespaces need root")
	}
	own, _ := os.Readlink("/proc/self/ns/pid")
	for name, c := range map[string]struct{ flags, script, want string }{
		"no namespace":     {"", "", ""},
		"mount namespace":  {"--mount", "", ""},
		"PID namespace":    {"--pid --fork --mount-proc", "", "a PID namespace of its own"},
		"PID, /proc as is": {"--pid --fork", "", "a PID namespace of its own"},
		"hidepid":          {"--mount", "mount -t proc -o hidepid=2 proc /proc && ", "mounted with hidepid=invisible"},
		"subset":           {"--mount", "mount -t proc -o subset=pid proc /proc && ", "mounted with subset=pid"},
		"process covered":  {"--mount", "mount -t tmpfs x /proc/2 && ", "covers /proc/2"},
	} {
		t.Run(name, func(t *testing.T) {
			if own != "pid:[4026531836]" && !strings.Contains(c.want, "PID namespace") {
				t.Skip("these tests do not run in the first PID namespace")
			}
			image := imageFile(t, mib)
			args := append(strings.Fields(c.flags), "sh", "-c", c.script+`exec "$0" -test.run '^TestLiveUsersUnknown$' -test.v`, os.Args[0])
			cmd := exec.Command("unshare", args...)
			cmd.Env = append(os.Environ(), childVariable+"="+image)
			out, err := cmd.CombinedOutput()
			if errors.Is(err, exec.ErrNotFound) {
				t.Skip(err)
			}
			_, got, ok := strings.Cut(string(out), "unknown: ")
			got, _, _ = strings.Cut(got, "\n")
			hidden := strings.Contains(got, "let rasure see") // a process of this machine that no test can help
			if err != nil || !ok || !strings.Contains(got, c.want) || c.want == "" && got != "" && !hidden {
				t.Errorf("%v\n%s\nwant %q", err, out, c.want)
			}
		})
	}
}

// TestLiveDirectIO claims O_DIRECT only where it is known to hold.
func TestLiveDirectIO(t *testing.T) {
	on := func(t *testing.T, fs, options string, mkfs ...string) string {
		dev, _ := loopDevice(t, 64*mib)
		run(t, mkfs[0], append(mkfs[1:], dev)...)
		dir := t.TempDir()
		if err := unix.Mount(dev, dir, fs, 0, options); err != nil {
			t.Skipf("%s cannot be mounted here: %v", fs, err)
		}
		t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
		return dir
	}
	for name, c := range map[string]struct {
		dir  func(t *testing.T) string
		want devices.DirectIO
	}{
		"ext4":                    {func(t *testing.T) string { return on(t, "ext4", "", "mkfs.ext4", "-q", "-F") }, devices.DirectYes},
		"ext4 that journals data": {func(t *testing.T) string { return on(t, "ext4", "data=journal", "mkfs.ext4", "-q", "-F") }, devices.DirectNo},
		"tmpfs": {func(t *testing.T) string {
			dir := t.TempDir()
			if err := unix.Mount("tmpfs", dir, "tmpfs", 0, ""); err != nil {
				t.Skip(err)
			}
			t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
			return dir
		}, devices.DirectUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			image := c.dir(t) + "/disk.img"
			if err := os.WriteFile(image, make([]byte, mib), 0o600); err != nil {
				t.Fatal(err)
			}
			target, err := claimLive(t, image)
			if err != nil {
				t.Fatal(err)
			}
			defer target.Close()
			if got := target.DirectIO(); got != c.want || target.Direct() != (c.want == devices.DirectYes) {
				t.Errorf("DirectIO() = %s, want %s; Direct() = %v", got, c.want, target.Direct())
			}
		})
	}
}

// A file system that journals data takes O_DIRECT and buffers. While another program has the pages of the image locked, all that
// is read back comes from memory, and the certificate said "verified".
func TestLiveDropCache(t *testing.T) {
	dev, _ := loopDevice(t, 64*mib)
	run(t, "mkfs.ext4", "-q", "-F", dev)
	dir := t.TempDir()
	if err := unix.Mount(dev, dir, "ext4", 0, "data=journal"); err != nil {
		t.Skipf("no ext4 here: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	image := dir + "/disk.img"
	if err := os.WriteFile(image, make([]byte, mib), 0o600); err != nil {
		t.Fatal(err)
	}
	target, err := claimLive(t, image)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(image)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := unix.Mmap(int(f.Fd()), 0, mib, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := unix.Mlock(pages); err != nil {
		t.Skipf("memory cannot be locked here: %v", err)
	}
	if err := target.DropCache(); err == nil {
		t.Error("DropCache() succeeds while pages are locked in memory")
	}
	if err := unix.Munmap(pages); err != nil {
		t.Fatal(err)
	}
	if err := target.DropCache(); err != nil {
		t.Errorf("DropCache() = %v", err)
	}
	target.Close() // before the file system goes
}

// A process without descriptors must not take a disk for gone, or for one without hazards.
func TestLiveTooFewDescriptors(t *testing.T) {
	dev, _ := loopDevice(t, mib)
	h := devices.Live()
	d := find(t, h, dev)
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	held := []*os.File{}
	for { // what the runtime has opened by now stays open: the limit is set just above it
		f, err := os.Open("/dev/null")
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, f)
		if len(held) == 3 {
			break
		}
	}
	limit := unix.Rlimit{Cur: uint64(held[2].Fd()) + 1, Max: was.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	_, hazards := h.Hazards(d)
	_, claimed := h.Claim(t.Context(), d, withImages)
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	for _, f := range held {
		f.Close()
	}
	for what, err := range map[string]error{"Hazards": hazards, "Claim": claimed} {
		var limit *devices.LimitError
		if !errors.As(err, &limit) || devices.Lost(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
