package jobserver_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/jobserver"
	"rasure/cmd/message"
)

// greeted is a client without manners: it has greeted the server, and the rest is up to the test.
func (m *machine) greeted(s *jobserver.Server) (net.Conn, *bufio.Reader) {
	m.Helper()
	here, there := m.pair()
	m.talk(s, here, there)
	lines := bufio.NewReader(here)
	var hello jobs.Hello
	if err := errors.Join(jobs.WriteLine(here, jobs.Hello{Protocol: jobs.Protocol}), jobs.ReadLine(lines, jobs.MaxReply, &hello)); err != nil || hello.Error != nil {
		m.Fatal(err, hello)
	}
	return here, lines
}

// talk serves a connection until the test ends.
func (m *machine) talk(s *jobserver.Server, here, there net.Conn) (ended <-chan error) {
	over := make(chan error, 1)
	done := make(chan struct{})
	go func() { over <- s.ServeConn(context.Background(), there); close(done) }()
	m.Cleanup(func() { here.Close(); <-done })
	return over
}

// An old screen meets a new server, and the reverse: both say which versions they are.
func TestVersions(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	s := m.serve(nil)
	for _, greeting := range []string{`{"rasure-jobs":2,"version":"0.9.0"}`, `{"rasure-jobs":2,"version":"0.9.0","lang":"xx","new":[1]}`} {
		here, there := m.pair()
		m.talk(s, here, there)
		fmt.Fprintln(here, greeting)
		var hello jobs.Hello
		if err := jobs.ReadLine(bufio.NewReader(here), jobs.MaxReply, &hello); err != nil || hello.Error == nil || hello.Error.Code != fault.Refused || hello.Error.Hint == "" ||
			!strings.Contains(hello.Error.Text, "rasure 0.1.0 and speaks version 1 ") || !strings.Contains(hello.Error.Text, "rasure 0.9.0 and speaks version 2") {
			t.Errorf("%s: %+v, %v", greeting, hello, err)
		}
		if _, err := here.Read(make([]byte, 1)); err == nil {
			t.Errorf("%s: the connection goes on", greeting)
		}
	}
	for greeting, want := range map[string]string{
		`{"rasure-jobs":2,"version":"0.9.0"}`:                                     "the job server is rasure 0.9.0 and speaks version 2 of its protocol; this program is rasure 0.1.0 and speaks version 1",
		`{"rasure-jobs":1,"version":"0.9.0","error":{"code":4,"text":"not you"}}`: "not you",
		`hello`: "malformed line",
		"":      "greeting the job server",
	} {
		here, there := m.pair()
		go func() {
			there.Read(make([]byte, 1000))
			io.WriteString(there, greeting+"\n")
			there.Close()
		}()
		_, err := jobs.NewClient(t.Context(), here, message.English, "0.1.0")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", greeting, err, want)
		}
		if newer := new(jobs.VersionError); errors.As(err, &newer) != strings.Contains(greeting, "jobs\":2") {
			t.Errorf("%s: %T", greeting, err)
		}
	}
}

// A scan of 10,000 characters is a wrong word. A line of 2 MiB is no line.
func TestLongLines(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.plug("sda", "S1", false)
	s := m.serve(nil)
	c := m.connect(s)
	b := prepare(t, c, jobs.Options{}, "sda")
	if _, err := b.Confirm(t.Context(), strings.Repeat("9", 10_000), jobs.Scanned); fault.Code(err) != fault.Refused {
		t.Errorf("a long scan: %v", err)
	}
	if i, err := b.Confirm(t.Context(), "S1", jobs.Scanned); i != 0 || err != nil {
		t.Errorf("after it: %d, %v", i, err)
	}
	here, lines := m.greeted(s)
	go fmt.Fprintf(here, "{\"id\":1,\"call\":\"stop\",\"word\":\"%s\"}\n", strings.Repeat("9", 2<<20))
	var r jobs.Reply
	if err := jobs.ReadLine(lines, jobs.MaxReply, &r); err != nil || r.ID != 0 || r.Error == nil || !strings.Contains(r.Error.Text, "longer than 1048576 bytes") {
		t.Errorf("the server says %+v, %v", r, err)
	}
	if err := jobs.ReadLine(lines, jobs.MaxReply, &r); err == nil {
		t.Error("the connection goes on")
	}
}

