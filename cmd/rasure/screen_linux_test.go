package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/settings"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
)

// tmux is a terminal, emulated by somebody else, with a program in it.
type tmux struct {
	*testing.T
	socket string
}

// open starts the program in a terminal of its own, in the place of the one before.
func (x *tmux) open(width, height int, env []string, words ...string) {
	x.Helper()
	args := []string{"-S", x.socket, "-f", os.DevNull, "new-session", "-d", "-s", "x", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height)}
	for _, e := range env {
		args = append(args, "-e", e)
	}
	if out, err := exec.Command("tmux", append(append(args, "--"), words...)...).CombinedOutput(); err != nil {
		x.Fatalf("tmux: %v: %s", err, out)
	}
}

func (x *tmux) do(words ...string) string {
	out, _ := exec.Command("tmux", append([]string{"-S", x.socket}, words...)...).Output()
	return string(out)
}

func (x *tmux) keys(names ...string) { x.do(append([]string{"send-keys", "-t", "x"}, names...)...) }

// scan sends a number and Enter at once.
func (x *tmux) scan(number string) { x.do("send-keys", "-t", "x", number, "Enter") }

// until waits for a screen with all of the words. In between it presses a key again and again, if one is given.
func (x *tmux) until(press string, words ...string) string {
	x.Helper()
	text := ""
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		text = x.do("capture-pane", "-p", "-t", "x")
		missing := 0
		for _, w := range words {
			if !strings.Contains(text, w) {
				missing++
			}
		}
		if missing == 0 {
			return text
		}
		if press != "" {
			x.keys(press)
		}
	}
	x.Fatalf("no %q on the screen:\n%s", words, text)
	return ""
}

// leave presses a key until the screen has a word no more.
func (x *tmux) leave(press, word string) {
	x.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if !strings.Contains(x.do("capture-pane", "-p", "-t", "x"), word) {
			return
		}
		x.keys(press)
	}
	x.Fatalf("%q is still on the screen", word)
}

// kill ends the program as nothing else does, without a last word.
func (x *tmux) kill() {
	pid, err := strconv.Atoi(strings.TrimSpace(x.do("display-message", "-p", "-t", "=x:", "#{pane_pid}")))
	if err != nil || pid <= 1 {
		x.Fatalf("pid %d: %v", pid, err)
	}
	unix.Kill(pid, unix.SIGKILL)
}

// over waits until the program has ended.
func (x *tmux) over() {
	for exec.Command("tmux", "-S", x.socket, "has-session", "-t", "=x").Run() == nil {
		time.Sleep(20 * time.Millisecond)
	}
}

// stopServer ends the job server of a state directory, if one runs.
func stopServer(dir string) {
	c, err := net.Dial("unix", filepath.Join(dir, jobs.SocketFile))
	if err != nil {
		return
	}
	defer c.Close()
	raw, err := c.(*net.UnixConn).SyscallConn()
	if err != nil {
		return
	}
	raw.Control(func(fd uintptr) {
		if peer, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			unix.Kill(int(peer.Pid), unix.SIGKILL)
		}
	})
}

// newTmux makes a station in memory, and a terminal for its screen.
func newTmux(t *testing.T) (x *tmux, dir string, env []string) {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed")
	}
	dir = memoryDir(t)
	state := filepath.Join(dir, "s")
	env = []string{"RASURE_STATE=" + state, settings.PathVariable + "=" + os.DevNull, "TERM=xterm-256color", "LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	c := exec.Command("rasure", "station", "init", "--name", "bench.example", "--key", "software")
	c.Env = env
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	x = &tmux{t, filepath.Join(dir, "t")}
	x.do("-f", os.DevNull, "new-session", "-d", "-s", "hold", "--", "cat") // so that tmux does not end between two sessions
	t.Cleanup(func() { x.do("kill-server"); stopServer(state) })
	return x, dir, env
}

// ended waits until so many jobs of the job server have ended, and returns them.
func ended(t *testing.T, state string, n int) []jobs.Job {
	t.Helper()
	c, err := jobs.Dial(t.Context(), state, message.English, station.Version)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var last jobs.State
	c.Watch(ctx, func(s jobs.State) {
		over := 0
		for _, j := range s.Jobs {
			if j.Phase == jobs.Ended {
				over++
			}
		}
		if last = s; over == n {
			cancel()
		}
	})
	if len(last.Jobs) != n {
		t.Fatalf("%d jobs, want %d", len(last.Jobs), n)
	}
	return last.Jobs
}

