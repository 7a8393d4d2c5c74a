package pump

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// Sections is the number of equal parts of the disk of which a sample reads some; NIST SP 800-88 Rev. 1, 4.7 (withdrawn) asked for
// at least 1,000.
const Sections = 1000

// Places returns the places that a sample with this seed reads: two in each section, which do not overlap, each 1/share of it rounded
// up to whole blocks, and the first and the last block of the disk. All is in bytes and sorted; what touches or overlaps is joined. It
// returns nil if the disk has fewer than Sections*share blocks, because a place would then be larger than its share.
//
// The rule in full is in the comment of wipe.SampleReport; an auditor computes the places again by it.
func Places(seed [32]byte, size int64, logical int, share int64) []Extent {
	blocks := size / int64(logical)
	if blocks < Sections*share {
		return nil
	}
	all := []Extent{{0, 1}}
	for i := range int64(Sections) {
		begin, n := section(i, blocks)
		l := (n + share - 1) / share
		a, b := draw(seed, i, 0, n-2*l+1), draw(seed, i, 1, n-2*l+1)
		all = append(all, Extent{begin + min(a, b), l}, Extent{begin + max(a, b) + l, l})
	}
	all = Merge(append(all, Extent{blocks - 1, 1}))
	return inBytes(all, logical)
}

// Spread returns one place of n blocks in each section, at an offset that follows from the seed, and the last block of the disk: in
// bytes, sorted. Every run of two sections contains a whole place. It returns nil if a section has fewer than n blocks.
func Spread(seed [32]byte, size int64, logical int, n int64) []Extent {
	blocks := size / int64(logical)
	if blocks < Sections*n {
		return nil
	}
	var all []Extent
	for i := range int64(Sections) {
		begin, of := section(i, blocks)
		all = append(all, Extent{begin + draw(seed, i, 0, of-n+1), n})
	}
	return inBytes(Merge(append(slices.Clip(all), Extent{blocks - 1, 1})), logical)
}

// section is where section i begins, and its length.
func section(i, blocks int64) (begin, n int64) {
	begin = i * blocks / Sections
	return begin, (i+1)*blocks/Sections - begin
}

func draw(seed [32]byte, section, place, n int64) int64 {
	b := binary.BigEndian.AppendUint32(seed[:], uint32(section))
	h := sha256.Sum256(binary.BigEndian.AppendUint32(b, uint32(place)))
	return int64(binary.BigEndian.Uint64(h[:8]) % uint64(n))
}

func inBytes(list []Extent, logical int) []Extent {
	for i := range list {
		list[i].Offset *= int64(logical)
		list[i].Length *= int64(logical)
	}
	return list
}