// What a client leaves behind that was killed: nothing is held, and the server serves others.
func TestClientKilled(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]func(t *testing.T, m *machine, s *jobserver.Server){
		"in the middle of a line": func(t *testing.T, m *machine, s *jobserver.Server) {
			here, _ := m.greeted(s)
			io.WriteString(here, `{"id":1,"call":"prep`)
			here.Close()
		},
		"while disks are prepared": func(t *testing.T, m *machine, s *jobserver.Server) {
			opening, goOn := make(chan struct{}), make(chan struct{})
			m.mu.Lock()
			m.opens = func() {
				close(opening)
				<-goOn
			}
			m.mu.Unlock()
			here, _ := m.greeted(s)
			io.WriteString(here, `{"id":1,"call":"prepare","requests":[{"disk":"sda"}]}`+"\n")
			<-opening
			here.Close()
			close(goOn)
		},
		"with disks that are prepared and confirmed": func(t *testing.T, m *machine, s *jobserver.Server) {
			here, lines := m.greeted(s)
			var r jobs.Reply
			for _, line := range []string{`{"id":1,"call":"prepare","requests":[{"disk":"sda"}]}`, `{"id":2,"call":"confirm","batch":1,"word":"S1"}`} {
				fmt.Fprintln(here, line)
				if err := jobs.ReadLine(lines, jobs.MaxReply, &r); err != nil || r.Error != nil {
					t.Fatalf("%+v, %v", r, err)
				}
			}
			io.WriteString(here, `{"id":3,"call":"conf`)
			here.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.plug("sda", "S1", false)
			s := m.serve(nil)
			kill(t, m, s)
			c := m.connect(s)
			for end := time.Now().Add(time.Minute); ; { // the server notices the end of a connection a moment later
				b := prepare(t, c, jobs.Options{}, "sda")
				err := b.(jobs.Follower).Refused(0)
				b.Close()
				if err == nil {
					break
				}
				if time.Now().After(end) {
					t.Fatal(err)
				}
				time.Sleep(time.Millisecond)
			}
			if !has(m.drives["sda"], "secret") {
				t.Error("the disk was erased")
			}
		})
	}
}

// A client that does not read is dropped, and nobody waits for it.
func TestClientDoesNotRead(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	s := m.serve(func(o *jobserver.Options) { o.Patience = 20 * time.Millisecond })
	here, there := net.Pipe() // without buffers
	ended := m.talk(s, here, there)
	lines := bufio.NewReader(here)
	var hello jobs.Hello
	if err := errors.Join(jobs.WriteLine(here, jobs.Hello{Protocol: jobs.Protocol}), jobs.ReadLine(lines, jobs.MaxReply, &hello), jobs.WriteLine(here, jobs.Call{ID: 1, Call: jobs.CallWatch})); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "the client does not read") {
		t.Errorf("ServeConn() = %v", err)
	}
}

// asUser, if it is set, makes this test a process of another user: it says what came of connecting to a server, or is one.
const asUser = "JOBSERVER_TEST_AS_USER"

func TestMain(m *testing.M) {
	switch what, dir, _ := strings.Cut(os.Getenv(asUser), " "); what {
	case "dial":
		c, err := jobs.Dial(context.Background(), dir, message.English, "test")
		if err == nil {
			c.Close()
		}
		fmt.Println(err)
	case "listen":
		l, err := net.Listen("unix", filepath.Join(dir, jobs.SocketFile))
		fmt.Println(err)
		if err == nil {
			l.Accept()
			l.Close()
		}
	default:
		os.Exit(m.Run())
	}
}
