package logs

import (
	"io/fs"
	"slices"
	"sync"

	"golang.org/x/mod/sumdb/tlog"
)

// Audit checks the log in dir from its files alone: the checkpoint's signatures and counter, every entry, every hash, the root,
// and, if since is not nil, that the log only grew since that checkpoint. It calls each, which may be nil, for every entry in
// order; each sees no entry that is not under the signed root, and may keep it but not change it. An error from each ends the
// audit and is returned; after any error, what each has seen is part of a log that does not verify.
//
// It is [ReadSnapshot], [Snapshot.Extends] and [Snapshot.Entries] in one. Entries that are appended meanwhile are not looked at.
// Files alone cannot show that the newest entries were cut off: since can.
func Audit(dir fs.FS, p Identity, since *Checkpoint, each func(index int64, entry []byte) error) (Checkpoint, error) {
	s, err := ReadSnapshot(dir, p)
	if err != nil {
		return Checkpoint{}, err
	}
	if since != nil {
		if err := s.Extends(*since); err != nil {
			return Checkpoint{}, err
		}
	}
	for e, err := range s.Entries(0) {
		if err == nil && each != nil {
			err = each(e.Index, e.Data)
		}
		if err != nil {
			return Checkpoint{}, err
		}
	}
	return s.cp, nil
}

// walk reads the entries from first on, a multiple of tileWidth, and yields those that have the hashes in leaves, which were
// found to be right. One bundle is read ahead while the caller works.
func walk(fsys fs.FS, first int64, leaves []tlog.Hash, yield func(Entry, error) bool) {
	type bundle struct {
		entries [][]byte
		err     error
	}
	ahead := make(chan bundle, 1)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(stop)
	wg.Go(func() {
		defer close(ahead)
		n, size := first/tileWidth, first+int64(len(leaves))
		for hs := range slices.Chunk(leaves, tileWidth) {
			entries, err := checkedBundle(fsys, n, size, hs)
			select {
			case ahead <- bundle{entries, err}:
			case <-stop:
				return
			}
			n++
		}
	})
	index := first
	for b := range ahead {
		if b.err != nil {
			yield(Entry{}, b.err)
			return
		}
		for _, entry := range b.entries {
			if !yield(Entry{index, entry}, nil) {
				return
			}
			index++
		}
	}
}
