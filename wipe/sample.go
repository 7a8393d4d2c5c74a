package wipe

import (
	"encoding/hex"
	"io"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe/internal/pump"
)

// The method of NIST SP 800-88 Rev. 1, 4.7 (withdrawn on 2025-09-26; Rev. 2, 4.5.1 leaves sampling to the policy): in each of 1,000 equal parts of the disk two places that do not
// overlap, which cover at least a tenth of it.
const (
	placesPerSection = 2
	placeShare       = 20 // each covers at least one twentieth of its section
)

// SampleReport describes what a sampled verification read, so that an auditor can compute the places again.
//
// All is counted in logical blocks; the disk has B. Section i (from 0) of N begins at block i*B/N, rounded down, and ends where
// the next begins; it has n blocks. A place has L = n/20 blocks, rounded up. For place k (0 and 1) of section i take the first 8
// bytes of SHA-256(seed || i || k), i and k as 4 bytes each, all big-endian, modulo n-2L+1. Of the two numbers the smaller is where
// the first place begins in its section; the larger, plus L, is where the second begins. The first and the last block of the disk
// are read too.
type SampleReport struct {
	Seed     string `json:"seed"`     // 32 bytes as hex, drawn for each verification
	Sections int    `json:"sections"` // N
	Places   int    `json:"places"`   // two a section, and the first and the last block
	Bytes    int64  `json:"bytes"`    // to be read, overlaps counted once
}

// Places computes what a sample with that seed reads of a disk, as [SampleReport] describes it: in bytes, sorted, what touches or
// overlaps joined. It is nil if the disk has fewer than 20,000 blocks: then a place would be larger than its share, and all is read.
func Places(seed [32]byte, size int64, logical int) []Extent {
	return pump.Places(seed, size, logical, placeShare)
}

// choose returns the extents of the first size bytes of a disk that a verification in that mode reads, without those in bad and what no zone can
// store, and the mode that was really chosen.
func choose(r io.Reader, mode VerifyMode, d devices.Disk, size int64, bad []Extent) ([]Extent, VerifyMode, *SampleReport, error) {
	logical := d.LogicalBlock
	list := []Extent{{Length: size}}
	var sample *SampleReport
	if mode == Sample {
		var seed [32]byte
		if _, err := io.ReadFull(r, seed[:]); err != nil {
			return nil, mode, nil, message.Errorf("drawing the seed of the sample: %w", err)
		}
		if all := Places(seed, size, logical); all != nil {
			list = all
			sample = &SampleReport{hex.EncodeToString(seed[:]), pump.Sections, pump.Sections*placesPerSection + 2, pump.Sum(all)}
		} else {
			mode = Full
		}
	}
	return pump.Without(pump.Without(list, gaps(d.Zones)), bad), mode, sample, nil
}
