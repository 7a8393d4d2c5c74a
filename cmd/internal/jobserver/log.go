package jobserver

import (
	"maps"
	"slices"
	"strings"
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/station"
	"rasure/devices"
	"rasure/logs"
)

// known is what the log says of disks.
type known struct {
	head    logs.Checkpoint // of the entries that were read
	at      time.Time       // when they were
	size    int64
	newest  map[string]int64      // index of the newest certificate, by serial number
	done    map[int64]*done       // of these, those that were read
	entries map[string]jobs.Entry // of the register, by serial number
}

// done is what a certificate says of a disk.
type done struct {
	jobs.Done
	disk certify.Disk
}

// readLog reads what was appended since the last call. It is called by one goroutine at a time.
func (s *Server) readLog() (known, error) {
	s.mu.Lock()
	k := s.log
	k.done = maps.Clone(k.done)
	serials := []string{}
	for _, r := range s.rows {
		serials = append(serials, r.disk.UniqueSerial())
	}
	s.mu.Unlock()
	head, err := logs.ReadCheckpoint(s.st.FS(), s.st.Identity())
	if err == nil && (head != k.head || time.Since(k.at) > stale) {
		err = s.fold(&k)
	}
	if err != nil {
		return k, err
	}
	for _, serial := range serials {
		i, ok := k.newest[serial]
		if ok && k.done[i] == nil {
			if k.done[i], err = s.readDone(i); err != nil {
				return k, err
			}
		}
	}
	maps.DeleteFunc(k.done, func(i int64, _ *done) bool {
		return !slices.ContainsFunc(serials, func(serial string) bool { return k.newest[serial] == i })
	})
	return k, nil
}

// stale is when approvals are looked at again, which begin and end without an entry. Chosen: reading a long log again takes a second.
const stale = 10 * time.Minute

// fold takes what the log says now.
func (s *Server) fold(k *known) error {
	k.entries = map[string]jobs.Entry{}
	if k.done == nil {
		k.done = map[int64]*done{}
	}
	return s.st.View(func(state *audit.State) error {
		k.head, k.at, k.size, k.newest = state.Checkpoint, time.Now(), state.Checkpoint.Size, state.Chain.Newest()
		now := station.Now()
		for _, m := range state.Register.Media() {
			e := jobs.Entry{Number: m.Number, Class: string(m.Class), Custodian: m.Custodian}
			if a := m.InForce(now); a != nil {
				e.Approved, e.Until = strings.Join(a.Approvers(), ", "), a.Until
			}
			if m.Serial != "" {
				k.entries[m.Serial] = e
			}
		}
		return nil
	})
}

// readDone reads a certificate.
func (s *Server) readDone(index int64) (*done, error) {
	text, err := s.st.Log().Entry(index)
	if err != nil {
		return nil, err
	}
	e, err := certify.CheckEntry(text, s.st.PublicKey())
	if err != nil || e.Certificate == nil {
		return nil, err
	}
	return &done{jobs.Done{Time: e.Certificate.Ended, Index: index, Outcome: e.Certificate.Outcome}, e.Certificate.Disk}, nil
}

// entryOf returns what the register says of a disk; nil if nothing. The caller holds s.mu.
func (s *Server) entryOf(serial string) *jobs.Entry {
	e, ok := s.log.entries[serial]
	if e.Until.Before(time.Now()) {
		e.Approved, e.Until = "", time.Time{}
	}
	if !ok || serial == "" {
		return nil
	}
	return &e
}

// doneOf returns the newest erasure of a disk; nil if there is none. The caller holds s.mu.
func (s *Server) doneOf(d devices.Disk) *jobs.Done {
	serial := d.UniqueSerial()
	if i, ok := s.log.newest[serial]; ok && serial != "" {
		if e := s.log.done[i]; e != nil && station.Covers(e.disk, d) {
			return &e.Done
		}
	}
	return nil
}
