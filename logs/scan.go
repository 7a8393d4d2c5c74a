package logs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/mod/sumdb/tlog"
)

// scan reads all files of the tree that cp names and returns the hashes of its
// entries. It compares every tile with the entries, and the root with cp, from
// the bottom up, so that what is wrong can be named.
func scan(fsys fs.FS, cp Checkpoint) ([]tlog.Hash, error) {
	leaves, err := hashBundles(fsys, cp.Size)
	if err != nil {
		return nil, err
	}
	return leaves, climb(fsys, leaves, 0, cp)
}

// climb compares the tiles from a level on, and the root, with what follows from
// the hashes of the entries.
func climb(fsys fs.FS, leaves []tlog.Hash, from int, cp Checkpoint) error {
	t := tree{size: cp.Size}
	for level, hs := 0, leaves; len(hs) > 0; level++ {
		var up []tlog.Hash
		for tile := range slices.Chunk(hs, tileWidth) {
			if level >= from {
				if err := checkTile(fsys, level, int64(len(up)), tile, cp.Size); err != nil {
					return err
				}
			}
			if len(tile) == tileWidth {
				up = append(up, fold(tile))
			}
		}
		t.edge = append(t.edge, hs[len(up)*tileWidth:])
		hs = up
	}
	if t.root() != cp.Root {
		return damaged(checkpointFile, errors.New("its root is not that of the entries, which agree with all other files"))
	}
	return nil
}

// hashBundles hashes all entries, with all processors. It takes some bundles at a
// time, so that a size that is only claimed fills no memory.
func hashBundles(fsys fs.FS, size int64) ([]tlog.Hash, error) {
	workers := runtime.GOMAXPROCS(0)
	batch := make([]struct {
		hashes []tlog.Hash
		err    error
	}, 16*workers)
	var leaves []tlog.Hash
	for int64(len(leaves)) < size {
		first := int64(len(leaves)) / tileWidth
		var wg sync.WaitGroup
		for k := range workers {
			wg.Go(func() { // owns every workers-th element of batch
				for i := k; i < len(batch); i += workers {
					batch[i].hashes, batch[i].err = hashBundle(fsys, first+int64(i), size)
				}
			})
		}
		wg.Wait()
		for _, b := range batch {
			if b.err != nil {
				return nil, b.err
			}
			leaves = append(leaves, b.hashes...)
		}
	}
	return leaves, nil
}

// hashBundle hashes the entries of bundle n, none if it is past the log's end.
func hashBundle(fsys fs.FS, n, size int64) ([]tlog.Hash, error) {
	w := bundleLen(n, size)
	if w <= 0 {
		return nil, nil
	}
	entries, err := readBundle(fsys, n, w)
	if err != nil {
		return nil, err
	}
	hs := make([]tlog.Hash, w)
	for i, entry := range entries {
		hs[i] = tlog.RecordHash(entry)
	}
	return hs, nil
}

// bundleLen returns how many entries bundle n has in a log of the given size.
func bundleLen(n, size int64) int { return int(min(tileWidth, size-n*tileWidth)) }

// checkTile compares tile n at a level with what its hashes must be.
func checkTile(fsys fs.FS, level int, n int64, want []tlog.Hash, size int64) error {
	data, err := readHashes(fsys, level, n, len(want))
	if err != nil || bytes.Equal(data, concat(want)) {
		return err
	}
	for i, h := range want {
		if tlog.Hash(data[i*tlog.HashSize:][:tlog.HashSize]) == h {
			continue
		}
		if level == 0 {
			return entryDamaged(size, n*tileWidth+int64(i))
		}
		err = damaged(tileName(level, n, len(want)), fmt.Errorf("hash %d is not that of %s", i, tileName(level-1, n*tileWidth+int64(i), tileWidth)))
		break
	}
	return err
}

// entryDamaged says that an entry and its hash do not agree. One cannot tell
// which of the two was changed.
func entryDamaged(size, index int64) error {
	n := index / tileWidth
	w := bundleLen(n, size)
	return damaged(tileName(bundles, n, w), fmt.Errorf("entry %d does not have the hash in %s", index, tileName(0, n, w)))
}

// readEdge reads what must be known to append to the tree that cp names, and
// checks it.
func readEdge(fsys fs.FS, cp Checkpoint) (tree, error) {
	t := tree{size: cp.Size}
	for level, n := 0, cp.Size; n > 0; level, n = level+1, n/tileWidth {
		var hs []tlog.Hash
		if w := int(n % tileWidth); w > 0 {
			data, err := readHashes(fsys, level, n/tileWidth, w)
			if err != nil {
				return tree{}, err
			}
			for h := range slices.Chunk(data, tlog.HashSize) {
				hs = append(hs, tlog.Hash(h))
			}
		}
		t.edge = append(t.edge, hs)
	}
	if t.root() != cp.Root {
		return tree{}, fmt.Errorf("%w: its last tiles do not have the root of the signed checkpoint", ErrDamaged)
	}
	if cp.Size%tileWidth == 0 {
		return t, nil
	}
	entries, err := checkedBundle(fsys, cp.Size/tileWidth, cp.Size, t.edge[0])
	for _, entry := range entries {
		t.bundle = appendEntry(t.bundle, entry)
	}
	return t, err
}

// checkedBundle reads bundle n, whose entries must have the given hashes.
func checkedBundle(fsys fs.FS, n, size int64, hs []tlog.Hash) ([][]byte, error) {
	entries, err := readBundle(fsys, n, len(hs))
	if err != nil {
		return nil, err
	}
	for i, entry := range entries {
		if tlog.RecordHash(entry) != hs[i] {
			return nil, entryDamaged(size, n*tileWidth+int64(i))
		}
	}
	return entries, nil
}
