package hub_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/hubtest"
	"rasure/cmd/rasure-hub/internal/roster"
	"rasure/logs/durable"
	"rasure/logs/fleet"
)

// childVar has what a child process does: the directory of the hub, the roster, that of the log, and the call at which it is killed.
const childVar = "RASURE_HUB_CHILD"

func TestMain(m *testing.M) {
	if do := os.Getenv(childVar); do != "" {
		child(strings.Split(do, "\n"))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child receives two requests of a station, and prints what it has acknowledged. At the call with the number it kills itself.
func child(args []string) {
	stations, err := roster.Read(args[1])
	fatal(err)
	at, err := strconv.Atoi(args[3])
	fatal(err)
	calls := 0
	count := func() {
		if calls++; calls == at {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	h, err := hub.Open(ctx, hub.Options{Dir: args[0], Stations: stations,
		Fault: func(string, string) error { count(); return nil },
		Added: func(string, string) error { count(); return nil }})
	fatal(err)
	for _, name := range []string{"first", "second"} {
		body, err := os.ReadFile(filepath.Join(args[2], name))
		fatal(err)
		a, err := h.Receive(ctx, body, durable.FS(args[2]))
		fatal(err)
		if a.Status != fleet.Cosigned {
			fatal(a.Err)
		}
		fmt.Printf("acknowledged %d\n", a.Size)
	}
	fatal(h.Close())
}

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// killed is a station with two requests, and the hub that is killed.
type killed struct {
	station, fork *hubtest.Station
	roster        string
	log           string // with the requests
}

func newKilled(t *testing.T) *killed {
	t.Helper()
	s := hubtest.New(t, "station.example")
	s.Erase("S-1")
	k := &killed{station: s, roster: hubtest.RosterFile(t, s), log: filepath.Join(hubtest.Scratch(t), "log")}
	first := s.Body(0)
	k.fork = s.Copied()
	k.fork.Erase("S-another")
	files := s.Submit(0)
	s.Erase("S-2")
	// Both requests find their files here: a wider file replaces none.
	hubtest.Check(t, os.CopyFS(k.log, os.DirFS(files)))
	err := os.CopyFS(k.log, os.DirFS(s.Dir))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	for _, name := range []string{"tile/entries/000.p/5", "tile/0/000.p/5", "attest/000.p/5"} {
		data, err := os.ReadFile(filepath.Join(s.Dir, name))
		hubtest.Check(t, err)
		hubtest.Check(t, os.WriteFile(filepath.Join(k.log, name), data, 0o644))
	}
	hubtest.Check(t, os.WriteFile(filepath.Join(k.log, "first"), first, 0o644))
	hubtest.Check(t, os.WriteFile(filepath.Join(k.log, "second"), s.Body(3), 0o644))
	return k
}

// run runs a child in a new directory of a hub, and checks what it has left. wrap may run it in another program. It reports whether the child was killed.
func (k *killed) run(t *testing.T, what string, at int, wrap ...string) bool {
	t.Helper()
	dir := hubtest.NewDir(t)
	args := append(slices.Clone(wrap), os.Args[0])
	c := exec.Command(args[0], args[1:]...)
	c.Env = append(os.Environ(), childVar+"="+strings.Join([]string{dir, k.roster, k.log, strconv.Itoa(at)}, "\n"))
	out, err := c.StdoutPipe()
	hubtest.Check(t, err)
	var said strings.Builder
	c.Stderr = &said
	hubtest.Check(t, c.Start())
	text, err := io.ReadAll(out)
	hubtest.Check(t, err)
	err = c.Wait()
	ended := c.ProcessState.Sys().(syscall.WaitStatus)
	dead := ended.Signaled() && ended.Signal() == syscall.SIGKILL || ended.ExitStatus() == 128+int(syscall.SIGKILL)
	if err != nil && !dead {
		t.Fatalf("%s: %v: %s", what, err, said.String())
	}
	acknowledged := int64(0)
	for line := range strings.Lines(string(text)) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(line), "acknowledged "); ok {
			acknowledged, _ = strconv.ParseInt(n, 10, 64)
		}
	}
	k.check(t, what, dir, acknowledged)
	return dead
}

// check opens what a dead hub has left.
func (k *killed) check(t *testing.T, what, dir string, acknowledged int64) {
	t.Helper()
	stations, err := roster.Read(k.roster)
	hubtest.Check(t, err)
	h, err := hub.Open(ctx, hub.Options{Dir: dir, Stations: stations})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	defer h.Close()
	all, err := h.Status()
	hubtest.Check(t, err)
	size := all[0].Size
	if size < acknowledged || size != 0 && size != 3 && size != 5 {
		t.Fatalf("%s: %d entries were acknowledged, and %d are there", what, acknowledged, size)
	}
	if a, err := h.Receive(ctx, k.station.Body(size), k.station.Files()); err != nil || a.Status != fleet.Cosigned || a.Size != 5 {
		t.Fatalf("%s: the next request: %+v, %v", what, a, err)
	}
	if a, err := h.Receive(ctx, k.fork.Body(3), k.fork.Files()); err != nil || a.Status == fleet.Cosigned {
		t.Fatalf("%s: a second history: %d, %v", what, a.Status, err)
	}
	if found, err := h.Find(ctx, "serial", "S-2", 10); err != nil || len(found) != 2 {
		t.Fatalf("%s: Find = %d, %v", what, len(found), err)
	}
	for _, a := range auditOf(t, h) {
		if !a.Err.IsZero() || a.Open != 0 {
			t.Fatalf("%s: %+v", what, a)
		}
	}
}

// TestKill kills a hub with SIGKILL at calls that change something and after entries of the fleet log: at every seventh, with make hub-kill at each.
// [TestCrash] has each of them fail.
func TestKill(t *testing.T) {
	t.Parallel()
	k := newKilled(t)
	step := 7
	if os.Getenv("RASURE_HUB_KILL") != "" {
		step = 1
	}
	n := 1
	for k.run(t, fmt.Sprintf("call %d", n), n) {
		n += step
	}
	if n < 100 {
		t.Errorf("only %d calls", n-1)
	}
	t.Logf("killed at call 1 to %d, step %d", n-step, step)
}

// TestKillAtSystemCalls has strace kill a hub at the system calls that change something, those of Tessera too. Its counts are of one thread each. It
// takes minutes: make hub-kill.
func TestKillAtSystemCalls(t *testing.T) {
	if os.Getenv("RASURE_HUB_KILL") == "" {
		t.Skip("make hub-kill runs it")
	}
	k := newKilled(t)
	total := 0
	for _, call := range []string{"openat", "mkdirat", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "renameat", "renameat2", "linkat", "symlinkat", "unlinkat", "flock"} {
		n := 1
		for k.run(t, fmt.Sprintf("%s %d", call, n), -1, "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace="+call, "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n)) {
			n++
		}
		t.Logf("%s: killed %d times", call, n-1)
		total += n - 1
	}
	if total < 100 {
		t.Errorf("killed %d times", total)
	}
}
