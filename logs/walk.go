package logs

import (
	"slices"
	"sync"

	"golang.org/x/mod/sumdb/tlog"
)

// walk reads the entries from the bundle that has from on, and yields those that have the hashes in the tiles, which have the root. If
// recordSize is not 0, each comes with its record, nil if none was kept. One bundle is read ahead while the caller works.
func (s *Snapshot) walk(from int64, recordSize int, yield func(Entry, tlog.Hash, []byte, error) bool) {
	if from < 0 || from > s.cp.Size {
		yield(Entry{}, tlog.Hash{}, nil, noEntry(from, s.cp.Size))
		return
	}
	first := from / tileWidth * tileWidth
	leaves, err := s.leafHashes(first)
	if err != nil {
		yield(Entry{}, tlog.Hash{}, nil, err)
		return
	}
	type bundle struct {
		leaves  []tlog.Hash
		entries [][]byte
		records []byte
		err     error
	}
	ahead := make(chan bundle, 1)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(stop)
	wg.Go(func() {
		defer close(ahead)
		n := first / tileWidth
		for hs := range slices.Chunk(leaves, tileWidth) {
			b := bundle{leaves: hs}
			if b.entries, b.err = checkedBundle(s.fsys, n, s.cp.Size, hs); b.err == nil && recordSize > 0 {
				b.records, b.err = readRecords(s.fsys, recordSize, n, len(hs))
			}
			select {
			case ahead <- b:
			case <-stop:
				return
			}
			n++
		}
	})
	index := first
	for b := range ahead {
		if b.err != nil {
			yield(Entry{}, tlog.Hash{}, nil, b.err)
			return
		}
		for i, entry := range b.entries {
			var r []byte
			if recordSize > 0 {
				r = record(b.records, recordSize, i)
			}
			if !yield(Entry{index, entry}, b.leaves[i], r, nil) {
				return
			}
			index++
		}
	}
}
