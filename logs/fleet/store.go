// Package fleet keeps verified copies of the logs of many stations, and is their witness.
//
// A [Store] is a directory. For each log, which is known by its origin and its first entry, it has a mirror: a plain tiled transparency log
// (c2sp.org/tlog-tiles) with the station's attestations, byte for byte, and next to it the newest checkpoint with the witness's cosignature:
//
//	mirror/ID/tile/...      entries and hashes
//	mirror/ID/attest/...    records of the counter
//	mirror/ID/cosigned      the newest checkpoint, cosigned: what the witness must remember
//	mirror/ID/checkpoint    the same without the cosignature
//	evidence/ID/...         checkpoints that the station has signed and that do not fit
//	lock                    held by the one process that serves
//
// # What is promised
//
// The witness cosigns a checkpoint only if its log began with what was cosigned last, every new entry was verified, and everything is durable: the files
// first, then "cosigned" by one rename. So after kill -9 or a power cut at any call, nothing is lost of what was acknowledged, and no second history
// is cosigned.
//
// This package knows neither TPMs nor certificates: a [Station] says what is verified.
package fleet

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"rasure/cmd/message"
	"rasure/logs"
	"rasure/logs/durable"
)

const (
	cosignedFile   = "cosigned"
	checkpointFile = "checkpoint"
	lockFile       = "lock"
)

// Station is what a store must know of a station's log.
type Station struct {
	First    [32]byte      // what the log is known by besides its origin: the SHA-256 of the text of its first entry
	Identity logs.Identity // as its card has it, without steps of the counter

	// Counted returns the identity with the steps of the counter that the log has. It is called with files that nobody has verified.
	Counted func(log fs.FS, id logs.Identity) (logs.Identity, error)

	// Judge verifies the entries of the log from since on. An error that is not [logs.ErrDamaged] and not of reading says that
	// the station has signed a log with an entry that does not verify.
	Judge func(log fs.FS, id logs.Identity, since logs.Checkpoint) error
}

// ID names the log in the store.
func (s *Station) ID() string { return ID(s.Identity.Origin, s.First) }

// ID names the log of an origin and a first entry in a store.
func ID(origin string, first [32]byte) string {
	sum := sha256.Sum256(append([]byte(origin+"\n"), first[:]...))
	return hex.EncodeToString(sum[:16])
}

// Options are who cosigns.
type Options struct {
	Cosigner *logs.Cosigner
	Sign     func([]byte) ([]byte, error) // with the cosigner's Ed25519 key
	Now      func() time.Time
	Wait     time.Duration // the longest wait for the lock

	// MaxGrowth is how many new entries one request may have; 0 is 1 << 24.
	MaxGrowth int64

	// Fault is asked before every call that changes something, see [durable.Dir]. Tests set it.
	Fault func(call, name string) error
}

// Store is a directory of mirrors that is open. Its methods may be called concurrently.
type Store struct {
	dir     string
	o       Options
	release func() error

	mu   sync.Mutex             // guards busy
	busy map[string]*sync.Mutex // by ID: held by the request that changes that mirror
}

// Open opens a store, and makes its directory if its parent exists. A second process that opens it is refused with [durable.ErrLocked].
func Open(dir string, o Options) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if o.MaxGrowth == 0 {
		o.MaxGrowth = 1 << 24
	}
	s := &Store{dir: dir, o: o, busy: map[string]*sync.Mutex{}}
	files := durable.Open(dir)
	for _, name := range []string{"mirror/README", "evidence/README"} { // so that both directories are there for good
		if err := files.WriteFile(name, []byte(readme)); err != nil {
			return nil, err
		}
	}
	if s.release, err = files.Lock(lockFile, o.Wait); err != nil {
		return nil, err
	}
	return s, nil
}

const readme = "This directory belongs to rasure-hub. mirror/ has a copy of the log of each station, which any C2SP tlog-tiles client can read. evidence/ has\n" +
	"checkpoints that a station has signed and that do not fit its mirror.\n"

// Close releases the lock.
func (s *Store) Close() error { return s.release() }

// Files returns the files of a log's mirror.
func (s *Store) Files(id string) fs.FS { return durable.FS(s.path("mirror", id)) }

func (s *Store) path(kind, id string) string { return filepath.Join(s.dir, kind, id) }

// files opens a directory below the store for writing.
func (s *Store) files(names ...string) *durable.Dir {
	d := durable.Open(filepath.Join(append([]string{s.dir}, names...)...))
	d.Fault = s.o.Fault
	return d
}

// locked runs f while no other request changes the mirror.
func (s *Store) locked(id string, f func() error) error {
	s.mu.Lock()
	m := s.busy[id]
	if m == nil {
		m = &sync.Mutex{}
		s.busy[id] = m
	}
	s.mu.Unlock()
	m.Lock()
	defer m.Unlock()
	return f()
}

// State is what the witness remembers of a log.
type State struct {
	logs.Checkpoint
	Signed []byte    // the checkpoint, cosigned
	At     time.Time // of the cosignature
}

// State returns what was cosigned last, verified: the zero size if nothing was.
func (s *Store) State(st *Station) (State, error) {
	signed, err := logs.ReadCosigned(s.Files(st.ID()))
	if errors.Is(err, fs.ErrNotExist) {
		return State{Checkpoint: logs.Checkpoint{Origin: st.Identity.Origin, Root: sha256.Sum256(nil)}}, nil
	}
	if err != nil {
		return State{}, err
	}
	cp, _, err := logs.OpenCheckpoint(st.Identity, signed)
	if err != nil {
		return State{}, message.Errorf("the state of the witness of %s does not verify: %w", st.Identity.Origin, err)
	}
	at, err := s.o.Cosigner.CosignedAt(signed)
	if err != nil {
		return State{}, message.Errorf("the state of the witness of %s does not verify: %w", st.Identity.Origin, err)
	}
	return State{cp, signed, at}, nil
}

// Mirror opens the mirror of a log as it was cosigned last. Without one the error is [fs.ErrNotExist].
func (s *Store) Mirror(st *Station) (*logs.Snapshot, error) {
	state, err := s.State(st)
	if err != nil {
		return nil, err
	}
	if state.Size == 0 {
		return nil, &fs.PathError{Op: "open", Path: s.path("mirror", st.ID()), Err: fs.ErrNotExist}
	}
	return s.open(st, overlay{s.bare(st, state.Signed), durable.FS(s.path("mirror", st.ID())), s.Files(st.ID())})
}

func (s *Store) open(st *Station, log fs.FS) (*logs.Snapshot, error) {
	id, err := st.Counted(log, st.Identity)
	if err != nil {
		return nil, err
	}
	return logs.ReadSnapshot(log, id)
}

// bare returns a checkpoint with the station's lines only.
func (s *Store) bare(st *Station, signed []byte) []byte {
	text, lines, _ := strings.Cut(string(signed), "\n\n")
	out := text + "\n\n"
	for line := range strings.Lines(lines) {
		if strings.HasPrefix(line, "\u2014 "+st.Identity.Origin+" ") {
			out += line
		}
	}
	return []byte(out)
}