// TestScreen erases two of three loop devices from the screen: each is scanned, and one key starts. Meanwhile the terminal vanishes and five
// screens are killed; another one shows how it ended.
func TestScreen(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("loop devices need root")
	}
	if _, err := exec.LookPath("losetup"); err != nil {
		t.Skip("losetup is not installed")
	}
	x, dir, env := newTmux(t)
	const size = 400 << 20
	names, images := []string{}, []string{}
	for i := range 3 {
		image := filepath.Join(dir, fmt.Sprintf("disk%d.img", i))
		if err := os.WriteFile(image, bytes.Repeat([]byte("secret!!"), size/8), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("losetup", "--show", "-f", image).Output()
		if err != nil {
			t.Skipf("losetup: %v", err)
		}
		dev := strings.TrimSpace(string(out))
		t.Cleanup(func() { exec.Command("losetup", "-d", dev).Run() })
		names, images = append(names, strings.TrimPrefix(dev, "/dev/")), append(images, image)
	}
	x.open(120, 40, env, "rasure", "bench", "--allow-image")
	x.until("", append(names, "rasure  bench.example")...)
	x.scan(strings.ToUpper(names[1]))
	x.until("", "Erase 1 disk: EVERYTHING ON IT WILL BE DESTROYED", names[1], "confirmed")
	x.scan("NONE")
	x.until("", `no disk here has the number "NONE"`, "Erase 1 disk")
	x.scan(strings.ToUpper(names[0]))
	x.until("", "Erase 2 disks: EVERYTHING ON THEM WILL BE DESTROYED")
	x.leave("Enter", "WILL BE DESTROYED")
	x.until("", "2 running")
	x.do("kill-session", "-t", "=x") // SIGHUP, in the middle of drawing
	for range 5 {
		x.over()
		x.open(80, 24, env, "rasure", "bench", "--allow-image")
		x.until("", "rasure  bench.example")
		x.kill()
	}
	x.over()

	for _, j := range ended(t, filepath.Join(dir, "s"), 2) {
		if j.Outcome != "verified" || j.Index < 0 {
			t.Errorf("the job on %s ended %q, problems %v", j.Disk, j.Outcome, j.Problems)
		}
	}

	x.open(60, 20, env, "rasure", "bench", "--allow-image")
	x.until("", "rasure  bench.example", "2 erased")
	x.keys("/")
	x.until("", "Type what a row must contain")
	x.scan(names[0])
	x.until("", "ERASED", "> ", names[0])
	x.until("Down", "Enter seen", "verified, log entry")
	x.keys("c")
	x.until("", "CERTIFICATE OF ERASURE", "VERIFIED")
	x.keys("Escape")
	x.until("Enter", "1 erased")
	x.keys("q")
	x.over()
	for i, image := range images {
		text, err := os.ReadFile(image)
		if err != nil {
			t.Fatal(err)
		}
		if found := bytes.Count(text, []byte("secret!!")); i < 2 && found != 0 || i == 2 && found != size/8 {
			t.Errorf("image %d has %d of %d blocks of what was on it", i, found, size/8)
		}
	}
}

// TestScreenEight erases eight drives in memory by eight scans and one key.
func TestScreenEight(t *testing.T) {
	x, dir, env := newTmux(t)
	host := filepath.Join(dir, "host.txtar")
	if err := os.WriteFile(host, []byte(sticks(9, 16<<20)), 0o600); err != nil {
		t.Fatal(err)
	}
	x.open(80, 24, append(env, "RASURE_TEST_HOST="+host), "rasure")
	x.until("", "STICK1", "STICK9", "9 ready")
	for n, i := range []int{5, 3, 8, 1, 2, 7, 6, 4} {
		x.scan(fmt.Sprintf("STICK%d", i))
		x.until("", fmt.Sprintf("Erase %d disk", n+1), "WILL BE DESTROYED")
		x.scan("STICK0")
		x.until("", `no disk here has the number "STICK0"`)
	}
	x.leave("Enter", "WILL BE DESTROYED") // an Enter that comes too soon after a scan starts nothing
	x.until("", "8 erased")
	for _, j := range ended(t, filepath.Join(dir, "s"), 8) {
		if j.Outcome != "verified" {
			t.Errorf("the job on %s ended %q, problems %v", j.Disk, j.Outcome, j.Problems)
		}
	}
	x.keys("End")
	x.until("", ">[ ] usb 1-9", "STICK9") // nobody scanned it
	x.keys("q")
	x.over()
}

