package logs

import (
	"crypto/sha256"
	"math/bits"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// frontier is what must be known of a tree to compute its root while it grows: the roots of its full subtrees, from left to right,
// each smaller than the one before.
type frontier struct {
	size  int64
	peaks []tlog.Hash
}

// add adds the hash of an entry.
func (f *frontier) add(leaf tlog.Hash) {
	f.size++
	f.peaks = append(f.peaks, leaf)
	for range bits.TrailingZeros64(uint64(f.size)) {
		k := len(f.peaks) - 2
		f.peaks = append(f.peaks[:k], tlog.NodeHash(f.peaks[k], f.peaks[k+1]))
	}
}

// root returns the Merkle tree hash (RFC 6962, 2.1).
func (f *frontier) root() tlog.Hash {
	if f.size == 0 {
		return sha256.Sum256(nil)
	}
	h := f.peaks[len(f.peaks)-1]
	for _, p := range slices.Backward(f.peaks[:len(f.peaks)-1]) {
		h = tlog.NodeHash(p, h)
	}
	return h
}

// frontier returns the frontier of the first size entries, from O(log n) hash tiles that are checked against the root.
func (s *Snapshot) frontier(size int64) (frontier, error) {
	if size == 0 {
		return frontier{}, nil
	}
	var at []int64
	for start := int64(0); start < size; {
		level := bits.Len64(uint64(size-start)) - 1
		at = append(at, tlog.StoredHashIndex(level, start>>level))
		start += 1 << level
	}
	peaks, err := hashes(s.fsys, s.cp).ReadHashes(at)
	if err != nil {
		return frontier{}, s.name(inTiles(err))
	}
	return frontier{size, peaks}, nil
}

// Head returns the checkpoint of the log when it had size entries.
func (s *Snapshot) Head(size int64) (Checkpoint, error) {
	if size < 0 || size > s.cp.Size {
		return Checkpoint{}, noEntry(size-1, s.cp.Size)
	}
	f, err := s.frontier(size)
	return Checkpoint{Origin: s.cp.Origin, Size: size, Root: f.root()}, err
}
