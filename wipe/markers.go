package wipe

import (
	"context"
	"encoding/hex"
	"io"

	"rasure/cmd/message"
	"rasure/wipe/internal/pump"
	"rasure/wipe/pattern"
)

// markerShare: two places in each of a thousand sections, each a fortieth of it, are a twentieth of the disk; secondary sources say that
// IEEE 2883 asks for so much before a cryptographic erase. It costs a twentieth of the pass that follows, and of its reading back.
const markerShare = 40

// MarkerReport describes the blocks that were written before a drive erased itself, to see whether it did. Zeros that are
// read back prove nothing: the place may never have been written. A marker is known to have been there.
//
// The bytes are those of the pattern random with Key, each at its offset on the disk. The places are those of [Places] with Key as
// the seed, except that a place has n/40 blocks, rounded up; on a disk of fewer than 40,000 blocks every block is a marker. The first and the last
// block are always markers. Before the erase each was written, flushed, and read back from the disk; a block that was not equal then is
// unconfirmed and does not count.
//
// Afterwards a logical block is kept, that is, not erased, if any 16 bytes of it at a multiple of 16 are what they were: by
// chance that happens once in 2^128.
type MarkerReport struct {
	Key    string `json:"key"`             // 64 hex digits
	Bytes  int64  `json:"bytes"`           // of all places
	Proven int64  `json:"confirmed_bytes"` // written, flushed, and read back equal before the erase

	Unconfirmed []Extent `json:"unconfirmed"`      // at most 65,536
	Gone        int64    `json:"gone_bytes"`       // read afterwards, and other bytes
	Kept        []Extent `json:"kept"`             // still there afterwards; at most 65,536
	KeptTotal   Total    `json:"kept_total"`       // all of them
	Unreadable  Total    `json:"unreadable_total"` // afterwards

	Old *OldContent `json:"old_content,omitempty"` // what was on the disk before the markers; nil where it was not looked at
}

// Markers computes the places of a key on a disk, as [MarkerReport] describes them: in bytes, sorted.
func Markers(key [32]byte, size int64, logical int) []Extent {
	if list := pump.Places(key, size, logical, markerShare); list != nil {
		return list
	}
	return []Extent{{Length: size}}
}

// writeMarkers writes new markers, and makes sure that the disk has them.
func (j *job) writeMarkers(ctx context.Context) error {
	var key [32]byte
	if _, err := io.ReadFull(j.source(func(k Keys) [32]byte { return k.Markers(j.try()) }), key[:]); err != nil {
		return message.Errorf("drawing the key of the markers: %w", err)
	}
	list := Markers(key, j.pump.Size, j.pump.Logical)
	m := &j.r.Firmware.Markers
	old, err := j.rememberContent(ctx, list)
	if err != nil {
		return err
	}
	*m = MarkerReport{Key: hex.EncodeToString(key[:]), Bytes: pump.Sum(list), Unconfirmed: []Extent{}, Kept: []Extent{}, Old: &old}
	pat := pattern.Random(key)
	e := Event{Passes: len(j.r.Plan.Scheme.Passes), Pattern: "markers"}
	wrote, err := j.sweep(ctx, j.pump.Writing(j.t, pat, list), e, j.passes(2*m.Bytes))
	if err != nil {
		return err
	}
	j.noteSkipped(wrote)
	if err := j.pump.Call(ctx, j.t.Sync); ctx.Err() != nil {
		return pump.Stopped(ctx, 0, j.pump.Size)
	} else if err != nil {
		return message.Errorf("the markers could not be flushed, so they could prove nothing: %w", err)
	}
	if err := j.checkDisk(ctx); err != nil {
		return err
	}
	if err := j.pump.Call(ctx, j.t.DropCache); err != nil {
		j.except(CodeCacheKept, "before reading the markers: %v", err)
	}
	e.Verifying = true
	read, err := j.sweep(ctx, j.pump.Reading(j.t, pat, pump.Without(list, wrote.Bad.List)), e, j.passes(m.Bytes))
	if err != nil {
		return err
	}
	j.noteSkipped(read)
	m.Proven = read.Good
	bad := pump.Extents{Cut: wrote.Bad.Cut}
	for _, x := range []pump.Extents{wrote.Bad, read.Bad, read.Mismatched} {
		for _, e := range x.List {
			bad.Add(e.Offset, e.Length)
		}
		bad.Cut.Extents += x.Cut.Extents
	}
	if bad.Cut.Extents > 0 {
		return message.Errorf("more than %d markers could not be written and read back", pump.MaxExtents)
	}
	m.Unconfirmed = bad.Sorted()
	if m.Proven == 0 {
		return message.New("no marker could be written and read back")
	}
	return nil
}

// passes is what all passes of the plan are still to write and read, and before them some more of the markers.
func (j *job) passes(read int64) volume {
	return j.volume(0).plus(volume{read: read})
}

// findMarkers looks for what is left of the markers.
func (j *job) findMarkers(ctx context.Context) error {
	m := &j.r.Firmware.Markers
	var key [32]byte
	if b, err := hex.DecodeString(m.Key); err != nil || copy(key[:], b) != len(key) {
		return errStateMismatch
	}
	if err := j.pump.Call(ctx, j.t.DropCache); err != nil {
		j.except(CodeCacheKept, "before looking for the markers: %v", err)
	}
	list := pump.Without(Markers(key, j.pump.Size, j.pump.Logical), m.Unconfirmed)
	r, err := j.sweep(ctx, j.pump.Searching(j.t, pattern.Random(key), list),
		Event{Passes: len(j.r.Plan.Scheme.Passes), Pattern: "markers", Verifying: true}, j.passes(0))
	m.Gone = r.Good
	m.Kept, m.KeptTotal, m.Unreadable = r.Mismatched.Sorted(), r.Mismatched.Total(), r.Bad.Total()
	if err == nil && m.Old != nil {
		err = j.compareContent(ctx, m.Old)
	}
	return err
}
