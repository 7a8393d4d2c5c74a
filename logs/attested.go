package logs

import (
	"iter"

	"golang.org/x/mod/sumdb/tlog"
)

// AttestedEntry is an entry with what the counter attested when it was appended.
type AttestedEntry struct {
	Entry
	Head Checkpoint // of the log when this entry was its last: it has Index + 1 entries

	// Record is of the line that attests Head, not verified yet: give it to [Identity.VerifyRecord]. It is nil if no record was kept: by
	// rasure 0.1.0, or because somebody has removed it. It may be kept but not changed.
	Record []byte
}

// Attested is [Snapshot.Entries] with the head and the record of each entry. It reads each file once and holds two bundles at a time,
// with one hash for each entry. Entries and heads were checked when they are yielded, records were not: that takes a signature's time for
// each, and the caller can do it on all processors.
//
// The records are what shows that an entry was fixed when it was appended. The counter in a checkpoint alone fixes only how many entries the
// log has: with the key, a history of the same length can be made later, and its last checkpoint attested.
func (s *Snapshot) Attested(from int64) iter.Seq2[AttestedEntry, error] {
	return func(yield func(AttestedEntry, error) bool) {
		size := 0
		if r := s.id.Records; r != nil {
			size = r.RecordSize()
		}
		f, err := s.frontier(max(0, min(from, s.cp.Size)) / tileWidth * tileWidth)
		if err != nil {
			yield(AttestedEntry{}, err)
			return
		}
		s.walk(from, size, func(e Entry, leaf tlog.Hash, record []byte, err error) bool {
			if err != nil {
				return yield(AttestedEntry{}, err)
			}
			f.add(leaf)
			if e.Index < from {
				return true
			}
			return yield(AttestedEntry{e, Checkpoint{s.cp.Origin, f.size, f.root()}, record}, nil)
		})
	}
}

// Record returns the checkpoint of the log when it had size entries, and the record of the line that attests it, as an [AttestedEntry] has
// them: not verified yet, nil if none was kept.
func (s *Snapshot) Record(size int64) (head Checkpoint, rec []byte, err error) {
	if size < 1 {
		return Checkpoint{}, nil, noEntry(size-1, s.cp.Size)
	}
	if head, err = s.Head(size); err != nil || s.id.Records == nil {
		return head, nil, err
	}
	n, w, length := (size-1)/tileWidth, int((size-1)%tileWidth)+1, s.id.Records.RecordSize()
	records, err := readRecords(s.fsys, length, n, w)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	return head, record(records, length, w-1), nil
}
