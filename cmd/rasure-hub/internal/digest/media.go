package digest

import (
	"cmp"
	"slices"
	"time"

	"rasure/certify/audit"
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
