package fleet

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"rasure/logs"
	"rasure/logs/durable"
)

// Witnessed is a checkpoint that a station has signed and that does not fit.
type Witnessed struct {
	Kind   Evidence
	ID     string // of the log
	Signed []byte // a signed note
	Path   string
}

// keep keeps a checkpoint as evidence, durable, before the refusal is answered. A station can have only so many kept as it signs.
func (s *Store) keep(st *Station, cp logs.Checkpoint, signed []byte, kind Evidence, r *Refusal) error {
	sum := sha256.Sum256([]byte(cp.Text()))
	name := fmt.Sprintf("%d-%s.%s", cp.Size, hex.EncodeToString(sum[:8]), kind)
	if _, err := os.Lstat(filepath.Join(s.path("evidence", st.ID()), name)); errors.Is(err, fs.ErrNotExist) {
		if err := s.files().WriteFile("evidence/"+st.ID()+"/"+name, signed); err != nil {
			return err
		}
	}
	r.Kept = kind
	return r
}

// doubt distinguishes files that are damaged or cannot be read from a log that the station has signed and that does not verify.
func (s *Store) doubt(st *Station, cp logs.Checkpoint, signed []byte, kind Evidence, err error) error {
	var path *fs.PathError
	switch {
	case errors.Is(err, logs.ErrDamaged):
		return refuse(Inconsistent, err)
	case errors.As(err, &path) || kind == "":
		return err
	}
	return s.keep(st, cp, signed, kind, refuse(Inconsistent, err))
}

// Evidence lists what is kept of a log.
func (s *Store) Evidence(st *Station) (all []Witnessed, err error) {
	dir := s.path("evidence", st.ID())
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, f := range list {
		_, kind, ok := strings.Cut(f.Name(), ".")
		if !ok || strings.HasPrefix(f.Name(), ".") {
			continue
		}
		path := filepath.Join(dir, f.Name())
		signed, err := durable.ReadFile(path, MaxRequest)
		if err != nil {
			return all, err
		}
		all = append(all, Witnessed{Evidence(kind), st.ID(), signed, path})
	}
	return all, err
}

// explain looks again at what was unexplained, now that the mirror has more entries.
func (s *Store) explain(st *Station, state State) error {
	all, err := s.Evidence(st)
	if err != nil {
		return err
	}
	for _, e := range all {
		cp, _, err := logs.OpenCheckpoint(st.Identity, e.Signed)
		if err != nil || e.Kind != Unexplained || cp.Size > state.Size {
			continue
		}
		fits, err := s.was(st, cp)
		if err != nil {
			return err
		}
		if !fits {
			if err := s.keep(st, cp, e.Signed, Fork, &Refusal{}); !errors.As(err, new(*Refusal)) {
				return err
			}
		}
		if err := s.files("evidence", st.ID()).Remove(filepath.Base(e.Path)); err != nil {
			return err
		}
	}
	return nil
}

func isRecord(name string) bool { return strings.HasPrefix(name, "attest/") }
