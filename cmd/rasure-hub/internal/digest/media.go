package digest

import (
	"cmp"
	"slices"
	"time"

	"rasure/certify/audit"
	"rasure/certify/statement"
)

// Medium is a medium of which somebody has to know where it is.
type Medium struct {
	Number    string     `json:"number"`
	Class     string     `json:"classification"`
	Type      string     `json:"type"`
	Serial    string     `json:"serial,omitempty"`
	Custodian string     `json:"custodian"`
	Status    string     `json:"status"` // "missing" "lost" "away" "carried", or else as [register.Medium.Status]: it has to be handed back
	Since     time.Time  `json:"since"`  // it is so
	Due       *time.Time `json:"due,omitempty"`
	Index     int64      `json:"index"` // of the entry that says so

	Receiver     string `json:"receiver,omitempty"`     // the organisation that has it, or where it is carried to
	Acknowledged bool   `json:"acknowledged,omitempty"` // the number of a receipt is named, or files are kept as evidence
}

// Outside reports whether the medium is out of the office.
func (m *Medium) Outside() bool { return m.Status == "away" || m.Status == "carried" }

// MissingSince is since when nobody accounts for the medium: it is missing or lost, or should have been handed back. False if it is accounted for.
func (m *Medium) MissingSince(now time.Time) (time.Time, bool) {
	switch {
	case m.Status == "missing" || m.Status == "lost":
		return m.Since, true
	case m.Due != nil && now.After(*m.Due):
		return *m.Due, true
	}
	return time.Time{}, false
}

// watched are the media that are out of the office, missing, lost, or lent, those first that are so for the longest time.
func watched(r *audit.Report) []Medium {
	all := []Medium{}
	for _, m := range r.Media {
		w := Medium{Number: m.Number, Class: string(m.Class), Type: m.Type, Serial: m.Serial, Custodian: m.Custodian, Status: m.Status, Due: m.Due, Index: m.Registered}
		switch {
		case m.Destroyed != nil:
			continue
		case m.Lost != nil:
			w.Index, w.Due = *m.Lost, nil
		case m.MissingSince != nil:
			w.Index = *m.MissingSince
		case m.Away != nil:
			w.Index = *m.Away
		case m.Out != nil:
			w.Index = *m.Out
		case m.Due == nil:
			continue
		case len(m.Trail) > 0:
			w.Index = m.Trail[len(m.Trail)-1].Index
		}
		w.Since = r.State.Register.At(w.Index)
		all = append(all, w)
	}
	slices.SortFunc(all, func(a, b Medium) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Number, b.Number)) })
	return all
}

// receivers reads who has the media that are outside, from the statements by which they left.
func (d *Digest) receivers(r *audit.Report) error {
	for i := range d.Watched.First {
		m := &d.Watched.First[i]
		if !m.Outside() {
			continue
		}
		e, _, err := r.ReadEntry(m.Index)
		if err != nil {
			return err
		}
		if e.Statement == nil {
			continue
		}
		switch b := e.Statement.Body.(type) {
		case *statement.Handover:
			if b.Receiver != nil {
				m.Receiver, m.Acknowledged = b.Receiver.Organisation, len(b.Evidence) > 0
			}
		case *statement.Return:
			m.Receiver, m.Acknowledged = b.Receiver.Organisation, b.Receipt != ""
		case *statement.Carry:
			m.Receiver = b.Destination
		}
	}
	return nil
}
