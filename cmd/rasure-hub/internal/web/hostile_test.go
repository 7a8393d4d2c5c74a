package web_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/hubtest"
	"rasure/cmd/rasure-hub/internal/web"
	"rasure/logs/fleet"
)

// listening serves a hub as the command does.
func listening(t *testing.T, h *hub.Hub, change func(*http.Server)) (address string) {
	t.Helper()
	l := listen(t)
	s := web.New(h).HTTP()
	if change != nil {
		change(s)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(web.Listen(l)) }()
	t.Cleanup(func() { s.Close(); <-ended })
	return l.Addr().String()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	hubtest.Check(t, err)
	return l
}

// from connects from an address of this machine's loopback network.
func from(t *testing.T, ip, to string) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}
	c, err := d.Dial("tcp", to)
	hubtest.Check(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// status asks for /status on a connection of its own.
func status(t *testing.T, ip, to string) int {
	t.Helper()
	c := from(t, ip, to)
	fmt.Fprintf(c, "GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	w, err := http.ReadResponse(bufio.NewReader(c), nil)
	hubtest.Check(t, err)
	defer w.Body.Close()
	return w.StatusCode
}

// TestSlowClients has clients that send slowly, or nothing, or do not read: others are served meanwhile.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	st := hubtest.New(t, "station.example")
	h := hubtest.Open(t, hub.Options{Dir: hubtest.NewDir(t), Stations: hubtest.Roster(t, st)})
	address := listening(t, h, nil)
	for client := range 6 {
		ip := fmt.Sprintf("127.0.1.%d", client+1)
		for i := range 60 { // more in all than are served at once
			c := from(t, ip, address)
			switch i % 3 {
			case 0: // says nothing
			case 1: // a header without an end
				fmt.Fprintf(c, "POST /add-checkpoint HTTP/1.1\r\nHost: x\r\n")
			default: // a body without an end
				fmt.Fprintf(c, "POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nold")
			}
		}
	}
	if got := status(t, "127.0.0.1", address); got != http.StatusOK {
		t.Errorf("status %d", got)
	}
}

// unread is the answer to a client that never reads: to write it takes until the test ends.
type unread struct {
	http.ResponseWriter
	writes chan<- struct{}
	ended  <-chan struct{}
}

func (u unread) Write(p []byte) (int, error) { u.writes <- struct{}{}; <-u.ended; return len(p), nil }

// TestClientsThatNeverRead has more clients than are served at once take no answer; others are answered meanwhile.
func TestClientsThatNeverRead(t *testing.T) {
	t.Parallel()
	s := web.New(hubtest.Open(t, hub.Options{Dir: hubtest.NewDir(t)}))
	writes, ended := make(chan struct{}), make(chan struct{})
	defer close(ended)
	ask := func(w http.ResponseWriter, client int) {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.RemoteAddr = fmt.Sprintf("127.0.2.%d:1", client)
		s.ServeHTTP(w, r)
	}
	for client := range 100 {
		go ask(unread{httptest.NewRecorder(), writes, ended}, client)
		select {
		case <-writes:
		case <-time.After(time.Minute):
			t.Fatalf("client %d is not answered", client)
		}
	}
	w := httptest.NewRecorder()
	if ask(w, 200); w.Code != http.StatusOK {
		t.Errorf("status %d", w.Code)
	}
}

// TestSlowClientIsCutOff has a body that does not end: the time for it is over, and the hub says so.
func TestSlowClientIsCutOff(t *testing.T) {
	t.Parallel()
	h := hubtest.Open(t, hub.Options{Dir: hubtest.NewDir(t)})
	address := listening(t, h, func(s *http.Server) { s.ReadTimeout = time.Millisecond })
	c := from(t, "127.0.0.1", address)
	fmt.Fprintf(c, "POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nold")
	if answer, err := io.ReadAll(c); err != nil || len(answer) > 0 && !strings.Contains(string(answer), " 400 ") {
		t.Errorf("%q, %v", answer, err)
	}
	if s := web.New(h).HTTP(); s.ReadTimeout == 0 || s.ReadHeaderTimeout == 0 || s.IdleTimeout == 0 || s.MaxHeaderBytes == 0 {
		t.Errorf("the server has no limits: %+v", s)
	}
}

// TestConnectionsOfOneClient has one client open more connections than it may: those too many are closed, and others get in.
func TestConnectionsOfOneClient(t *testing.T) {
	t.Parallel()
	h := hubtest.Open(t, hub.Options{Dir: hubtest.NewDir(t)})
	address := listening(t, h, nil)
	var all []net.Conn
	for range 64 {
		all = append(all, from(t, "127.0.3.1", address))
	}
	more := from(t, "127.0.3.1", address)
	fmt.Fprintf(more, "GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if _, err := http.ReadResponse(bufio.NewReader(more), nil); err == nil {
		t.Error("a connection too many is served")
	}
	if got := status(t, "127.0.0.1", address); got != http.StatusOK {
		t.Errorf("another client gets %d", got)
	}
	all[0].Close()
	for { // until the hub has noticed
		c := from(t, "127.0.3.1", address)
		fmt.Fprintf(c, "GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if w, err := http.ReadResponse(bufio.NewReader(c), nil); err == nil {
			w.Body.Close()
			break
		}
	}
}

// TestOneKeyTwoMachines has the key of a station used on two machines, which both push.
func TestOneKeyTwoMachines(t *testing.T) {
	t.Parallel()
	st := hubtest.New(t, "station.example")
	other := st.Copied()
	s := serve(t, st)
	st.Erase("S-1")
	other.Erase("S-2")
	if a, err := s.push(t, st.Submit(0), 1); err != nil || a.Status != fleet.Cosigned {
		t.Fatalf("Push = %+v, %v", a, err)
	}
	for range 3 { // the same again is no second alarm
		if a, err := s.push(t, other.Submit(0), 1); err != nil || a.Status != fleet.Conflict {
			t.Errorf("the other machine: %+v, %v", a, err)
		}
	}
	if all := s.Alarms(); len(all) != 1 || all[0].Kind != "fork" {
		t.Errorf("alarms: %+v", all)
	}
	if all, err := s.Status(); err != nil || len(all[0].Evidence) != 1 || all[0].Size != 3 {
		t.Errorf("Status = %+v, %v", all, err)
	}
}

// TestUnendedRequests has a station that begins requests and ends none: what it uploaded for the older ones is removed.
func TestUnendedRequests(t *testing.T) {
	t.Parallel()
	st := hubtest.New(t, "station.example")
	s := serve(t, st)
	s.fail = func(r *http.Request) bool {
		return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/tile/0/")
	}
	for i := range 5 {
		st.Erase(fmt.Sprintf("S-%d", i))
		if _, err := s.push(t, st.Submit(0), 1); err == nil {
			t.Fatal("a request ended")
		}
	}
	roots, err := os.ReadDir(filepath.Join(s.dir, "incoming", hubtest.Roster(t, st)[0].ID()))
	if err != nil || len(roots) != 1 {
		t.Errorf("%d requests have files, %v", len(roots), err)
	}
}

// TestHostileFiles has what a station may upload that it has signed for: every file changed, cut, or replaced by another.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	st := hubtest.New(t, "station.example")
	st.Erase("S-1")
	s := serve(t, st)
	whole := st.Submit(0)
	for _, name := range []string{"tile/entries/000.p/3", "tile/0/000.p/3", "attest/000.p/3"} {
		for _, c := range []struct {
			what   string
			change func([]byte) []byte
		}{
			{"a flipped bit", func(b []byte) []byte { b[len(b)/2] ^= 1; return b }},
			{"cut", func(b []byte) []byte { return b[:len(b)-1] }},
			{"empty", func([]byte) []byte { return nil }},
			{"longer", func(b []byte) []byte { return append(b, 0) }},
			{"another file", func(b []byte) []byte { return bytes.Repeat([]byte("x"), len(b)) }},
		} {
			dir := filepath.Join(hubtest.Scratch(t), "submission")
			hubtest.Check(t, os.CopyFS(dir, os.DirFS(whole)))
			data, err := os.ReadFile(filepath.Join(dir, name))
			hubtest.Check(t, err)
			hubtest.Check(t, os.WriteFile(filepath.Join(dir, name), c.change(bytes.Clone(data)), 0o644))
			a, err := s.push(t, dir, 1)
			if err == nil && a.Status == fleet.Cosigned {
				t.Fatalf("%s, %s: cosigned", name, c.what)
			}
		}
	}
	if a, err := s.push(t, whole, 1); err != nil || a.Status != fleet.Cosigned {
		t.Errorf("the genuine files afterwards: %+v, %v", a, err)
	}
}
