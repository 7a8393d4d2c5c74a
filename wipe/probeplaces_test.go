package wipe

import (
	"math/rand/v2"
	"sort"
	"testing"

	"rasure/wipe/internal/pump"
)

// TestProbePlaces proves the claim of ProbeReport about devices that wrap around: whatever the true capacity, two probed offsets share one
// place of storage, and one of them is written after the other.
func TestProbePlaces(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		blocks  int64
		logical int
		least   int64 // bytes of the start
	}{{8000, 512, 0}, {8001, 512, 4096}, {100003, 512, 4096}, {100003, 512, 1 << 20}, {1 << 20, 4096, 1 << 20}, {7814037168, 512, probeStart}, {500, 512, 0}, {300, 4096, probeStart}} {
		size := c.blocks * int64(c.logical)
		for range 20 {
			var key [32]byte
			for i := range key {
				key[i] = byte(rng.Uint32())
			}
			spread, start := probePlaces(key, size, c.logical, c.least)
			length := start[0].Length
			if len(start) != 1 || start[0].Offset != 0 || length%int64(c.logical) != 0 || length < min(c.least, size) {
				t.Fatalf("%+v: start %v", c, start)
			}
			both := append(append([]Extent{}, start...), spread...)
			if !sort.SliceIsSorted(both, func(i, k int) bool { return both[i].Offset+both[i].Length <= both[k].Offset }) || pump.Sum(both) > size {
				t.Fatalf("%+v: not sorted, or overlapping", c)
			}
			if end := both[len(both)-1]; end.Offset+end.Length != size {
				t.Fatalf("%+v: the last block is not probed", c)
			}
			for range 2000 {
				capacity := rng.Int64N(c.blocks-1)*int64(c.logical) + int64(c.logical)
				if rng.IntN(4) == 0 {
					capacity = size - (rng.Int64N(min(50, c.blocks-1))+1)*int64(c.logical)
				}
				if capacity < length {
					continue // the start overwrites itself
				}
				// The first probed offset at or after the capacity: it is stored in the start if it is less than the length behind.
				i := sort.Search(len(both), func(i int) bool { return both[i].Offset+both[i].Length > capacity })
				if at := max(both[i].Offset, capacity); at-capacity >= length {
					t.Fatalf("%+v: a device of %d bytes is not found: the first probed offset after that is %d", c, capacity, at)
				}
			}
		}
	}
}
