package station

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"rasure/certify/audit"
	"rasure/certify/people"
	"rasure/certify/register"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs"
)

// longLog is from how many entries on a caller learns that the log is being read: so many take two cores about a second.
const longLog = 10_000

// known is the state of the log when it was read. The register judges the dates of acts by the time when it was made, so that it is
// made again, and not extended, when it is older than fresh.
type known struct {
	*audit.State
	at time.Time
}

// fresh is less than the register's tolerance for the clocks of others.
const fresh = time.Minute

// State returns what the log says, by the station's own policy. It reads only what was appended since the last call, if that was
// less than a minute ago. Nothing may be added to the register that it returns. A later call adds to it: where several goroutines use the
// station, see [Station.View].
func (s *Station) State() (*audit.State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stateNow()
}

// View calls f with the [Station.State], which nobody extends meanwhile. f must not use the station.
func (s *Station) View(f func(*audit.State) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, err := s.stateNow()
	if err != nil {
		return err
	}
	return f(state)
}

func (s *Station) stateNow() (*audit.State, error) {
	if k := s.known; k != nil && time.Since(k.at) < fresh {
		if now, err := logs.ReadCheckpoint(s.FS(), s.id); err == nil && now == k.Checkpoint {
			return k.State, nil
		}
		if err := k.Extend(s.FS()); err != nil {
			s.known = nil
			return nil, message.Errorf("%s: %w", s.Path(LogDir), err)
		}
		if err := s.understands(k.State); err != nil {
			s.known = nil
			return nil, err
		}
		return k.State, nil
	}
	p, err := Policy(s.dir, s.o.Policy)
	if err != nil {
		return nil, err
	}
	cache := s.readCache()
	cached, _ := s.cached(cache)
	if n := s.log.Size() - cached.Size; n >= longLog && s.o.Replaying != nil {
		s.o.Replaying(n)
	}
	k := &known{at: time.Now()}
	if k.State, _, err = audit.ReplayCached(s.FS(), s.id, s.public, cache, s.programOf(cache), p, Now()); err != nil {
		return nil, message.Errorf("%s: %w", s.Path(LogDir), err)
	}
	if err := s.understands(k.State); err != nil {
		return nil, err
	}
	s.known = k
	s.writeCache(k.State, cached.Size)
	return k.State, nil
}

// understands refuses a log with an entry of a newer version: it may withdraw or change what this one would rely on.
func (s *Station) understands(state *audit.State) error {
	all := state.NotUnderstood()
	if len(all) == 0 {
		return nil
	}
	return fault.WithHint(message.Errorf("%s: entry %d: %v", s.Path(LogDir), all[0].Index, all[0].Detail), "install the version of rasure that wrote it")
}

// Policy reads the rules of the station in dir: those of the file that is named, which must be there; without a name its own, or else those
// that rasure comes with.
func Policy(dir, named string) (*register.Policy, error) {
	path := named
	if named == "" {
		path = dir + "/" + PolicyFile
	}
	text, err := os.ReadFile(path)
	if named == "" && errors.Is(err, fs.ErrNotExist) {
		return register.Default(), nil
	}
	if err != nil {
		return nil, message.Errorf("reading the policy: %w", err)
	}
	p, err := register.ParsePolicy(text)
	if err != nil {
		return nil, message.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// Roster returns the newest roster of the log; nil if there is none.
func (s *Station) Roster() (r *people.Roster, err error) {
	err = s.View(func(state *audit.State) error {
		r = state.Rosters.At(state.Checkpoint.Size)
		return nil
	})
	return r, err
}

// CheckRoster returns why a roster may not be the next entry of the log.
func CheckRoster(state *audit.State, signed []byte) error { return state.CheckRoster(signed) }
