package pump

import (
	"context"
	"io"
	"math"
	"slices"
	"time"

	"rasure/devices"
	"rasure/wipe/pattern"
)

// Zoned is a disk with host-managed zones; [devices.Target] is one.
type Zoned interface {
	io.WriterAt
	Zones() ([]devices.Zone, error)
	ResetZone(offset, length int64) error
	FinishZone(offset, length int64) error
}

// WritingZones is the step that writes pat to zones that can be written, which are sorted. A worker takes a whole zone, and
// one transfer of it is under way at a time: a drive takes writes only at the write pointer of the zone. Several zones are written side by side where
// that is faster. What [Step.Low] returns is the beginning of a zone, or the size of the disk.
func (p *Pump) WritingZones(t Zoned, pat pattern.Pattern, zones []devices.Zone) *Step {
	zones = slices.DeleteFunc(slices.Clone(zones), func(z devices.Zone) bool { return z.Capacity == 0 })
	list := []Extent{}
	for _, z := range zones {
		list = append(list, Extent{z.Offset, z.Capacity})
	}
	list = append(list, Extent{Offset: p.Size})
	s := p.Writing(t, pat, list)
	s.blocks, s.zones, s.zoned = mapBlocks(list, math.MaxInt64/2), zones, t
	s.tuner = &p.zoneTuner
	return s
}

// zoneTries is how often a zone is begun: how much of a write that failed it has taken is not known.
const zoneTries = 2

// zone writes zone number i. It returns an error if going on is pointless.
func (s *Step) zone(ctx context.Context, w *worker, i int64) error {
	z := s.zones[i]
	r := zoneRun{step: s, worker: w, at: z.Offset, counted: z.Offset, end: z.Offset + z.Capacity, careful: math.MaxInt64}
	if z.Random {
		return r.inAnyOrder(ctx)
	}
	defer func() { s.good.Add(r.at - z.Offset) }()
	var err error
	for try := 1; ; try++ {
		r.at, r.began = z.Offset, time.Now()
		if err = s.zoned.ResetZone(z.Offset, z.Length); err == nil {
			err = r.inOrder(ctx)
		}
		if err == nil || ctx.Err() != nil || s.pump.quit.Load() {
			break
		}
		s.pump.spent.Add(int64(time.Since(r.began)))
		if err := s.fatalError(err); err != nil {
			return err
		}
		if s.overBudget() {
			s.skippedAt.CompareAndSwap(-1, r.at)
			break
		}
		if try == zoneTries {
			break
		}
		s.addRetry()
		r.careful = r.at
	}
	if rest := r.end - r.at; rest > 0 && ctx.Err() == nil {
		s.done.Add(r.at - r.counted) // what was written before the zone was reset, and not again
		s.markBad(r.at, rest)
		if !s.pump.quit.Load() {
			_ = s.zoned.FinishZone(z.Offset, z.Length) // so that it no longer counts as open; what is written is on the report in any case
		}
	}
	return nil
}

// zoneRun is a zone on its way.
type zoneRun struct {
	step    *Step
	worker  *worker
	at      int64 // all before is written
	counted int64 // as done, so far
	end     int64
	careful int64     // from here on one transfer is made in small pieces: an earlier one failed
	began   time.Time // of its last command
}

// inOrder writes the zone from its beginning to its end. It returns early, without an error, if ctx ends or the disk is given up.
func (r *zoneRun) inOrder(ctx context.Context) error {
	s := r.step
	for r.at < r.end {
		if s.rest(ctx); ctx.Err() != nil || s.pump.quit.Load() {
			return nil
		}
		b := r.worker.buf[:min(int64(s.pump.block), r.end-r.at)]
		if s.fill != nil {
			s.fill(b, r.at)
		}
		if r.at < r.careful {
			if err := r.write(b); err != nil {
				return err
			}
			continue
		}
		r.careful = math.MaxInt64
		for len(b) > 0 {
			n := min(s.pump.piece, len(b))
			if err := r.write(b[:n]); err != nil {
				return err
			}
			b = b[n:]
		}
	}
	return nil
}

// write is one transfer at the write pointer.
func (r *zoneRun) write(b []byte) error {
	r.began = time.Now()
	n, err := r.step.zoned.WriteAt(b, r.at)
	if err == nil && n != len(b) {
		err = errShort
	}
	if err != nil {
		return err
	}
	r.at += int64(n)
	if more := r.at - r.counted; more > 0 {
		r.step.done.Add(more)
		r.counted = r.at
	}
	return nil
}

// inAnyOrder writes a conventional zone as any other part of a disk. Once the error budget is used up, the rest of a zone after a block that failed is
// not tried, as in other zones: a drive can have hundreds of these zones, and see skipBlocks for what each failure can take.
func (r *zoneRun) inAnyOrder(ctx context.Context) error {
	s := r.step
	for ; r.at < r.end; r.at += int64(s.pump.block) {
		if s.rest(ctx); ctx.Err() != nil {
			return nil
		}
		n := min(int64(s.pump.block), r.end-r.at)
		if s.pump.quit.Load() {
			s.markBad(r.at, r.end-r.at)
			return nil
		}
		skip, err := s.move(ctx, r.worker, r.at, n)
		if rest := r.at + n; skip && rest < r.end {
			s.skippedAt.CompareAndSwap(-1, rest)
			s.markBad(rest, r.end-rest)
		}
		if skip || err != nil {
			return err
		}
	}
	return nil
}
