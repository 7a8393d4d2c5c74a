package hub

import (
	"iter"
	"slices"

	"rasure/certify"
	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/terms"
	"rasure/logs"
	"rasure/logs/fleet"
)

// Rules that only a hub can judge.
const (
	SerialElsewhere = "serial-elsewhere" // the serial number is in the log of another station too
	NumberElsewhere = "number-elsewhere" // so is the number of the medium
	MediumElsewhere = "medium-elsewhere" // an erasure of a medium that another station has registered
)

// compare looks at the other stations for what new entries of a station have, and keeps what it finds for both stations.
func (h *Hub) compare(s *station, own []place) error {
	for t, mine := range byTerm(own) {
		found, err := h.shared(s, t, mine)
		if err != nil {
			return err
		}
		for _, f := range found {
			added, err := h.addShared(s, f.of)
			if err == nil {
				_, err = h.addShared(f.station, f.theirs)
			}
			if err != nil {
				return err
			}
			if added {
				h.alarm("two-stations", s.Identity.Origin, message.Of("entry %d: %s: %s", f.of.Index, f.of.Rule, f.of.Detail))
			}
		}
	}
	return nil
}

// byTerm yields the terms of places in their order, and the places that have them.
func byTerm(all []place) iter.Seq2[fleet.Term, []place] {
	return func(yield func(fleet.Term, []place) bool) {
		places := map[fleet.Term][]place{}
		for _, p := range all {
			places[p.Term] = append(places[p.Term], p)
		}
		for _, p := range all {
			if same := places[p.Term]; same[0] == p && !yield(p.Term, same) {
				return
			}
		}
	}
}

// sharedTerm is what the entries of two stations have.
type sharedTerm struct {
	station    *station // the other one
	of, theirs Finding
}

// shared looks at the entries of the other stations that may have a term.
func (h *Hub) shared(s *station, t fleet.Term, mine []place) (all []sharedTerm, err error) {
	places, err := h.index.Find(t)
	if err != nil {
		return nil, err
	}
	logs := byLog(places)
	for _, o := range h.stations {
		if o == s || len(logs[o.id]) == 0 {
			continue
		}
		entries, err := h.read(o, t, logs[o.id], len(logs[o.id]))
		if err != nil {
			return nil, err
		}
		if theirs := placesOf(t, entries); len(theirs) > 0 {
			all = append(all, sharedTerm{o, sharedFinding(t, mine, o.Identity.Origin, theirs), sharedFinding(t, theirs, s.Identity.Origin, mine)})
		}
	}
	return all, nil
}

func placesOf(t fleet.Term, entries []logs.Entry) (all []place) {
	for _, e := range entries {
		all = append(all, place{t, e.Index, certify.KindName(certify.KindOf(e.Data))})
	}
	return all
}

// sharedFinding says what is wrong with the newest entry of a station that has a term, if another station has entries with it.
func sharedFinding(t fleet.Term, mine []place, other string, theirs []place) Finding {
	const erasure, registration = "certificate", "registration"
	of := func(kind string) func(place) bool { return func(p place) bool { return p.kind == kind } }
	last, there := mine[len(mine)-1], theirs[0]
	if i := slices.IndexFunc(theirs, of(registration)); i >= 0 && slices.ContainsFunc(mine, of(erasure)) {
		there = theirs[i]
		return Finding{last.index, MediumElsewhere, message.Of("%s registered the medium with the %s %s in its entry %d", other, termName(t), t.Value, there.index)}
	}
	rule := SerialElsewhere
	if t.Kind == terms.Number {
		rule = NumberElsewhere
	}
	return Finding{last.index, rule, message.Of("the %s %s is in the log of %s too, entry %d", termName(t), t.Value, other, there.index)}
}

func termName(t fleet.Term) message.Text {
	if t.Kind == terms.Number {
		return message.Of("number")
	}
	return message.Of("serial number")
}

// addShared keeps a finding, unless it is there.
func (h *Hub) addShared(s *station, f Finding) (added bool, err error) {
	err = h.change(s, func(j *judgement) bool {
		added = len(j.Shared) < maxShared && !slices.ContainsFunc(j.Shared, f.same)
		if added {
			j.Shared = append(j.Shared, f)
		}
		return added
	})
	return added, err
}

// sharedAgain are the findings of a station that an audit makes again.
func (h *Hub) sharedAgain(s *station, own []place) (all []Finding, err error) {
	for t, mine := range byTerm(own) {
		found, err := h.shared(s, t, mine)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			all = append(all, f.of)
		}
		if len(all) >= maxShared {
			break
		}
	}
	return all, nil
}
