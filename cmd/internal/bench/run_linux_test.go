package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rasure/cmd/internal/bench/benchtest"
	"rasure/cmd/internal/jobs"
)

// tty is a terminal: what the screen writes is collected, what a person types goes in.
type tty struct {
	master, slave *os.File

	mu   sync.Mutex
	cond *sync.Cond
	out  bytes.Buffer
	over bool
}

func newTTY(t *testing.T) *tty {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skip(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80})
	}
	if err != nil {
		t.Fatal(err)
	}
	master := os.NewFile(uintptr(fd), "/dev/ptmx")
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := &tty{master: master, slave: slave}
	p.cond = sync.NewCond(&p.mu)
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			p.mu.Lock()
			p.out.Write(buf[:n])
			p.over = err != nil
			p.cond.Broadcast()
			p.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { master.Close() }) // bubbletea may still read from the slave when Run has returned
	return p
}

// wait waits until the screen has written some text.
func (p *tty) wait(t *testing.T, text string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for !strings.Contains(p.out.String(), text) {
		if p.over {
			t.Fatalf("the terminal ended before it showed %q:\n%q", text, p.out.String())
		}
		p.cond.Wait()
	}
}

func (p *tty) options(s *benchtest.Server) Options {
	return Options{Dial: s.Dial, In: p.slave, Out: p.slave, Now: time.Now, Batch: jobs.Options{Operator: "li"},
		Getenv: func(name string) string { return map[string]string{"TERM": "vt100"}[name] }}
}

func TestRun(t *testing.T) {
	t.Parallel()
	type ended struct {
		running int
		err     error
	}
	run := func(ctx context.Context, o Options) <-chan ended {
		done := make(chan ended, 1)
		go func() {
			n, err := Run(ctx, o)
			done <- ended{n, err}
		}()
		return done
	}
	t.Run("q leaves, and the jobs go on", func(t *testing.T) {
		p, s := newTTY(t), benchtest.New(benchtest.Work())
		done := run(t.Context(), p.options(s))
		p.wait(t, "NOT ERASED - DESTROY")
		p.master.WriteString("q")
		if e := <-done; e.err != nil || e.running != 3 {
			t.Errorf("%d jobs go on, %v", e.running, e.err)
		}
		p.wait(t, "\x1b[?1049l") // the own screen of the terminal is back
	})
	t.Run("a scan and one key begin a job", func(t *testing.T) {
		p, s := newTTY(t), benchtest.New(benchtest.Office())
		o := p.options(s)
		var later atomic.Int64
		o.Now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
		done := run(t.Context(), o)
		p.wait(t, "ready")
		p.master.WriteString("zfl1abcd\r")
		p.wait(t, "DESTROYED")
		later.Store(int64(ownKey)) // as if somebody had read it
		p.master.WriteString("\r")
		p.wait(t, "is being erased")
		p.master.WriteString("q")
		<-done
		if calls := strings.Join(s.Calls(), "|"); !strings.Contains(calls, "confirm ZFL1ABCD") || !strings.HasSuffix(calls, "start") {
			t.Errorf("the server was asked %s", calls)
		}
	})
	t.Run("a witness signs on the terminal that the screen has left", func(t *testing.T) {
		p, w := newTTY(t), benchtest.Work()
		for i := range w.Jobs {
			w.Jobs[i].Medium = "U-7" // of whatever disk is highlighted
			w.Jobs[i].Phase, w.Jobs[i].Outcome, w.Jobs[i].Index = jobs.Ended, "verified", 12
		}
		s := benchtest.New(w)
		o := p.options(s)
		o.Witness = func(_ context.Context, _ jobs.Disk, j jobs.Job) (int, error) {
			fmt.Fprintf(p.slave, "who saw %s?", j.Medium)
			var name string
			_, err := fmt.Fscanln(p.slave, &name)
			if name != "sun" {
				return 1, err
			}
			return 0, err
		}
		done := run(t.Context(), o)
		p.wait(t, "ERASED")
		p.master.WriteString("w")
		p.wait(t, "who saw U-7?")
		p.master.WriteString("sun\n") // the terminal edits lines again
		p.wait(t, "no signature of a witness is missing")
		p.master.WriteString("q")
		<-done
	})
	t.Run("a terminal that vanishes ends the screen and releases its claims", func(t *testing.T) {
		p, s := newTTY(t), benchtest.New(benchtest.Office())
		done := run(t.Context(), p.options(s))
		p.wait(t, "ready")
		p.master.WriteString(" \r")
		p.wait(t, "DESTROYED")
		p.master.Close()
		<-done
		if c := s.Claims(); len(c) != 0 {
			t.Errorf("claims %v", c)
		}
	})
	t.Run("the context ends it", func(t *testing.T) {
		p, s := newTTY(t), benchtest.New(benchtest.Work())
		ctx, cancel := context.WithCancel(t.Context())
		done := run(ctx, p.options(s))
		p.wait(t, "ERASED")
		cancel()
		if e := <-done; e.err != nil {
			t.Error(e.err)
		}
	})
	t.Run("a terminal without a cursor is refused", func(t *testing.T) {
		o := Options{Getenv: func(string) string { return "dumb" }}
		if _, err := Run(t.Context(), o); err == nil {
			t.Error("TERM=dumb is taken")
		}
	})
}
