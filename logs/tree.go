package logs

import (
	"math/bits"
	"path"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// tree is what must be known of a tree to append to it: its right edge, which
// is the tiles that are not full. A tree is a value; add leaves it as it was.
type tree struct {
	size   int64
	edge   [][]tlog.Hash // by level: the hashes of the last tile, fewer than tileWidth
	bundle []byte        // the last bundle, of size % tileWidth entries
}

// A file is a tile or a bundle to be written.
type file struct {
	name string
	data []byte
}

// add returns the tree with one more entry, and the files that it needs and the
// old tree did not.
func (t tree) add(entry []byte) (tree, []file) {
	next := tree{size: t.size + 1, edge: slices.Clone(t.edge)}
	bundle := make([]byte, 0, len(t.bundle)+2+len(entry))
	next.bundle = appendEntry(append(bundle, t.bundle...), entry)
	w := int(t.size%tileWidth) + 1
	files := []file{{tileName(bundles, t.size/tileWidth, w), next.bundle}}
	if w == tileWidth {
		next.bundle = nil
	}
	h := tlog.RecordHash(entry)
	for level, n := 0, t.size/tileWidth; ; level, n = level+1, n/tileWidth {
		if level == len(next.edge) {
			next.edge = append(next.edge, nil)
		}
		hs := append(slices.Clone(next.edge[level]), h)
		files = append(files, file{tileName(level, n, len(hs)), concat(hs)})
		if len(hs) < tileWidth {
			next.edge[level] = hs
			return next, files
		}
		next.edge[level] = nil
		h = fold(hs)
	}
}

// obsolete names the tiles that the last entry of a tree of the given size has
// replaced by wider ones.
func obsolete(size int64) []string {
	var names []string
	old := func(level int, n int64) (full bool) {
		switch w := int(n%tileWidth) + 1; w {
		case 1:
		case tileWidth:
			names = append(names, path.Dir(tileName(level, n/tileWidth, 1)))
			return true
		default:
			names = append(names, tileName(level, n/tileWidth, w-1))
		}
		return false
	}
	old(bundles, size-1)
	for level, n := 0, size-1; old(level, n); level++ {
		n /= tileWidth
	}
	return names
}

// root returns the Merkle tree hash (RFC 6962, 2.1).
func (t tree) root() tlog.Hash {
	f := t.frontier()
	return f.root()
}

// frontier returns what the roots of larger trees need.
func (t tree) frontier() frontier {
	f := frontier{size: t.size}
	for _, hs := range slices.Backward(t.edge) {
		for len(hs) > 0 {
			k := 1 << (bits.Len(uint(len(hs))) - 1)
			f.peaks = append(f.peaks, fold(hs[:k]))
			hs = hs[k:]
		}
	}
	return f
}

// bundles returns the frontier of the tree without the entries of its last bundle, if that is not full.
func (t tree) bundles() frontier {
	t.size, t.edge = t.size/tileWidth*tileWidth, slices.Clone(t.edge)
	t.edge[0] = nil
	return t.frontier()
}

// fold returns the hash of a full subtree; len(hs) is a power of two.
func fold(hs []tlog.Hash) tlog.Hash {
	if len(hs) == 1 {
		return hs[0]
	}
	m := len(hs) / 2
	return tlog.NodeHash(fold(hs[:m]), fold(hs[m:]))
}

func concat(hs []tlog.Hash) []byte {
	data := make([]byte, 0, len(hs)*tlog.HashSize)
	for _, h := range hs {
		data = append(data, h[:]...)
	}
	return data
}
