package wipe

import (
	"context"
	"encoding/hex"
	"io"
	"time"

	"rasure/cmd/message"
	"rasure/wipe/internal/pump"
	"rasure/wipe/pattern"
)

// ProbeReport is how a device was tested before passes of which nothing random is read back. Reading back constant bytes proves little: a
// device that stores nothing and answers zeros, or one that stores a part of its size and wraps around, answers the same. So keyed blocks,
// which nobody can guess, are first written all over the disk, flushed, and read back.
//
// The bytes are those of the pattern random with Key, each at its offset. There are two parts. The spread is one place of 4096 bytes in
// each of a thousand sections, and the last block of the disk. The start is one run from offset 0 over two sections, and at least 256 MiB;
// it is written last. A disk too small for both is all start. Together they find, whatever the capacity C that a device really has:
//
//   - a device that stores nothing;
//   - a device that drops what is written beyond C, by the last block;
//   - a device that wraps around: every two sections, and so those after C, hold a place of the spread or the last block; it shares its
//     storage with the start, which is written later, and reads back wrong. If C is within the start, the start overwrites itself;
//   - a device that keeps only the last writes, up to the length of the start: then the spread is gone.
//
// They do not find a device that drops a few writes in the middle, nor one whose cache is larger than the start.
//
// It costs about 0.2 % of a pass that is read back, and two thousand seeks.
type ProbeReport struct {
	Key    string    `json:"key"` // 64 hex digits
	Spread ProbePart `json:"spread"`
	Start  ProbePart `json:"start"`

	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"` // zero: it was interrupted, and is repeated when the job is resumed
}

// ProbePart is what became of the blocks of a part.
type ProbePart struct {
	Bytes  int64 `json:"bytes"`
	Kept   int64 `json:"kept_bytes"` // written, flushed, read back, and equal
	Wrong  Total `json:"wrong"`      // read back as something else
	Failed Total `json:"failed"`     // could not be written or read
}

const (
	probePattern  = "probe"   // in events
	probePlace    = 4096      // bytes of a place
	probeStart    = 256 << 20 // bytes of the start, at least: more than the RAM of a stick, and than most caches of disks of that size
	probeSections = 2         // of the disk that the start covers, at least
)

// probePlaces returns the extents of the two parts, in bytes and sorted. They do not overlap.
func probePlaces(key [32]byte, size int64, logical int, least int64) (spread, start []Extent) {
	section := (size/int64(logical) + pump.Sections - 1) / pump.Sections * int64(logical) // the longest
	length := (max(least, probeSections*section) + int64(logical) - 1) / int64(logical) * int64(logical)
	list := pump.Spread(key, size, logical, int64(max(1, probePlace/logical)))
	if list == nil || length >= size {
		return nil, []Extent{{Length: size}}
	}
	start = []Extent{{Length: length}}
	return pump.Without(list, start), start
}

// probePending reports whether the device is still to be tested.
func (j *job) probePending() bool {
	return j.r.Plan.Probes() && (j.r.Probe == nil || j.r.Probe.Ended.IsZero())
}

