package hub

import (
	"io/fs"
	"sync"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/roster"
	"rasure/logs"
	"rasure/logs/fleet"
)

// station is a station with what its log says.
type station struct {
	*roster.Station
	id    string
	known *fleet.Station
	h     *Hub

	one sync.Mutex // held by the request that is answered

	mu     sync.Mutex      // guards what follows
	state  *audit.State    // of what was cosigned, or of a request that was not finished; nil: not read yet
	steps  int             // of the counter, when the state was made
	found  int             // problems that were reported
	root   string          // of the request whose files are waited for
	wanted map[string]bool // these files
}

func newStation(h *Hub, r *roster.Station) *station {
	s := &station{Station: r, id: r.ID(), h: h}
	s.known = &fleet.Station{First: r.Pin.Card.First, Identity: r.Identity, Counted: audit.WithRecounts, Judge: s.judge}
	return s
}

// judge verifies everything that is new in a log, and what the rules say of it. Broken rules are findings: they do not keep a log from being cosigned, which
// says only that it grew.
func (s *station) judge(log fs.FS, id logs.Identity, since logs.Checkpoint) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, found := s.state, s.found
	s.state, s.found = nil, 0 // after an error it is of no use
	if state != nil && state.Checkpoint == since && s.steps == len(id.Steps) {
		err = state.Extend(log)
	} else {
		found = 0
		state, err = audit.Replay(log, id, s.Pin.Key, nil, register.New(register.Default(), s.h.o.Now()))
	}
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
	s.state, s.steps, s.found = state, len(id.Steps), found
	return nil
}

// findings are the problems that the state has.
func findings(state *audit.State) (all []Finding) {
	for _, p := range state.Chain.Problems {
		all = append(all, Finding{p.Index, p.Rule, p.Detail})
	}
	for _, w := range state.Chain.Warnings {
		if w.Rule == certify.KeyReused { // an audit objects to it
			all = append(all, Finding{w.Index, w.Rule, w.Detail})
		}
	}
	for _, v := range state.Register.Violations {
		all = append(all, Finding{v.Index, v.Rule, v.Detail})
	}
	return all
}

// Finding is what an audit objects to.
type Finding struct {
	Index  int64        `json:"index"`
	Rule   string       `json:"rule"`
	Detail message.Text `json:"detail"`
}

// report raises an alarm for the findings that are new.
func (s *station) report() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == nil {
		return
	}
	all := findings(s.state)
	for _, f := range all[min(s.found, len(all)):] {
		s.h.alarm("finding", s.Identity.Origin, message.Of("entry %d: %s: %s", f.Index, f.Rule, f.Detail))
	}
	s.found = len(all)
}
