package wipe

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// What NIST SP 800-88 Rev. 1, 4.7 asks of a representative sample.
const (
	sections = 1000 // at least so many equal parts of the disk
	places   = 2    // in each, that do not overlap
	share    = 20   // each covers at least one twentieth of its section
)

// SampleReport says what a sampled verification read, so that an auditor can work out the places again.
//
// All is counted in logical blocks; the disk has B. Section i (from 0) of N begins at block i*B/N, rounded down, and ends where
// the next begins; it has n blocks. A place has L = n/20 blocks, rounded up. For place k (0 and 1) of section i take the first 8
// bytes of SHA-256(seed || i || k), i and k as 4 bytes each, all big-endian, modulo n-2L+1. Of the two numbers the smaller is where
// the first place begins in its section; the larger, plus L, is where the second begins. The first and the last block of the disk
// are read too.
type SampleReport struct {
	Seed     string `json:"seed"`     // 32 bytes as hex, drawn anew for each verification
	Sections int    `json:"sections"` // N
	Places   int    `json:"places"`   // two a section, and the first and the last block
	Bytes    int64  `json:"bytes"`    // to be read, overlaps counted once
}

// Places works out what a sample with that seed reads of a disk, as [SampleReport] describes it: in bytes, sorted, what touches or
// overlaps joined. It is nil if the disk has fewer than 20,000 blocks: then a place would be larger than its share, and all is read.
func Places(seed [32]byte, size int64, logical int) []Extent {
	return spread(seed, size, logical, share)
}

// spread is Places where each place covers at least one share-th of its section.
func spread(seed [32]byte, size int64, logical int, share int64) []Extent {
	blocks := size / int64(logical)
	if blocks < sections*share {
		return nil
	}
	all := []Extent{{0, 1}}
	for i := range int64(sections) {
		begin := i * blocks / sections
		n := (i+1)*blocks/sections - begin
		l := (n + share - 1) / share
		a, b := draw(seed, i, 0, n-2*l+1), draw(seed, i, 1, n-2*l+1)
		all = append(all, Extent{begin + min(a, b), l}, Extent{begin + max(a, b) + l, l})
	}
	all = merged(append(all, Extent{blocks - 1, 1}))
	for i := range all {
		all[i].Offset *= int64(logical)
		all[i].Length *= int64(logical)
	}
	return all
}

func draw(seed [32]byte, section, place, n int64) int64 {
	b := binary.BigEndian.AppendUint32(seed[:], uint32(section))
	h := sha256.Sum256(binary.BigEndian.AppendUint32(b, uint32(place)))
	return int64(binary.BigEndian.Uint64(h[:8]) % uint64(n))
}

// merged joins what touches or overlaps in a list sorted by offset.
func merged(list []Extent) []Extent {
	out := list[:1]
	for _, e := range list[1:] {
		if last := &out[len(out)-1]; e.Offset <= last.Offset+last.Length {
			last.Length = max(last.Length, e.Offset+e.Length-last.Offset)
		} else {
			out = append(out, e)
		}
	}
	return slices.Clip(out)
}
