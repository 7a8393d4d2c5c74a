package hub

import (
	"io/fs"
	"sync"

	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/logs"
)

// maxRead is how many states are kept that were read from mirrors. A state that a station's submission made is kept besides.
const maxRead = 4

// readStates are the states that were read last from mirrors, the newest first.
type readStates struct {
	mu  sync.Mutex
	all []readState
}

type readState struct {
	id string
	*audit.State
}

// State calls f with what the log of a station says, as it was cosigned last. f keeps nothing of it. The error is [fs.ErrNotExist] for a
// station that is not in the roster, and for one of which nothing was received. Where nothing was received since the hub was opened, the
// mirror is read and verified first, which takes as long as an audit.
func (h *Hub) State(id string, f func(*audit.State) error) error {
	s := h.byID[id]
	if s == nil {
		return fs.ErrNotExist
	}
	now, err := h.store.State(s.known)
	if err != nil {
		return err
	}
	if now.Size == 0 {
		return fs.ErrNotExist
	}
	if used, err := s.useState(now.Checkpoint, f); used {
		return err
	}
	h.read.mu.Lock()
	defer h.read.mu.Unlock()
	for _, r := range h.read.all {
		if r.id == id && r.Checkpoint == now.Checkpoint {
			return f(r.State)
		}
	}
	state, err := audit.Replay(h.store.Files(id), s.identity(), s.Pin.Key, nil, register.New(register.Default(), h.o.Now()))
	if err != nil {
		return err
	}
	kept := []readState{{id, state}}
	for _, r := range h.read.all {
		if r.id != id && len(kept) < maxRead {
			kept = append(kept, r)
		}
	}
	h.read.all = kept
	return f(state)
}

// useState calls f with the state that the newest submission made, if it is of what was cosigned.
func (s *station) useState(cosigned logs.Checkpoint, f func(*audit.State) error) (used bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == nil || s.state.Checkpoint != cosigned {
		return false, nil
	}
	return true, f(s.state)
}
