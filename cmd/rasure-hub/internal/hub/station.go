package hub

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/roster"
	"rasure/logs"
	"rasure/logs/durable"
	"rasure/logs/fleet"
)

// station is a station with what its log says.
type station struct {
	*roster.Station
	id    string
	known *fleet.Station
	h     *Hub
	memo  *memo // nil if the log has no counter

	one sync.Mutex // held by the request that is answered

	mu     sync.Mutex      // guards what follows
	judged *audit.State    // by the request that is answered
	root   string          // of the request whose files are waited for
	wanted map[string]bool // these files
}

func newStation(h *Hub, r *roster.Station) *station {
	s := &station{Station: r, id: r.ID(), h: h}
	id := r.Identity
	if id.Counter != nil {
		s.memo = newMemo(id.Counter)
		id.Counter = s.memo
	}
	s.known = &fleet.Station{First: r.Pin.Card.First, Identity: id, Counted: audit.WithRecounts, Judge: s.judge}
	return s
}

// judge verifies everything that is new in a log, and what the rules say of it. Broken rules are findings: they do not keep a log from being cosigned, which
// says only that it grew.
func (s *station) judge(log fs.FS, id logs.Identity, since logs.Checkpoint) error {
	state, err := s.replay(log, id, since)
	if err != nil {
		return err
	}
	first, err := state.Log.Entry(0)
	if err != nil {
		return err
	}
	if certify.TextSHA256(first) != s.Pin.Card.First {
		return message.New("the log does not begin with the station card of the roster")
	}
	s.mu.Lock()
	s.judged = state
	s.mu.Unlock()
	return nil
}

// replay returns what a log says. What it said when it was as since is taken from a file, if there is one: a state of 100,000 entries needs 100 MB, so it is
// not kept in memory between requests.
func (s *station) replay(log fs.FS, id logs.Identity, since logs.Checkpoint) (*audit.State, error) {
	empty := func() *register.Register { return register.New(register.Default(), s.h.o.Now()) }
	if cache, err := durable.ReadFile(s.cachePath(), maxCache); err == nil {
		state, err := audit.Restore(log, id, s.Pin.Key, cache, s.h.keys.Verifier, s.program(id), empty())
		if err == nil && state.Checkpoint.Size <= since.Size {
			return state, state.Extend(log)
		}
	}
	return audit.Replay(log, id, s.Pin.Key, nil, empty())
}

const maxCache = 1 << 30 // bytes; a log of a million entries has 200 MB

func (s *station) cachePath() string { return filepath.Join(s.h.o.Dir, "states", s.id) }

// keep writes the state of what was cosigned to a file. It is a cache, so an error is only logged. A state with broken rules is not kept: its log is
// read again.
func (s *station) keep(state *audit.State, id logs.Identity) {
	cache, err := state.Cache(s.program(id), s.h.keys.Log)
	if err == nil {
		err = s.h.files().WriteFile("states/"+s.id, cache)
	}
	if err != nil {
		s.h.o.Log.Info("not cached", "station", s.Identity.Origin, "why", err)
	}
}

// program says which program made a state, and of which counter: another one may judge by other rules.
func (s *station) program(id logs.Identity) string {
	return fmt.Sprintf("rasure-hub %s, %d steps", thisProgram(), len(id.Steps))
}

// thisProgram is the SHA-256 of the program that runs. If it cannot be read, that is a text that no other run has: what others have made is made again.
var thisProgram = sync.OnceValue(func() string {
	path, err := os.Executable()
	if err != nil {
		return rand.Text()
	}
	program, err := os.ReadFile(path)
	if err != nil {
		return rand.Text()
	}
	sum := sha256.Sum256(program)
	return hex.EncodeToString(sum[:])
})

// State returns what the log of a station says, as it was cosigned last. It takes as long as an audit of the log if there is no cache of it. The error is
// [fs.ErrNotExist] if nothing was received.
func (h *Hub) State(id string) (*audit.State, error) {
	s := h.byID[id]
	if s == nil {
		return nil, fs.ErrNotExist
	}
	mirror, err := h.store.Mirror(s.known)
	if err != nil {
		return nil, err
	}
	return s.replay(h.store.Files(id), mirror.Identity(), mirror.Checkpoint())
}
