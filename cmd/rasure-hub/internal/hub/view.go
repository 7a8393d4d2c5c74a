package hub

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/terms"
	"rasure/logs"
	"rasure/logs/durable"
	"rasure/logs/fleet"
)

// Status is what a hub knows of a station. It is what JSON and pages show.
type Status struct {
	ID       string     `json:"id"`
	Station  string     `json:"station"`
	Claims   string     `json:"assurance"`
	Size     int64      `json:"entries"`
	Cosigned *time.Time `json:"cosigned,omitempty"` // when new entries were received last
	Overdue  bool       `json:"overdue"`            // no new entries for longer than the roster allows
	Evidence []string   `json:"evidence"`           // files of checkpoints that do not fit
	Findings []Finding  `json:"findings"`           // of what was received since the hub was opened, and all before it
}

// Status says how the stations are, in the order of the roster.
func (h *Hub) Status() ([]Status, error) {
	all := []Status{}
	for _, s := range h.stations {
		state, err := h.store.State(s.known)
		if err != nil {
			return nil, err
		}
		kept, err := h.store.Evidence(s.known)
		if err != nil {
			return nil, err
		}
		st := Status{ID: s.id, Station: s.Identity.Origin, Claims: s.Pin.Card.Station.Assurance, Size: state.Size, Evidence: []string{}, Findings: []Finding{}}
		if state.Size > 0 {
			at := state.At
			st.Cosigned = &at
			st.Overdue = h.o.Now().Sub(at) > time.Duration(s.AlarmDays)*24*time.Hour
		}
		for _, e := range kept {
			st.Evidence = append(st.Evidence, e.Path)
		}
		s.mu.Lock()
		if s.state != nil && s.state.Checkpoint == state.Checkpoint {
			st.Findings = append(st.Findings, findings(s.state)...)
		}
		s.mu.Unlock()
		all = append(all, st)
	}
	return all, nil
}

// CheckSeen raises an alarm for each station that has sent nothing new for too long.
func (h *Hub) CheckSeen() error {
	all, err := h.Status()
	for _, s := range all {
		if s.Overdue {
			h.alarm("not-seen", s.Station, message.Of("no new entries since %s", s.Cosigned.Format(time.RFC3339)))
		}
	}
	return err
}

func (h *Hub) index(s *station) *fleet.Index {
	return fleet.OpenIndex(filepath.Join(h.o.Dir, "index", s.id))
}

// reindex adds to the index what the mirror has beyond it, and looks at the other stations for the same numbers and serial numbers.
func (h *Hub) reindex(s *station, state fleet.State) error {
	x := h.index(s)
	from, err := x.Size()
	if err != nil || from >= state.Size {
		return err
	}
	rows, shared, err := h.rows(s, from)
	if err != nil {
		return err
	}
	if err := x.Add(state.Size, rows); err != nil {
		return err
	}
	for _, t := range fleet.SortTerms(shared) {
		others, err := h.elsewhere(s, t)
		if err != nil {
			return err
		}
		for _, o := range others {
			h.alarm("two-stations", s.Identity.Origin, message.Of("the %s %s is in the log of %s too", t.Kind, t.Value, o))
		}
	}
	return nil
}

// rows are the rows of the entries of the mirror from an index on. shared are the terms that no two stations should have.
func (h *Hub) rows(s *station, from int64) (rows *fleet.Rows, shared []fleet.Term, err error) {
	rows = &fleet.Rows{}
	mirror, err := h.store.Mirror(s.known)
	if errors.Is(err, fs.ErrNotExist) {
		return rows, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	for e, err := range mirror.Entries(from) {
		if err != nil {
			return nil, nil, err
		}
		all := terms.Of(e.Data)
		rows.Add(e.Index, all)
		for _, t := range all {
			if t.Kind == terms.Number || t.Kind == terms.Serial {
				shared = append(shared, t)
			}
		}
	}
	return rows, shared, nil
}

// elsewhere names the other stations whose log has a term.
func (h *Hub) elsewhere(s *station, t fleet.Term) (names []string, err error) {
	for _, o := range h.stations {
		if o == s {
			continue
		}
		found, err := h.entries(o, t, 1)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			names = append(names, o.Identity.Origin)
		}
	}
	return names, nil
}

