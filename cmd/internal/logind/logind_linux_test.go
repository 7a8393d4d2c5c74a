package logind

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"rasure/cmd/message"
)

// bus starts a bus of the test's own and makes it the system bus of this process.
func bus(t *testing.T) (address string) {
	t.Helper()
	daemon, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("dbus-daemon is not installed")
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "bus.conf")
	text := fmt.Sprintf(`<busconfig><type>system</type><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>`, dir)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(daemon, "--config-file="+config, "--nofork", "--print-address")
	cmd.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	address, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address = strings.TrimSpace(address)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
	return address
}

// login1 is a manager of logins that gives locks, or refuses.
type login1 struct {
	calls   chan string
	refuses bool
	locks   chan *os.File // the other end of each lock: it ends when the lock is released
}

func (l *login1) Inhibit(what, who, why, mode string) (dbus.UnixFD, *dbus.Error) {
	l.calls <- strings.Join([]string{what, who, why, mode}, "|")
	if l.refuses {
		return 0, dbus.NewError("org.freedesktop.DBus.Error.AccessDenied", []any{"no"})
	}
	r, w, err := os.Pipe()
	if err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	l.locks <- r
	fd, err := unix.Dup(int(w.Fd())) // godbus does not say when it has sent the descriptor; w stays open until the caller's copy is made
	go func() { <-l.calls; w.Close(); unix.Close(fd) }()
	return dbus.UnixFD(fd), nil
}

func (l *login1) PowerOff(interactive bool) *dbus.Error {
	l.calls <- fmt.Sprint("PowerOff ", interactive)
	return nil
}

// serve puts a manager on the bus.
func serve(t *testing.T, address string, l *login1) {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.Export(l, object, strings.TrimSuffix(manager, ".")); err != nil {
		t.Fatal(err)
	}
	if r, err := conn.RequestName(busName, dbus.NameFlagDoNotQueue); err != nil || r != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(r, err)
	}
}

// TestInhibit takes a lock of a manager on a bus of our own, and releases it.
func TestInhibit(t *testing.T) {
	l := &login1{calls: make(chan string), locks: make(chan *os.File, 1)}
	serve(t, bus(t), l)
	asked := make(chan string, 1)
	go func() { asked <- <-l.calls }()
	lock, err := Inhibit(t.Context(), "a test")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := <-asked, "sleep:idle:handle-lid-switch|rasure|a test|block"; got != want {
		t.Errorf("asked for %q, want %q", got, want)
	}
	l.calls <- "" // the manager closes its own copies: the lock is all that is left
	r := <-l.locks
	defer r.Close()
	released := func() bool {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(r.Fd()), Events: unix.POLLIN}}, 0)
		return err != nil || n != 0
	}
	if released() {
		t.Error("the lock is not held")
	}
	lock.Close()
	if _, err := r.Read(make([]byte, 1)); err != io.EOF { // it waits until all copies are closed
		t.Errorf("the lock is not released: %v", err)
	}
}

// TestPowerOff asks a manager on a bus of our own.
func TestPowerOff(t *testing.T) {
	l := &login1{calls: make(chan string, 1)}
	serve(t, bus(t), l)
	if err := PowerOff(t.Context()); err != nil {
		t.Error(err)
	}
	if got := <-l.calls; got != "PowerOff false" {
		t.Error(got)
	}
}

// TestRefused has no bus, a bus without a manager, and a manager that refuses.
func TestRefused(t *testing.T) {
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "none"))
	fails := func(what string) {
		t.Helper()
		lock, err := Inhibit(t.Context(), "a test")
		if lock != nil || err == nil || !strings.HasPrefix(err.Error(), "asking logind: ") {
			t.Errorf("%s: %v, %v", what, lock, err)
		}
	}
	fails("no bus")
	address := bus(t)
	fails("no manager")
	if err := PowerOff(t.Context()); err == nil {
		t.Error("nobody could have switched it off")
	}
	l := &login1{calls: make(chan string, 1), refuses: true}
	serve(t, address, l)
	fails("a manager that refuses")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Inhibit(ctx, "a test"); err == nil {
		t.Error("the context had ended")
	}
}

// closer counts how often it was closed.
type closer struct{ n *int }

func (c closer) Close() error { *c.n++; return nil }

func TestKeeper(t *testing.T) {
	t.Parallel()
	taken, closed, warnings := 0, 0, []string{}
	var fails error
	k := &Keeper{Warn: func(w message.Text) { warnings = append(warnings, w.String()) }, Inhibit: func(context.Context, string) (io.Closer, error) {
		if fails != nil {
			return nil, fails
		}
		taken++
		return closer{&closed}, nil
	}}
	is := func(what string, t2, c2 int, keeps bool) {
		t.Helper()
		if taken != t2 || closed != c2 || k.Keeps() != keeps {
			t.Errorf("%s: taken %d times, released %d times, keeps: %v", what, taken, closed, k.Keeps())
		}
	}
	is("before", 0, 0, false)
	one := k.Begin(t.Context())
	two := k.Begin(t.Context())
	is("two jobs", 1, 0, true)
	one()
	one()
	is("one job", 1, 0, true)
	two()
	is("none", 1, 1, false)
	fails = errors.New("there is no bus")
	a, b := k.Begin(t.Context()), k.Begin(t.Context())
	is("without a bus", 1, 1, false)
	if len(warnings) != 1 || warnings[0] != "the machine may go to sleep while disks are being erased: there is no bus" {
		t.Errorf("%q", warnings)
	}
	fails = nil
	c := k.Begin(t.Context())
	is("the bus is there again", 2, 1, true)
	a()
	b()
	c()
	is("none again", 2, 2, false)
}
