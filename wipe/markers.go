package wipe

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"

	"rasure/wipe/pattern"
)

// markerShare: two places in each of a thousand sections, each a fortieth of it, are a twentieth of the disk, which IEEE 2883 is
// said to ask for before a cryptographic erase. It costs a twentieth of the pass that follows, and the reading back.
const markerShare = 40

// MarkerReport tells of the blocks that were written before a drive erased itself, so that it can be seen whether it did. Zeros
// read back prove nothing: the place may never have been written. A marker is known to have been there.
//
// The bytes are those of the pattern random with Key, each at its offset on the disk. The places are those of [Places] with Key for
// the seed, but that a place has n/40 blocks, rounded up; on a disk of fewer than 40,000 blocks every block is a marker. The first and the last
// block are always markers. Before the erase each was written, flushed, and read back from the disk; what was not equal then is
// unconfirmed and does not count.
//
// Afterwards a logical block is kept, which is to say not erased, if any 16 bytes of it at a multiple of 16 are what they were: by
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
}

// Markers works out the places of a key on a disk, as [MarkerReport] describes them: in bytes, sorted.
func Markers(key [32]byte, size int64, logical int) []Extent {
	if list := spread(key, size, logical, markerShare); list != nil {
		return list
	}
	return []Extent{{0, size}}
}

// mark writes new markers, and makes sure that the disk has them.
func (j *job) mark(ctx context.Context) error {
	var key [32]byte
	if _, err := io.ReadFull(j.Rand, key[:]); err != nil {
		return fmt.Errorf("drawing the key of the markers: %w", err)
	}
	list := Markers(key, j.size, j.logical)
	m := &j.r.Firmware.Markers
	*m = MarkerReport{Key: hex.EncodeToString(key[:]), Bytes: sum(list), Unconfirmed: []Extent{}, Kept: []Extent{}}
	pat, err := pattern.Parse("random", m.Key)
	if err != nil {
		return err
	}
	j.event = Event{Pass: 0, Passes: len(j.r.Plan.Scheme.Passes), Pattern: "markers"}
	writing := j.writing(j.t, pat, list)
	if err := j.sweep(ctx, writing, j.passes(0, 2*m.Bytes)); err != nil {
		return err
	}
	j.noteSkipped(writing)
	if err := j.answered(ctx, j.t.Sync); ctx.Err() != nil {
		return stoppedBy(ctx, 0, j.size)
	} else if err != nil {
		return fmt.Errorf("the markers could not be flushed, so nothing could be shown by them: %w", err)
	}
	if err := j.check(); err != nil {
		return lost(err)
	}
	if err := j.answered(ctx, j.t.DropCache); err != nil {
		j.except(CodeCacheKept, "before reading the markers: %v", err)
	}
	j.event.Verifying = true
	reading := j.reading(j.t, pat, without(list, writing.bad.list))
	if err := j.sweep(ctx, reading, j.passes(0, m.Bytes)); err != nil {
		return err
	}
	j.noteSkipped(reading)
	m.Proven = reading.good.Load()
	bad := extents{cut: writing.bad.cut}
	for _, x := range []extents{writing.bad, reading.bad, reading.mismatched} {
		for _, e := range x.list {
			bad.add(e.Offset, e.Length)
		}
		bad.cut.Extents += x.cut.Extents
	}
	if bad.cut.Extents > 0 {
		return fmt.Errorf("more than %d markers could not be written and read back", maxExtents)
	}
	m.Unconfirmed = bad.sorted()
	if m.Proven == 0 {
		return fmt.Errorf("no marker could be written and read back")
	}
	return nil
}

// passes is what all passes of the plan are still to write and read, and before them some more of the markers.
func (j *job) passes(written, read int64) later {
	after := j.later(0, false)
	return later{after.written + j.size + written, after.read + read}
}

// hunt looks for what is left of the markers.
func (j *job) hunt(ctx context.Context) error {
	m := &j.r.Firmware.Markers
	var key [32]byte
	if b, err := hex.DecodeString(m.Key); err != nil || copy(key[:], b) != len(key) {
		return errOther
	}
	pat, err := pattern.Parse("random", m.Key)
	if err != nil {
		return err
	}
	if err := j.answered(ctx, j.t.DropCache); err != nil {
		j.except(CodeCacheKept, "before looking for the markers: %v", err)
	}
	j.event = Event{Pass: 0, Passes: len(j.r.Plan.Scheme.Passes), Pattern: "markers", Verifying: true}
	s := j.hunting(j.t, pat, without(Markers(key, j.size, j.logical), m.Unconfirmed))
	err = j.sweep(ctx, s, j.passes(0, 0))
	m.Gone = s.good.Load()
	m.Kept, m.KeptTotal, m.Unreadable = s.mismatched.sorted(), s.mismatched.total(), s.bad.total()
	return err
}

// hunting is the step that finds blocks which still bear p.
func (e *engine) hunting(t io.ReaderAt, p pattern.Pattern, list []Extent) *step {
	s := &step{engine: e, climb: e.steady(), course: plot(list, e.block)}
	s.move = func(w *worker, b []byte, off int64) error {
		n, err := t.ReadAt(b, off)
		if n != len(b) || err != nil && err != io.EOF {
			if err == nil {
				err = errShort
			}
			return err
		}
		for at := 0; at < len(b); at += len(w.want) {
			got := b[at:min(at+len(w.want), len(b))]
			want := w.want[:len(got)]
			p.FillAt(want, off+int64(at))
			for i := 0; i < len(got); i += e.logical {
				end := min(i+e.logical, len(got))
				if !remains(got[i:end], want[i:end]) {
					s.good.Add(int64(end - i))
					continue
				}
				s.mu.Lock()
				if !s.closed {
					s.mismatched.add(off+int64(at+i), int64(end-i))
				}
				s.mu.Unlock()
			}
		}
		s.done.Add(int64(n))
		return nil
	}
	return s
}

// remains says whether any 16 bytes of a block are still the marker's.
func remains(got, marker []byte) bool {
	for i := 0; i < len(got); i += 16 {
		if bytes.Equal(got[i:i+16], marker[i:i+16]) {
			return true
		}
	}
	return false
}
