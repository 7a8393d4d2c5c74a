package hub

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/cmd/message"
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
	Overdue  bool       `json:"overdue"`            // no new entries for longer than the roster allows, and the log has not ended
	Ended    *int64     `json:"ended,omitempty"`    // the entry with which the log ended: the station was retired, or another log continues it
	Evidence []string   `json:"evidence"`           // files of checkpoints that do not fit
	Findings []Finding  `json:"findings"`           // of what was received, and what other stations have too
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
		if st.Findings, st.Ended, err = h.findings(s); err != nil {
			return nil, err
		}
		if state.Size > 0 {
			at := state.At
			st.Cosigned = &at
			st.Overdue = st.Ended == nil && h.o.Now().Sub(at) > time.Duration(s.AlarmDays)*24*time.Hour
		}
		for _, e := range kept {
			st.Evidence = append(st.Evidence, e.Path)
		}
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

// Audited is what an audit of a mirror found.
type Audited struct {
	Station  string               `json:"station"`
	Entries  int64                `json:"entries"`
	Open     int                  `json:"open_findings"`
	Problems []register.Violation `json:"problems"`
	Shared   []message.Text       `json:"at_other_stations"` // numbers and serial numbers
	Err      message.Text         `json:"error,omitzero"`    // the mirror does not verify, or the index is not what it says
}

// Audit verifies every byte of every mirror again, makes the index again and compares it, and looks for what two stations have. each is called for each
// station.
func (h *Hub) Audit(ctx context.Context, each func(Audited)) error {
	several, err := h.index.Several()
	if err != nil {
		return err
	}
	sums, err := h.index.Sums()
	if err != nil {
		return err
	}
	for _, s := range h.stations {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		a, err := h.audit(s, several, sums[s.id])
		if err != nil {
			a.Err = message.Of("%v", err)
		}
		each(a)
	}
	return nil
}

func (h *Hub) audit(s *station, several fleet.Several, indexed fleet.Sum) (a Audited, err error) {
	a = Audited{Station: s.Identity.Origin, Problems: []register.Violation{}, Shared: []message.Text{}}
	state, err := h.store.State(s.known)
	if err != nil || state.Size == 0 {
		return a, err
	}
	a.Entries = state.Size
	report, err := audit.Log(durable.FS(filepath.Join(h.o.Dir, "store", "mirror", s.id)), audit.Options{Pin: s.Pin, Now: h.o.Now()})
	if err != nil {
		return a, err
	}
	a.Open, a.Problems = report.Open(), append(a.Problems, report.Problems...)
	if report.State.Checkpoint != state.Checkpoint {
		return a, message.New("the mirror is not what was cosigned")
	}
	var want fleet.Sum
	var own []place
	err = h.batches(report.State.Log, 0, func(_ int64, rows *fleet.Rows, more []place) error {
		want.Add(rows)
		own = append(own, slices.DeleteFunc(more, func(p place) bool { return !several.Has(p.Term) })...)
		return nil
	})
	if err != nil {
		return a, err
	}
	found, err := h.sharedAgain(s, own)
	if err != nil {
		return a, err
	}
	for _, f := range found {
		a.Shared = append(a.Shared, message.Of("entry %d: %s: %s", f.Index, f.Rule, f.Detail))
	}
	if indexed != want || h.index.Size(s.id) != state.Size {
		return a, message.Errorf("the index has %d rows of %d entries, and the mirror has %d rows of %d entries: remove the directory index, and the hub makes it again",
			indexed.Rows, h.index.Size(s.id), want.Rows, state.Size)
	}
	return a, nil
}
