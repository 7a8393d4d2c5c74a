package web_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"github.com/transparency-dev/witness/persistence/inmemory"
	"github.com/transparency-dev/witness/witness"
	"golang.org/x/mod/sumdb/note"

	stationside "rasure/cmd/internal/witness"
	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/hubtest"
	"rasure/cmd/rasure-hub/internal/push"
	"rasure/cmd/rasure-hub/internal/web"
	"rasure/logs"
	"rasure/logs/fleet"
)

// served is a hub behind HTTP. break, if it is set, breaks a request.
type served struct {
	*hub.Hub
	dir    string
	server *httptest.Server
	fail   func(*http.Request) bool
	seen   []string // method and path of what was answered
}

func serve(t *testing.T, stations ...*hubtest.Station) *served {
	t.Helper()
	s := &served{dir: hubtest.NewDir(t)}
	s.Hub = hubtest.Open(t, hub.Options{Dir: s.dir, Stations: hubtest.Roster(t, stations...)})
	handler := web.New(s.Hub)
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.fail != nil && s.fail(r) {
			panic(http.ErrAbortHandler) // cuts the connection
		}
		s.seen = append(s.seen, r.Method+" "+r.URL.Path)
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.server.Close)
	return s
}

func (s *served) push(t *testing.T, dir string, tries int) (hub.Answer, error) {
	t.Helper()
	c := &push.Client{HTTP: s.server.Client(), URL: s.server.URL, Tries: tries, Sleep: func(context.Context, time.Duration) error { return nil }}
	return c.Push(context.Background(), dir)
}

func TestPush(t *testing.T) {
	t.Parallel()
	st := hubtest.New(t, "station.example")
	st.Erase("S-1")
	backup := st.Copied()
	s := serve(t, st)
	dir := st.Submit(0)

	// Every second connection is cut, and then the whole push: the next one sends only what is missing.
	n := 0
	s.fail = func(*http.Request) bool { n++; return n%2 == 0 || n > 6 }
	if _, err := s.push(t, dir, 3); err == nil {
		t.Fatal("a push was done over a connection that was cut")
	}
	s.fail, s.seen = nil, nil
	a, err := s.push(t, dir, 1)
	if err != nil || a.Err != nil || a.Status != fleet.Cosigned {
		t.Fatalf("Push = %+v, %v", a, err)
	}
	if len(s.seen) >= 6 { // POST, three files, POST, GET
		t.Errorf("the second push sent everything again: %q", s.seen)
	}
	answer, err := os.ReadFile(filepath.Join(dir, stationside.AnswerFile))
	hubtest.Check(t, err)
	if _, _, err := logs.OpenCosigned(st.ID, answer, s.Keys().Cosigner); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(filepath.Join(s.dir, "incoming")); err != nil || len(left) != 1 {
		t.Errorf("%d files are left, %v", len(left), err)
	}

	st.Erase("S-2")
	if a, err := s.push(t, st.Submit(3), 1); err != nil || a.Status != fleet.Cosigned {
		t.Errorf("Push = %+v, %v", a, err)
	}
	rolled := backup.Submit(3)
	a, err = s.push(t, rolled, 1)
	if err != nil || a.Status != fleet.Conflict || !strings.Contains(a.Err.Error(), "5") {
		t.Errorf("rolled back: %+v, %v", a, err)
	}
	if _, _, err := stationside.Receive(backup.Log.Snapshot(), hubtest.Scratch(t), backup.Dir, a.Signed, s.Keys().Cosigner); err == nil {
		t.Error("the station that was rolled back takes the answer")
	}
	var metrics bytes.Buffer
	hubtest.Check(t, s.WriteMetrics(&metrics))
	for _, want := range []string{"rasure_hub_entries_total 5", `rasure_hub_answers_total{status="409"} 1`, `rasure_hub_station_size{station="station.example"} 5`} {
		if !strings.Contains(metrics.String(), want) {
			t.Errorf("the metrics lack %s:\n%s", want, metrics.String())
		}
	}
}