// probe writes keyed blocks all over the disk and reads them back.
func (j *job) probe(ctx context.Context) error {
	var key [32]byte
	if _, err := io.ReadFull(j.source(func(k Keys) [32]byte { return k.Probe(j.try()) }), key[:]); err != nil {
		return message.Errorf("drawing the key of the keyed blocks: %w", err)
	}
	r := &ProbeReport{Key: hex.EncodeToString(key[:]), Started: j.clock.now()}
	j.r.Probe = r
	j.saveState()
	pat := pattern.Random(key)
	spread, start := probePlaces(key, j.pump.Size, j.pump.Logical, probeStart)
	r.Spread.Bytes, r.Start.Bytes = pump.Sum(spread), pump.Sum(start)
	all := r.Spread.Bytes + r.Start.Bytes
	e := Event{Passes: len(j.r.Plan.Scheme.Passes), Pattern: probePattern}
	j.meter.event = Event{Step: j.meter.event.Step, Passes: e.Passes, Pattern: e.Pattern}
	if err := j.checkDisk(ctx); err != nil {
		return err
	}
	after := j.volume(len(j.r.Passes))
	if n := len(j.r.Passes); n > 0 {
		after = j.volume(n - 1)
	}
	after.read += all
	written := func(part *ProbePart, list []Extent, later int64) ([]Extent, error) {
		if len(list) == 0 {
			return nil, nil
		}
		got, err := j.sweep(ctx, j.pump.Writing(j.t, pat, list), e, volume{after.written + later, after.read})
		part.Failed = got.Bad.Total()
		j.noteSkipped(got)
		if err == nil && got.Bad.Cut.Extents > 0 {
			err = message.Errorf("more than %d keyed blocks could not be written", pump.MaxExtents)
		}
		return pump.Without(list, got.Bad.List), err
	}
	var err error
	if spread, err = written(&r.Spread, spread, r.Start.Bytes); err != nil {
		return err
	}
	if start, err = written(&r.Start, start, 0); err != nil {
		return err
	}
	if err := j.pump.Call(ctx, j.t.Sync); ctx.Err() != nil {
		return pump.Stopped(ctx, all, all)
	} else if err != nil {
		j.meter.found++
		j.except(CodeFlushFailed, "flushing %v: %v", j.where(), err)
	}
	if err := j.checkDisk(ctx); err != nil {
		return err
	}
	if err := j.pump.Call(ctx, j.t.DropCache); err != nil {
		j.except(CodeCacheKept, "before reading %v: %v", j.where(), err)
	}
	e.Verifying = true
	read := func(part *ProbePart, list []Extent) error {
		if len(list) == 0 {
			return nil
		}
		after.read -= part.Bytes
		got, err := j.sweep(ctx, j.pump.Reading(j.t, pat, list), e, after)
		part.Kept, part.Wrong = got.Good, got.Mismatched.Total()
		j.noteSkipped(got)
		part.Failed.Extents += got.Bad.Total().Extents
		part.Failed.Bytes += got.Bad.Total().Bytes
		return err
	}
	if err := read(&r.Spread, spread); err != nil {
		return err
	}
	if err := read(&r.Start, start); err != nil {
		return err
	}
	if err := j.checkDisk(ctx); err != nil {
		return err
	}
	r.Ended = j.clock.now()
	j.exceptProbe(r)
	j.saveState()
	return nil
}

// exceptProbe records what the probe found.
func (j *job) exceptProbe(r *ProbeReport) {
	if wrong := r.Spread.Wrong.Bytes + r.Start.Wrong.Bytes; wrong > 0 {
		j.except(CodeNotKept, "of %d bytes of keyed blocks all over the disk, written before the first pass, %d read back as something else: the device does not store all that is written to it",
			r.Spread.Bytes+r.Start.Bytes, wrong)
	}
	if failed := r.Spread.Failed.Bytes + r.Start.Failed.Bytes; failed > 0 {
		j.except(CodeProbeIncomplete, "of %d bytes of keyed blocks all over the disk %d could not be written or read before the first pass",
			r.Spread.Bytes+r.Start.Bytes, failed)
	}
}

// outcome judges the device. More blocks wrong than right in either part means that it does not store what is written to it.
func (r *ProbeReport) outcome() Outcome {
	kept := int64(0)
	for _, p := range []ProbePart{r.Spread, r.Start} {
		if p.Wrong.Bytes > p.Kept {
			return Failed
		}
		kept += p.Kept
	}
	switch {
	case kept == 0:
		return Unknown
	case kept != r.Spread.Bytes+r.Start.Bytes:
		return CompletedWithExceptions
	}
	return Verified
}

// plausible reports whether a probe that a state says is finished can be one of this disk.
func (r *ProbeReport) plausible(size int64, logical int) bool {
	var key [32]byte
	b, err := hex.DecodeString(r.Key)
	if err != nil || copy(key[:], b) != len(b) || len(b) != len(key) {
		return false
	}
	if r.Ended.IsZero() {
		return true // it will be repeated
	}
	spread, start := probePlaces(key, size, logical, probeStart)
	for _, p := range []struct {
		part  ProbePart
		bytes int64
	}{{r.Spread, pump.Sum(spread)}, {r.Start, pump.Sum(start)}} {
		if p.part.Bytes != p.bytes || p.part.Kept < 0 || p.part.Wrong.Bytes < 0 || p.part.Failed.Bytes < 0 ||
			p.part.Kept+p.part.Wrong.Bytes+p.part.Failed.Bytes != p.bytes {
			return false
		}
	}
	return true
}
