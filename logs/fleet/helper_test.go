package fleet_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/mod/sumdb/note"

	"rasure/logs"
	"rasure/logs/durable"
	"rasure/logs/fleet"
)

const origin = "station7.archive.example"

// counter is a counter in memory, and the signer and verifier of lines that attest it.
type counter struct {
	v   uint64
	key ed25519.PrivateKey
}

func (c *counter) Read() (uint64, error)      { return c.v, nil }
func (c *counter) Increment() (uint64, error) { c.v++; return c.v, nil }
func (c *counter) Name() string               { return origin }
func (c *counter) KeyHash() uint32            { return 0xc0ffee }

func (c *counter) Sign(msg []byte) ([]byte, error) {
	value := binary.BigEndian.AppendUint64(nil, c.v)
	return append(value, ed25519.Sign(c.key, append(value, msg...))...), nil
}

func (c *counter) Verify(msg, sig []byte) bool {
	return len(sig) == 72 && ed25519.Verify(c.key.Public().(ed25519.PublicKey), append(sig[:8:8], msg...), sig[8:])
}

func (c *counter) Counter(sig []byte) (uint64, error) { return binary.BigEndian.Uint64(sig), nil }
func (c *counter) RecordSize() int                    { return 72 }
func (c *counter) Record(sig []byte) ([]byte, error)  { return sig, nil }
func (c *counter) Line(record []byte) ([]byte, error) { return record, nil }

// station is a station with its log.
type station struct {
	t       testing.TB
	dir     string
	o       logs.Options
	counter *counter
	log     *logs.Log
}

func scratch(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "fleet-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newStation makes a station whose log has n entries.
func newStation(t testing.TB, n int) *station {
	t.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, origin)
	check(t, err)
	signer, err := note.NewSigner(secret)
	check(t, err)
	verifier, err := note.NewVerifier(public)
	check(t, err)
	c := &counter{v: 40, key: ed25519.NewKeyFromSeed(make([]byte, 32))}
	s := &station{t: t, dir: filepath.Join(scratch(t), "log"), counter: c, o: logs.Options{Signers: []note.Signer{signer, c}, Counter: c,
		Identity: logs.Identity{Origin: origin, Log: verifier, Counter: c, Records: c, Base: 40}}}
	s.log, err = logs.Create(s.dir, s.o)
	check(t, err)
	s.add(n, "")
	return s
}

func (s *station) add(n int, text string) {
	s.t.Helper()
	for range n {
		_, err := s.log.Append(fmt.Appendf(nil, "entry %d %s", s.log.Size(), text))
		check(s.t, err)
	}
}

// copied is the station with the files and the counter that it has now.
func (s *station) copied() *station {
	s.t.Helper()
	c := *s.counter
	o := s.o
	o.Counter, o.Identity.Counter, o.Records, o.Signers = &c, &c, &c, []note.Signer{s.o.Signers[0], &c}
	other := &station{t: s.t, dir: filepath.Join(scratch(s.t), "log"), counter: &c, o: o}
	check(s.t, os.CopyFS(other.dir, os.DirFS(s.dir)))
	var err error
	other.log, err = logs.Open(other.dir, o)
	check(s.t, err)
	return other
}

var errBadEntry = errors.New("the entry is bad")

// known is what a store knows of it. An entry with "bad" in it does not verify.
func (s *station) known() *fleet.Station {
	return &fleet.Station{First: sha256.Sum256([]byte("entry 0 ")), Identity: s.o.Identity,
		Counted: func(_ fs.FS, id logs.Identity) (logs.Identity, error) { return id, nil },
		Judge: func(log fs.FS, id logs.Identity, since logs.Checkpoint) error {
			snapshot, err := logs.ReadSnapshot(log, id)
			if err != nil {
				return err
			}
			for e, err := range snapshot.Entries(since.Size) {
				if err != nil {
					return err
				}
				if strings.Contains(string(e.Data), "bad") {
					return errBadEntry
				}
			}
			return nil
		}}
}

// request starts from a size.
func (s *station) request(old int64) fleet.Request {
	s.t.Helper()
	snapshot := s.log.Snapshot()
	p, err := snapshot.ProveConsistency(old)
	check(s.t, err)
	return fleet.Request{Old: old, Proof: p, Checkpoint: snapshot.Signed()}
}

func (s *station) files() fs.FS { return durable.FS(s.dir) }

var none = fstest.MapFS{}

// hub is the key of a witness.
var hubKey = ed25519.NewKeyFromSeed([]byte(strings.Repeat("h", 32)))

func options(t testing.TB) fleet.Options {
	t.Helper()
	c, err := logs.NewCosigner("hub.example", hubKey.Public().(ed25519.PublicKey))
	check(t, err)
	now := time.Unix(1_800_000_000, 0)
	return fleet.Options{Cosigner: c, Now: func() time.Time { return now }, Sign: func(msg []byte) ([]byte, error) { return ed25519.Sign(hubKey, msg), nil }}
}

func openStore(t testing.TB, dir string, o fleet.Options) *fleet.Store {
	t.Helper()
	s, err := fleet.Open(dir, o)
	check(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}
