package pump

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"syscall"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
)

// work is worker number me, until the list ends or there should be fewer workers.
func (s *Step) work(ctx context.Context, stop func(), me int, w *worker) {
	at := &s.at[me]
	if s.init != nil {
		s.init(w)
	}
	for ctx.Err() == nil && !s.pump.quit.Load() {
		if int64(me) >= s.width.Load() {
			at.Store(math.MaxInt64)
			return
		}
		if s.pump.opts.Gate.opens() != nil {
			at.Store(math.MaxInt64)
			s.rest(ctx)
			continue
		}
		at.Store(s.next.Load()) // before a block is taken, so that Low is never too high
		i := s.next.Add(1) - 1
		if i >= s.blocks.n {
			at.Store(math.MaxInt64)
			return
		}
		if err := s.take(ctx, w, i); err != nil {
			s.mu.Lock()
			if s.fatal == nil {
				s.fatal = err
			}
			s.mu.Unlock()
			stop()
		}
	}
}

// take transfers block i, or the zone of that number. It returns an error if going on is pointless.
func (s *Step) take(ctx context.Context, w *worker, i int64) error {
	if s.zones != nil {
		return s.zone(ctx, w, i)
	}
	off, n := s.blocks.at(i)
	skip, err := s.move(ctx, w, off, n)
	if skip {
		s.skipBlocks()
	}
	return err
}

// move transfers n bytes. It reports whether blocks after them must be skipped: the transfer failed, and the error budget is used up. It returns an
// error if going on is pointless.
func (s *Step) move(ctx context.Context, w *worker, off, n int64) (skip bool, err error) {
	b := w.buf[:n]
	if s.fill != nil {
		s.fill(b, off)
	}
	began := time.Now()
	err = s.transfer(w, b, off)
	if err == nil {
		if s.skip.Load() > 0 {
			s.skip.Store(0)
		}
		return false, nil
	}
	s.pump.spent.Add(int64(time.Since(began)))
	err = s.split(ctx, w, b, off, err)
	return err == nil && s.overBudget() && ctx.Err() == nil && !s.pump.quit.Load(), err
}

// split halves a block that failed, down to the logical blocks that cannot be transferred, so that one bad sector costs one sector and
// not the whole block. It returns an error if going on is pointless.
func (s *Step) split(ctx context.Context, w *worker, b []byte, off int64, err error) error {
	if err := s.fatalError(err); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return nil
	case s.pump.quit.Load():
		s.markBad(off, int64(len(b)))
		return nil
	case s.overBudget():
		s.skippedAt.CompareAndSwap(-1, off)
		s.markBad(off, int64(len(b)))
		return nil
	case len(b) <= s.pump.Logical:
		return s.retry(ctx, w, b, off)
	}
	half := max(len(b)/2/s.pump.Logical, 1) * s.pump.Logical
	if err := s.part(ctx, w, b[:half], off); err != nil {
		return err
	}
	return s.part(ctx, w, b[half:], off+int64(half))
}

func (s *Step) part(ctx context.Context, w *worker, b []byte, off int64) error {
	switch {
	case ctx.Err() != nil:
		return nil
	case s.pump.quit.Load():
		s.markBad(off, int64(len(b)))
		return nil
	}
	if err := s.timed(ctx, w, b, off); err != nil {
		return s.split(ctx, w, b, off, err)
	}
	return nil
}

// retry tries a single logical block twice more, and then marks it bad.
func (s *Step) retry(ctx context.Context, w *worker, b []byte, off int64) error {
	for _, pause := range []time.Duration{50 * time.Millisecond, 200 * time.Millisecond} {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		if s.pump.quit.Load() {
			break
		}
		s.pump.spent.Add(int64(pause))
		s.addRetry()
		err := s.timed(ctx, w, b, off)
		if err == nil {
			return nil
		}
		if err := s.fatalError(err); err != nil {
			return err
		}
	}
	s.markBad(off, int64(len(b)))
	return nil
}

func (s *Step) addRetry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.retries++
	}
}

// timed is one transfer whose time counts as spent on errors. It waits at the gate before.
func (s *Step) timed(ctx context.Context, w *worker, b []byte, off int64) error {
	s.rest(ctx)
	began := time.Now()
	err := s.transfer(w, b, off)
	s.pump.spent.Add(int64(time.Since(began)))
	return err
}

func (s *Step) overBudget() bool { return s.pump.spent.Load() > int64(s.pump.opts.ErrorBudget) }

// markBad records blocks that will not be tried any more.
func (s *Step) markBad(off, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.bad.Add(off, n)
	s.done.Add(n)
}

// skipBlocks skips the next blocks, if the block before the one that just failed had failed too: one at first, then
// twice as many with each failure, but never more than a thousandth of the list. A drive that answers every command with a
// time-out of half a minute would otherwise take years; and the good blocks after a bad region must still be reached.
func (s *Step) skipBlocks() {
	n := s.skip.Load()
	s.skip.Store(max(1, min(2*n, s.blocks.n/1000)))
	first := s.next.Add(n) - n
	for i := first; i < min(first+n, s.blocks.n); i++ {
		s.markBad(s.blocks.at(i))
	}
}

// fatalError returns an error if err means that no block can be transferred any more.
func (s *Step) fatalError(err error) error {
	if devices.Lost(err) {
		return Lost(err)
	}
	if check := s.pump.opts.Check(); check != nil {
		return Lost(message.Errorf("%w, after %w", check, err))
	}
	for _, e := range []error{fs.ErrPermission, fs.ErrClosed, syscall.EROFS, syscall.EBADF, syscall.EINVAL} {
		if errors.Is(err, e) {
			return message.Errorf("%w: %w", ErrRefused, err)
		}
	}
	return nil
}
