package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rasure/cmd/internal/jobs"
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
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
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

// TestScreen erases two of three loop devices from the screen: each is scanned, one key starts, the terminal vanishes meanwhile, and a second
// screen shows how it ended.
func TestScreen(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("loop devices need root")
	}
	for _, tool := range []string{"losetup", "tmux"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	dir := memoryDir(t)
	state := filepath.Join(dir, "s")
	t.Setenv("RASURE_STATE", state)
	if out, err := exec.Command("rasure", "station", "init", "--name", "bench.example", "--key", "software").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(func() { stopServer(state) })
	x := &tmux{t, filepath.Join(dir, "t")}
	t.Cleanup(func() { x.do("kill-server") })
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
	env := []string{"RASURE_STATE=" + state, "TERM=xterm-256color", "LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	program, err := exec.LookPath("rasure")
	if err != nil {
		t.Fatal(err)
	}

	x.open(120, 40, env, program, "bench", "--allow-image")
	x.until("", append(names, "rasure  bench.example")...)
	x.scan(strings.ToUpper(names[1]))
	x.until("", "Erase 1 disk: EVERYTHING ON IT WILL BE DESTROYED", names[1], "confirmed")
	x.scan("NONE")
	x.until("", `no disk here has the number "NONE"`, "Erase 1 disk")
	x.scan(strings.ToUpper(names[0]))
	x.until("", "Erase 2 disks: EVERYTHING ON THEM WILL BE DESTROYED")
	x.until("Enter", "2 running")
	x.do("kill-session", "-t", "x") // SIGHUP, in the middle of drawing

	c, err := jobs.Dial(t.Context(), state, message.English, station.Version)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var last jobs.State
	c.Watch(ctx, func(s jobs.State) {
		ended := 0
		for _, j := range s.Jobs {
			if j.Phase == jobs.Ended {
				ended++
			}
		}
		if last = s; ended == 2 {
			cancel()
		}
	})
	for _, j := range last.Jobs {
		if j.Outcome != "verified" || j.Index < 0 {
			t.Errorf("the job on %s ended %q, problems %v", j.Disk, j.Outcome, j.Problems)
		}
	}
	if len(last.Jobs) != 2 {
		t.Errorf("%d jobs", len(last.Jobs))
	}

	x.open(60, 20, env, program, "bench", "--allow-image")
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
	for x.do("list-sessions") != "" { // the program has ended
		time.Sleep(20 * time.Millisecond)
	}
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