// entries reads the entries of a station that have a term, at most limit.
func (h *Hub) entries(s *station, t fleet.Term, limit int) (all []logs.Entry, err error) {
	found, err := h.index(s).Find(t)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	mirror, err := h.store.Mirror(s.known)
	if err != nil {
		return nil, err
	}
	for _, index := range found {
		if index >= mirror.Size() || len(all) == limit {
			break
		}
		data, err := mirror.Entry(index)
		if err != nil {
			return nil, err
		}
		if slices.Contains(terms.Of(data), t) { // two terms can have one row
			all = append(all, logs.Entry{Index: index, Data: data})
		}
	}
	return all, nil
}

// Found is an entry that has a term, with the proof that it is in its station's log, under the checkpoint that the hub has cosigned.
type Found struct {
	Station string `json:"station"`
	ID      string `json:"id"`
	Index   int64  `json:"index"`
	Kind    string `json:"kind"`
	Entry   []byte `json:"entry"`
	Proof   []byte `json:"proof"`
}

// Find finds the entries of all stations that have a term, at most limit of each.
func (h *Hub) Find(_ context.Context, kind, value string, limit int) ([]Found, error) {
	if !slices.Contains(terms.Kinds, kind) {
		return nil, message.Errorf("%q is none of %s", kind, strings.Join(terms.Kinds, ", "))
	}
	all := []Found{}
	for _, s := range h.stations {
		found, err := h.entries(s, fleet.Term{Kind: kind, Value: terms.Normal(value)}, limit)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			continue
		}
		mirror, err := logs.ReadSnapshot(h.store.Files(s.id), s.identity())
		if err != nil {
			return nil, err
		}
		for _, e := range found {
			proof, err := mirror.ProveCosigned(e.Index)
			if err != nil {
				return nil, err
			}
			all = append(all, Found{s.Identity.Origin, s.id, e.Index, certify.KindName(certify.KindOf(e.Data)), e.Data, proof})
		}
	}
	return all, nil
}

// identity is the identity of the log with the steps of its counter.
func (s *station) identity() logs.Identity {
	id, err := audit.WithRecounts(s.h.store.Files(s.id), s.known.Identity)
	if err != nil {
		return s.known.Identity // reading the log with it says what is wrong
	}
	return id
}

// Audited is what an audit of a mirror found.
type Audited struct {
	Station string        `json:"station"`
	Entries int64         `json:"entries"`
	Report  *audit.Report `json:"report,omitempty"`
	Shared  []string      `json:"at_other_stations"` // numbers and serial numbers
	Err     string        `json:"error,omitempty"`   // the mirror does not verify, or the index is not what it says
}

// Audit verifies every byte of every mirror again, makes the index again and compares it, and looks for what two stations have.
func (h *Hub) Audit(ctx context.Context) (all []Audited, err error) {
	for _, s := range h.stations {
		a, err := h.audit(s)
		if err != nil {
			a.Err = err.Error()
		}
		if all = append(all, a); ctx.Err() != nil {
			return all, context.Cause(ctx)
		}
	}
	return all, nil
}

func (h *Hub) audit(s *station) (a Audited, err error) {
	a = Audited{Station: s.Identity.Origin, Shared: []string{}}
	state, err := h.store.State(s.known)
	if err != nil || state.Size == 0 {
		return a, err
	}
	a.Entries = state.Size
	if a.Report, err = audit.Log(durable.FS(filepath.Join(h.o.Dir, "store", "mirror", s.id)), audit.Options{Pin: s.Pin, Now: h.o.Now()}); err != nil {
		return a, err
	}
	if a.Report.State.Checkpoint != state.Checkpoint {
		return a, message.New("the mirror is not what was cosigned")
	}
	rows, shared, err := h.rows(s, 0)
	if err != nil {
		return a, err
	}
	for _, t := range fleet.SortTerms(shared) {
		others, err := h.elsewhere(s, t)
		if err != nil {
			return a, err
		}
		for _, o := range others {
			a.Shared = append(a.Shared, message.Of("the %s %s is in the log of %s too", t.Kind, t.Value, o).String())
		}
	}
	return a, h.index(s).Compare(state.Size, rows)
}
