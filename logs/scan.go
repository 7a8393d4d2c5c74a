package logs

import (
	"bytes"
	"io/fs"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"rasure/cmd/message"
)

// scan reads all files of the tree that cp names, from the entry first on, a multiple of tileWidth. It compares every tile with
// the entries, and the root with cp, from the bottom up, so that what is wrong can be named.
func scan(fsys fs.FS, first int64, cp Checkpoint) error {
	leaves, err := hashBundles(fsys, first, cp.Size)
	if err != nil {
		return err
	}
	return checkTiles(fsys, first, leaves, 0, cp)
}

// readLeafHashes returns the hashes of the entries from first on, a multiple of tileWidth, as the tiles of level 0 have them.
func readLeafHashes(fsys fs.FS, first, size int64) ([]tlog.Hash, error) {
	var leaves []tlog.Hash
	for n := first / tileWidth; n*tileWidth < size; n++ {
		data, err := readHashes(fsys, 0, n, bundleLen(n, size))
		if err != nil {
			return nil, err
		}
		for h := range slices.Chunk(data, tlog.HashSize) {
			leaves = append(leaves, tlog.Hash(h))
		}
	}
	return leaves, nil
}

// checkTiles compares the tiles from a level on, and the root, with what follows from leaves: the hashes of the entries from
// first on, a multiple of tileWidth. Hashes left of them are taken from the tiles, at most 255 at a level: if they were
// wrong, the root would be.
func checkTiles(fsys fs.FS, first int64, leaves []tlog.Hash, from int, cp Checkpoint) error {
	t := tree{size: cp.Size}
	for level, start, hs := 0, first, leaves; start+int64(len(hs)) > 0; level++ {
		known := int(start % tileWidth) // in the file, and not computed here
		if known > 0 {
			hs = append(make([]tlog.Hash, known, known+len(hs)), hs...)
		}
		start /= tileWidth
		var up []tlog.Hash
		n := start
		for tile := range slices.Chunk(hs, tileWidth) {
			if level >= from {
				if err := checkTile(fsys, level, n, tile, known, cp.Size); err != nil {
					return err
				}
			}
			if len(tile) == tileWidth {
				up = append(up, fold(tile))
			}
			n, known = n+1, 0
		}
		t.edge = append(t.edge, hs[len(up)*tileWidth:])
		hs = up
	}
	if t.root() != cp.Root {
		return damaged(checkpointFile, message.New("its root is not the root of the entries, which agree with all other files"))
	}
	return nil
}

// hashBundles hashes the entries from first on, a multiple of tileWidth, with all processors. It takes some bundles at a time, so
// that a size that is only claimed fills no memory.
func hashBundles(fsys fs.FS, first, size int64) ([]tlog.Hash, error) {
	workers := runtime.GOMAXPROCS(0)
	batch := make([]struct {
		hashes []tlog.Hash
		err    error
	}, 16*workers)
	var leaves []tlog.Hash
	for first+int64(len(leaves)) < size {
		next := (first + int64(len(leaves))) / tileWidth
		var wg sync.WaitGroup
		for k := range workers {
			wg.Go(func() { // owns every workers-th element of batch
				for i := k; i < len(batch); i += workers {
					batch[i].hashes, batch[i].err = hashBundle(fsys, next+int64(i), size)
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

// checkTile compares tile n at a level with what its hashes must be. The first known of them are taken from it.
func checkTile(fsys fs.FS, level int, n int64, want []tlog.Hash, known int, size int64) error {
	data, err := readHashes(fsys, level, n, len(want))
	if err != nil {
		return err
	}
	for i := range known {
		want[i] = tlog.Hash(data[i*tlog.HashSize:][:tlog.HashSize])
	}
	if bytes.Equal(data, concat(want)) {
		return nil
	}
	for i, h := range want {
		if tlog.Hash(data[i*tlog.HashSize:][:tlog.HashSize]) == h {
			continue
		}
		if level == 0 {
			return entryDamaged(size, n*tileWidth+int64(i))
		}
		err = damaged(tileName(level, n, len(want)), message.Errorf("hash %d is not the hash of %s", i, tileName(level-1, n*tileWidth+int64(i), tileWidth)))
		break
	}
	return err
}

// entryDamaged reports that an entry and its hash do not agree. Nothing shows which of the two was changed.
func entryDamaged(size, index int64) error {
	n := index / tileWidth
	w := bundleLen(n, size)
	return damaged(tileName(bundles, n, w), message.Errorf("entry %d does not have the hash in %s", index, tileName(0, n, w)))
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
		return tree{}, kindf(ErrDamaged, "the log is damaged: its last tiles do not have the root of the signed checkpoint")
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