func TestHostile(t *testing.T) {
	t.Parallel()
	st := hubtest.New(t, "station.example")
	s := serve(t, st)
	send := func(method, path string, body io.Reader) int {
		r, err := http.NewRequest(method, s.server.URL+path, body)
		hubtest.Check(t, err)
		w, err := s.server.Client().Do(r)
		hubtest.Check(t, err)
		w.Body.Close()
		return w.StatusCode
	}
	id, root := strings.Repeat("a", 32), strings.Repeat("b", 64)
	for _, c := range []struct {
		name, method, path string
		body               io.Reader
		want               int
	}{
		{"not a request", "POST", "/add-checkpoint", strings.NewReader("x"), 400},
		{"a body that is too long", "POST", "/add-checkpoint", bytes.NewReader(make([]byte, fleet.MaxRequest+1)), 413},
		{"an endless body", "POST", "/add-checkpoint", io.LimitReader(endless{}, 1<<30), 413},
		{"a station that is not known", "POST", "/add-checkpoint", strings.NewReader("old 0\n\nx\n"), 404},
		{"a file that nobody wants", "PUT", "/files/" + id + "/" + root + "/tile/0/000", strings.NewReader("x"), 404},
		{"a path that leads out", "PUT", "/files/" + id + "/" + root + "/..%2f..%2fx", strings.NewReader("x"), 404},
		{"an endless file that nobody wants", "PUT", "/files/" + id + "/" + root + "/tile/0/000", io.LimitReader(endless{}, 1<<30), 404},
		{"no such log", "GET", "/cosigned/../../etc/passwd", nil, 404},
		{"no such kind", "GET", "/find?kind=x&value=y", nil, 400},
		{"another method", "DELETE", "/status", nil, 405},
	} {
		if got := send(c.method, c.path, c.body); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	if a, err := s.push(t, st.Submit(0), 1); err != nil || a.Status != fleet.Cosigned {
		t.Errorf("afterwards: %+v, %v", a, err)
	}
	for path, want := range map[string]int{"/status": 200, "/alarms": 200, "/metrics": 200, "/find?kind=kind&value=station": 200} {
		if got := send("GET", path, nil); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestCheckListen(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{"127.0.0.1:8080": true, "[::1]:8080": true, "localhost:8080": true, ":8080": false, "0.0.0.0:8080": false, "192.0.2.1:8080": false} {
		if got := web.CheckListen(address, false) == nil; got != want {
			t.Errorf("%s without TLS: %v", address, got)
		}
		if err := web.CheckListen(address, true); err != nil {
			t.Errorf("%s with TLS: %v", address, err)
		}
	}
}

// verifierOf is the station's key as other C2SP tools take it.
func verifierOf(t *testing.T, s *hubtest.Station) note.Verifier {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&s.Key.PublicKey)
	hubtest.Check(t, err)
	sum := sha256.Sum256(der)
	v, err := fnote.NewVerifier(fmt.Sprintf("%s+%08x+%s", s.Name, binary.BigEndian.Uint32(sum[:]), base64.StdEncoding.EncodeToString(append([]byte{2}, der...))))
	hubtest.Check(t, err)
	return v
}

// TestOtherWitness has transparency-dev/witness answer what a station submits, and expects the same of it as of our own.
func TestOtherWitness(t *testing.T) {
	t.Parallel()
	st := hubtest.New(t, "station.example")
	st.Erase("S-1")
	backup, fork := st.Copied(), st.Copied()
	secret, _, err := note.GenerateKey(rand.Reader, "other.example")
	hubtest.Check(t, err)
	signer, err := fnote.NewSignerForCosignatureV1(secret)
	hubtest.Check(t, err)
	verifier := verifierOf(t, st)
	other, err := witness.New(context.Background(), witness.Opts{Persistence: inmemory.New(), Signers: []note.Signer{signer},
		VerifierForLog: func(_ context.Context, origin string) (note.Verifier, bool, error) {
			return verifier, origin == st.Name, nil
		}})
	hubtest.Check(t, err)
	theirs := httptest.NewServer(http.HandlerFunc(witness.NewHTTPHandler(other).AddCheckpoint))
	t.Cleanup(theirs.Close)
	ours := hubtest.Open(t, hub.Options{Dir: hubtest.NewDir(t), Stations: hubtest.Roster(t, st)})
	ask := func(what string, s *hubtest.Station, since int64) {
		t.Helper()
		w, err := theirs.Client().Post(theirs.URL, "text/plain", bytes.NewReader(s.Body(since)))
		hubtest.Check(t, err)
		defer w.Body.Close()
		text, err := io.ReadAll(w.Body)
		hubtest.Check(t, err)
		a, err := ours.Receive(context.Background(), s.Body(since), s.Files())
		hubtest.Check(t, err)
		if w.StatusCode != int(a.Status) {
			t.Errorf("%s: they answer %d %q, we %d (%v)", what, w.StatusCode, text, a.Status, a.Err)
		}
	}
	ask("the first", st, 0)
	ask("the same again", st, 3)
	st.Erase("S-2")
	ask("more", st, 3)
	ask("rolled back", backup, 3)
	ask("from the wrong size", st, 3)
	fork.Erase("S-3")
	fork.Erase("S-4")
	ask("another history", fork, 5)
	ask("another name", hubtest.New(t, "nobody.example"), 0)
}

// TestFsck has tessera/fsck check a mirror and the fleet log. With fewer workers than files fsck v1.0.4 waits for ever after its first finding.
func TestFsck(t *testing.T) {
	t.Parallel()
	st := hubtest.New(t, "station.example")
	for i := range 130 {
		st.Erase(fmt.Sprintf("S-%d", i))
	}
	roster := hubtest.Roster(t, st)
	dir := hubtest.NewDir(t)
	h, err := hub.Open(context.Background(), hub.Options{Dir: dir, Stations: roster})
	hubtest.Check(t, err)
	a, err := h.Receive(context.Background(), st.Body(0), st.Files())
	if err != nil || a.Status != fleet.Cosigned {
		t.Fatalf("Receive = %+v, %v", a, err)
	}
	k := h.Keys()
	hubtest.Check(t, h.Close())
	hashes := func(bundle []byte) ([][]byte, error) {
		var b api.EntryBundle
		if err := b.UnmarshalText(bundle); err != nil {
			return nil, err
		}
		var all [][]byte
		for _, e := range b.Entries {
			all = append(all, rfc6962.DefaultHasher.HashLeaf(e))
		}
		return all, nil
	}
	check := func(dir, origin string, v note.Verifier) error {
		return fsck.New(origin, v, client.FileFetcher{Root: dir}, hashes, fsck.Opts{N: 32}).Check(context.Background())
	}
	mirror := filepath.Join(dir, "store", "mirror", roster[0].ID())
	hubtest.Check(t, check(mirror, st.Name, verifierOf(t, st)))
	log, err := note.NewVerifier(k.LogKey)
	hubtest.Check(t, err)
	hubtest.Check(t, check(filepath.Join(dir, "fleet"), k.Origin, log))
	data, err := os.ReadFile(filepath.Join(mirror, "tile/entries/000"))
	hubtest.Check(t, err)
	data[100] ^= 1
	hubtest.Check(t, os.WriteFile(filepath.Join(mirror, "tile/entries/000"), data, 0o644))
	if err := check(mirror, st.Name, verifierOf(t, st)); err == nil {
		t.Error("fsck accepts a flipped bit")
	}
}
