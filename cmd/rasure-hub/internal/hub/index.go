package hub

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/terms"
	"rasure/logs"
	"rasure/logs/fleet"
)

// atOnce is how many entries are added to the index at once: their rows are in memory.
const atOnce = 1 << 16

// reindex adds to the index what the mirror has beyond it, and looks at the other stations for the same numbers and serial numbers.
func (h *Hub) reindex(s *station, state fleet.State) error {
	from := h.index.Size(s.id)
	if from >= state.Size {
		return nil
	}
	mirror, err := h.store.Mirror(s.known)
	if err != nil {
		return err
	}
	return h.batches(mirror, from, func(to int64, rows *fleet.Rows, own []place) error {
		if err := h.compare(s, own); err != nil {
			return err
		}
		return h.index.Add(s.id, to, rows)
	})
}

// place is a term that no two stations should have, and the entry of a station that has it.
type place struct {
	fleet.Term
	index int64
	kind  string // of the entry
}

// batches reads the entries of a mirror from an index on.
func (h *Hub) batches(mirror *logs.Snapshot, from int64, each func(to int64, rows *fleet.Rows, own []place) error) error {
	rows, own := &fleet.Rows{}, []place{}
	for e, err := range mirror.Entries(from) {
		if err != nil {
			return err
		}
		all := terms.Of(e.Data)
		rows.Add(e.Index, all)
		for _, t := range all {
			if t.Kind == terms.Number || t.Kind == terms.Serial {
				own = append(own, place{t, e.Index, certify.KindName(certify.KindOf(e.Data))})
			}
		}
		if to := e.Index + 1; to == mirror.Size() || to%atOnce == 0 {
			if err := each(to, rows, own); err != nil {
				return err
			}
			rows, own = &fleet.Rows{}, []place{}
		}
	}
	return nil
}

// read reads the entries of a station at places that may have a term, and returns those that have it, at most limit.
func (h *Hub) read(s *station, t fleet.Term, places []fleet.Place, limit int) (all []logs.Entry, err error) {
	mirror, err := h.store.Mirror(s.known)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		if p.Index >= mirror.Size() || len(all) == limit {
			break
		}
		data, err := mirror.Entry(p.Index)
		if err != nil {
			return nil, err
		}
		if slices.Contains(terms.Of(data), t) { // two terms can have one row
			all = append(all, logs.Entry{Index: p.Index, Data: data})
		}
	}
	return all, nil
}

// byLog returns the places of each log.
func byLog(places []fleet.Place) map[string][]fleet.Place {
	all := map[string][]fleet.Place{}
	for _, p := range places {
		all[p.Log] = append(all[p.Log], p)
	}
	return all
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
func (h *Hub) Find(ctx context.Context, kind, value string, limit int) ([]Found, error) {
	if !slices.Contains(terms.Kinds, kind) {
		return nil, message.Errorf("%q is none of %s", kind, strings.Join(terms.Kinds, ", "))
	}
	t := fleet.Term{Kind: kind, Value: terms.Normal(value)}
	places, err := h.index.Find(t)
	if err != nil {
		return nil, err
	}
	logs, all := byLog(places), []Found{}
	for _, s := range h.stations {
		if len(logs[s.id]) == 0 {
			continue
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		found, err := h.found(s, t, logs[s.id], limit)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// found reads and proves the entries of a station.
func (h *Hub) found(s *station, t fleet.Term, places []fleet.Place, limit int) (all []Found, err error) {
	entries, err := h.read(s, t, places, limit)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	mirror, err := logs.ReadSnapshot(h.store.Files(s.id), s.identity())
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		proof, err := mirror.ProveCosigned(e.Index)
		if err != nil {
			return nil, err
		}
		all = append(all, Found{s.Identity.Origin, s.id, e.Index, certify.KindName(certify.KindOf(e.Data)), e.Data, proof})
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
