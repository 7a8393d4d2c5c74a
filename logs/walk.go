package logs

import (
	"io/fs"
	"slices"
	"sync"

	"golang.org/x/mod/sumdb/tlog"
)

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
