package hub

import (
	"errors"
	"io/fs"
	"slices"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/cmd/rasure-hub/internal/terms"
	"rasure/logs"
	"rasure/logs/fleet"
)

// Places finds the entries that may have all of the terms, as the index says: by station in the order of the roster, and of each the newest first.
// [Hub.Entries] reads them.
func (h *Hub) Places(wanted []fleet.Term) (all []fleet.Place, err error) {
	var found []fleet.Place
	for i, t := range wanted {
		t.Value = terms.Normal(t.Value)
		one, err := h.index.Find(t)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			found = one
			continue
		}
		have := map[fleet.Place]bool{}
		for _, p := range one {
			have[p] = true
		}
		found = slices.DeleteFunc(found, func(p fleet.Place) bool { return !have[p] })
	}
	logs := byLog(found)
	for _, s := range h.stations {
		for _, p := range slices.Backward(logs[s.id]) {
			all = append(all, p)
		}
	}
	return all, nil
}

// Entry is an entry that was read from a mirror. Its signature as the station's, or that it is a statement of people, was verified again.
type Entry struct {
	ID      string // of the log
	Index   int64
	Station string // name
	Signed  []byte
	certify.Entry
}

// Entries reads entries. Places that the mirrors do not have are left out.
func (h *Hub) Entries(places []fleet.Place) (all []Entry, err error) {
	var mirror *logs.Snapshot
	open := ""
	for _, p := range places {
		s := h.byID[p.Log]
		if s == nil {
			continue
		}
		if open != p.Log {
			mirror, err = h.store.Mirror(s.known)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			if err != nil {
				mirror = nil
			}
			open = p.Log
		}
		if mirror == nil || p.Index < 0 || p.Index >= mirror.Size() {
			continue
		}
		signed, err := mirror.Entry(p.Index)
		if err != nil {
			return nil, err
		}
		e, err := certify.CheckEntry(signed, s.Pin.Key)
		if newer := new(certify.NewerError); err != nil && !errors.As(err, &newer) {
			return nil, err
		}
		if err != nil {
			e.Kind = certify.KindOf(signed)
		}
		all = append(all, Entry{p.Log, p.Index, s.Identity.Origin, signed, e})
	}
	return all, nil
}

// Prove returns the proof that an entry is in its station's log, under the head that the hub has cosigned.
func (h *Hub) Prove(p fleet.Place) ([]byte, error) {
	s := h.byID[p.Log]
	if s == nil {
		return nil, fs.ErrNotExist
	}
	log, err := logs.ReadSnapshot(h.store.Files(p.Log), s.identity())
	if err != nil {
		return nil, err
	}
	return log.ProveCosigned(p.Index)
}

// Pin returns the card of a station of the roster.
func (h *Hub) Pin(id string) (pin audit.Pin, ok bool) {
	s := h.byID[id]
	if s == nil {
		return pin, false
	}
	return s.Pin, true
}

// Log writes a failure to the hub's log.
func (h *Hub) Log(what string, args ...any) { h.o.Log.Error(what, args...) }
