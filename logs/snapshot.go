package logs

import (
	"bytes"
	"io/fs"
	"iter"

	"golang.org/x/mod/sumdb/tlog"

	"rasure/cmd/message"
)

// Snapshot is a log as one of its signed checkpoints shows it. It needs only the files, never writes and takes no lock, so it
// works on a read-only copy and for any user. What others append meanwhile does not disturb it, and it does not see it.
//
// Whatever it returns was checked against the root that the log signed. Its methods may be called concurrently.
type Snapshot struct {
	fsys   fs.FS
	cp     Checkpoint
	signed []byte
	id     Identity
}

// ReadSnapshot verifies the checkpoint of the log in dir: its signatures, and that its counter fits p.Base. It reads no entry.
// An error of reading, such as [fs.ErrNotExist], is not [ErrDamaged].
func ReadSnapshot(dir fs.FS, p Identity) (*Snapshot, error) {
	cp, signed, err := readCheckpoint(dir, p)
	if err != nil {
		return nil, err
	}
	return &Snapshot{dir, cp, signed, p}, nil
}

// Checkpoint returns what the signed checkpoint says.
func (s *Snapshot) Checkpoint() Checkpoint { return s.cp }

// Signed returns the checkpoint as it is in the file, a signed note. Two different notes may say the same: compare
// [Snapshot.Checkpoint], never these bytes.
func (s *Snapshot) Signed() []byte { return bytes.Clone(s.signed) }

// Identity returns what the checkpoints of the log must have.
func (s *Snapshot) Identity() Identity { return s.id }

// Size returns the number of entries.
func (s *Snapshot) Size() int64 { return s.cp.Size }

// Entry is an entry of a log.
type Entry struct {
	Index int64 // from 0
	Data  []byte
}

// Entries iterates over the entries from the index from on, which is at most [Snapshot.Size]. Each entry was checked against the
// signed root before it is yielded, and may be kept but not changed. An error ends the iteration; it comes with an Entry
// without data. What came before it is part of a log that does not verify as a whole.
//
//	for e, err := range s.Entries(0) {
//		if err != nil {
//			return err
//		}
//		...
//	}
//
// Each file is read once: first the hashes, which must have the root, then the entries, which must have the hashes. Of what is
// before from, it reads O(log n) tiles, and no entry except those that share a bundle with from.
func (s *Snapshot) Entries(from int64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		s.walk(from, 0, func(e Entry, _ tlog.Hash, _ []byte, err error) bool {
			return err == nil && e.Index < from || yield(e, err)
		})
	}
}

// Entry returns the entry at index. To read many entries, use [Snapshot.Entries]: it does not read a bundle again for each.
func (s *Snapshot) Entry(index int64) ([]byte, error) {
	if index < 0 || index >= s.cp.Size {
		return nil, noEntry(index, s.cp.Size)
	}
	entry, err := ReadEntry(s.fsys, index)
	if err != nil {
		return nil, err
	}
	h, err := hashes(s.fsys, s.cp).ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		return nil, s.name(inTiles(err))
	}
	if h[0] != tlog.RecordHash(entry) {
		return nil, entryDamaged(s.cp.Size, index)
	}
	return entry, nil
}

// Prove returns a proof (c2sp.org/tlog-proof) that the log holds the entry at index, with the signed checkpoint in it.
func (s *Snapshot) Prove(index int64) ([]byte, error) {
	if index < 0 || index >= s.cp.Size {
		return nil, noEntry(index, s.cp.Size)
	}
	path, err := tlog.ProveRecord(s.cp.Size, index, hashes(s.fsys, s.cp))
	if err != nil {
		return nil, message.Errorf("proving entry %d: %w", index, s.name(inTiles(err)))
	}
	return proof{index: index, path: path, signed: s.signed}.text(), nil
}

// Extends checks that the log begins with the tree of an older checkpoint: [ErrCutBack] if it does not. It reads O(log n) hash
// tiles and no entry.
//
// So what was verified once need not be verified again: after Extends(old), where old was the checkpoint of a complete
// check, [Snapshot.Entries] from old.Size on has all that is new.
func (s *Snapshot) Extends(old Checkpoint) error {
	if old.Origin != s.cp.Origin || old.Size == 0 || old.Size >= s.cp.Size {
		return CheckConsistency(old, s.cp, nil)
	}
	p, err := s.ProveConsistency(old.Size)
	if err != nil {
		return err
	}
	return CheckConsistency(old, s.cp, p)
}

// leafHashes returns the hashes of the entries from first on, a multiple of tileWidth, as the tiles have them, if all tiles above
// them agree with one another and with the root.
func (s *Snapshot) leafHashes(first int64) ([]tlog.Hash, error) {
	leaves, err := readLeafHashes(s.fsys, first, s.cp.Size)
	if err == nil {
		err = checkTiles(s.fsys, first, leaves, 1, s.cp)
	}
	return leaves, s.name(err)
}

// name replaces the error of a damaged log by one that names the file: from the bottom up, what is wrong can be named.
func (s *Snapshot) name(err error) error {
	if !isDamage(err) {
		return err
	}
	if named := scan(s.fsys, 0, s.cp); named != nil {
		return named
	}
	return err
}

func noEntry(index, size int64) error {
	return message.Errorf("the log has %d entries: there is no entry %d", size, index)
}