// TestScreenWitness has a witness sign on the terminal that the screen left.
func TestScreenWitness(t *testing.T) {
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip("ssh-keygen is not installed")
	}
	x, dir, env := newTmux(t)
	env = append(env, "RASURE_TEST_HOST="+filepath.Join(dir, "host.txtar"))
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("host.txtar", sticks(1, 4<<20))
	write("policy", "name = \"office\"\nsource = \"decided\"\ninventory_days = 183\nwitness_days = 7\nsecondary_days = 30\nlate_days = 3650\n"+
		"[[rule]]\nid = \"inside\"\nlevel = \"clear\"\nverify = \"full\"\napprovers = 1\nwitnesses = 1\n")
	write("office", `set -e
for k in root zhao li wang sun bao; do ssh-keygen -q -t ed25519 -N "" -f $k; done
rasure station roster --threshold 1 -p root=roster -p zhao=custodian -p li=approve -p wang=technician -p sun=witness -p bao=secrecy -s root -a
rasure act policy policy -s li,bao -a
rasure medium register U-1 --type usb-flash --serial STICK1 --class none --source here -s zhao -a
rasure medium approve U-1 --purpose inside --technician wang --until 2099-01-31 -s li -a
`)
	c := exec.Command("sh", "office")
	c.Dir, c.Env = dir, env
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	x.open(100, 30, env, "sh", "-c", "cd "+dir+" && exec rasure bench --operator wang")
	x.until("", "STICK1", "1 ready")
	x.scan("STICK1")
	x.until("", "WILL BE DESTROYED", "U-1")
	x.leave("Enter", "WILL BE DESTROYED")
	x.until("", "1 erased", "w witnesses")
	x.keys("w")
	x.until("", "Medium U-1: 1 signature of a witness is missing", "Enter to skip")
	x.scan("") // nobody signs
	x.until("", "1 signature of a witness is missing", "1 erased")
	x.keys("w")
	x.until("", "Enter to skip")
	x.scan("wang=wang")
	x.until("", "the technician cannot be the witness")
	x.scan("sun=sun")
	x.until("", "medium U-1, serial number STICK1, was erased at this station before my eyes", "sun: type witness to sign this")
	x.scan("witness")
	x.until("", "Medium U-1: no signature of a witness is missing", "1 erased")
	x.keys("q")
	x.over()
	c = exec.Command("rasure", "medium", "show", "U-1")
	c.Env = env
	if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "witnessed by sun") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestScreenRefused shows what rasure says where it cannot show a screen.
func TestScreenRefused(t *testing.T) {
	x, dir, env := newTmux(t)
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"RASURE_STATE=" + filepath.Join(dir, "none"), "rasure"}, "no station in"},
		{[]string{"TERM=dumb", "rasure", "bench"}, "cannot show a screen"},
		{[]string{"TERM=dumb", "rasure"}, "0 done and verified"}, // help
	} {
		x.open(100, 50, env, append([]string{"sh", "-c", `env "$@"; sleep 60`, "sh"}, c.words...)...)
		x.until("", c.want)
		x.do("kill-session", "-t", "=x")
	}
}

// sticks describes a machine with USB sticks, each with a serial number.
func sticks(n int, size int64) string {
	var b strings.Builder
	b.WriteString("-- sys/block/ --\n")
	at := func(i int) string {
		return fmt.Sprintf("devices/pci0000:00/0000:00:14.0/usb1/1-%d/1-%[1]d:1.0/host%[1]d/target%[1]d:0:0/%[1]d:0:0:0", i)
	}
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "sd%c -> ../%s/block/sd%[1]c\n", 'a'+i, at(i))
	}
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "-- sys/devices/pci0000:00/0000:00:14.0/usb1/1-%d/ --\nidVendor 0951\nidProduct 1666\nmanufacturer Kingston\nproduct DataTraveler\nserial STICK%[1]d\nspeed 5000\n", i)
		fmt.Fprintf(&b, "1-%d:1.0/bInterfaceProtocol 50\n1-%[1]d:1.0/driver -> ../../../../../../bus/usb/drivers/usb-storage\n1-%[1]d:1.0/host%[1]d/scsi_host/host%[1]d/proc_name usb-storage\n", i)
		fmt.Fprintf(&b, "-- sys/%s/ --\nvendor Kingston\nmodel DataTraveler 3.0\nrev 1.0\ntype 0\nscsi_level 6\nstate running\nqueue_depth 1\n", at(i))
		fmt.Fprintf(&b, "-- sys/%s/block/sd%c/ --\ndev 8:%d\nsize %d\nremovable 1\nro 0\nhidden 0\ndiskseq %d\nqueue/logical_block_size 512\nqueue/physical_block_size 512\n", at(i), 'a'+i, 16*i, size/512, 40+i)
		b.WriteString("queue/rotational 1\nqueue/max_sectors_kb 1280\nqueue/optimal_io_size 0\nqueue/nr_requests 2\nqueue/zoned none\nqueue/write_cache write back\ninflight 0 0\nholders/\n")
		fmt.Fprintf(&b, "device -> ../../../%d:0:0:0\n", i)
	}
	b.WriteString("-- proc/1/mountinfo --\n1 1 0:2 / / rw - rootfs rootfs rw\n-- proc/1/ --\ncomm init\nns/mnt -> mnt:[1]\nfd/\n")
	return b.String()
}
