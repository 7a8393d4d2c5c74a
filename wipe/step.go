package wipe

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"rasure/devices"
)

// step is one way over the disk by several workers: writing a pass, or reading it back.
type step struct {
	*engine
	climb   *climb
	course  course
	outset  func(w *worker)                            // makes a worker ready before its first block; may be nil
	prepare func(w *worker, p []byte, off int64)       // makes p ready for move; may be nil
	move    func(w *worker, p []byte, off int64) error // one transfer; p may be any whole number of logical blocks

	width     atomic.Int64 // how many workers there shall be
	next      atomic.Int64 // the block of the course that is taken next
	done      atomic.Int64 // bytes dealt with, well or not
	good      atomic.Int64 // bytes written, or read back and equal
	leap      atomic.Int64 // how many blocks the next failure passes over, once patience has run out
	skippedAt atomic.Int64 // where it ran out; -1: it did not

	at   []atomic.Int64 // for each worker a number no higher than that of the block it is at
	tick func()         // called between events; may be nil

	mu         sync.Mutex // guards what follows
	closed     bool       // the lists are read: nothing may be added
	bad        extents    // move failed for good
	mismatched extents
	retries    int
	fatal      error // why all workers must stop
}

// worker is one goroutine's own memory.
type worker struct {
	buf  []byte // one block
	want []byte // what should have been read
}

// run sends the workers over the course and reports progress until all have stopped. It gives the error that stopped them, or
// that of ctx if blocks were left. Workers that are still in a transfer when ctx ended a grace ago are left behind: nothing can
// call them back.
func (s *step) run(ctx context.Context) error {
	s.skippedAt.Store(-1)
	begun := time.Now()
	working, stop := context.WithCancel(ctx)
	defer stop()
	s.climb.step()
	most := min(int64(s.climb.most), s.course.n)
	s.at = make([]atomic.Int64, most)
	for i := range s.at {
		s.at[i].Store(math.MaxInt64)
	}
	started, alive := 0, 0
	ended := make(chan struct{}, most+1) // has room for all, so that nobody who was left behind waits for a reader
	widen := func() {
		s.width.Store(min(int64(s.climb.n), most))
		for ; started < int(s.width.Load()); started++ {
			me, w := started, s.workers[started]
			s.at[me].Store(s.next.Load())
			alive++
			go func() {
				s.work(working, stop, me, w)
				ended <- struct{}{}
			}()
		}
	}
	if widen(); alive == 0 {
		ended <- struct{}{} // an empty course
	}
	tick := time.NewTicker(eventEvery)
	defer tick.Stop()
	moved, heard := int64(-1), begun
	cancelled := ctx.Done()
	var grace <-chan time.Time
	for running := true; running; {
		select {
		case <-tick.C:
			if s.tick != nil {
				s.tick()
			}
			if s.left {
				return s.leave(ctx)
			}
			s.climb.look(time.Now(), s.done.Load(), s.spent.Load())
			if s.hire(s.climb.n) != nil {
				s.climb.settle(len(s.workers)) // no memory for more, so it goes on as it is
			}
			widen()
		case <-cancelled:
			cancelled, grace = nil, time.After(s.CancelTimeout)
		case <-grace:
			return s.leave(ctx)
		case <-ended:
			if alive--; alive > 0 {
				continue
			}
			running = false
		}
		if now := s.done.Load() + s.spent.Load(); now != moved { // an error is an answer, too
			moved, heard = now, time.Now()
		}
		s.event.Silent = 0
		if silent := time.Since(heard).Truncate(time.Second); silent >= silence {
			s.event.Silent = silent
		}
		s.report(s)
	}
	s.took = time.Since(begun)
	if done := s.done.Load(); s.fatal == nil && done < s.course.bytes {
		return stoppedBy(ctx, done, s.course.bytes)
	}
	return s.fatal
}

// leave gives up the workers. What they still do is not counted, and their buffers are never freed: the kernel may be using them.
func (s *step) leave(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed, s.left = true, true
	return fmt.Errorf("%w: %w", stoppedBy(ctx, s.done.Load(), s.course.bytes), errSilent)
}

// low is how far the step has come without a gap: every block of the course before it has been dealt with.
func (s *step) low() int64 {
	low := min(s.next.Load(), s.course.n)
	for i := range s.at {
		low = min(low, s.at[i].Load())
	}
	return low
}

// work is worker number me, until the course ends or there shall be fewer.
func (s *step) work(ctx context.Context, stop func(), me int, w *worker) {
	at := &s.at[me]
	if s.outset != nil {
		s.outset(w)
	}
	for ctx.Err() == nil {
		if int64(me) >= s.width.Load() {
			at.Store(math.MaxInt64)
			return
		}
		at.Store(s.next.Load()) // before a block is taken, so that low is never too high
		i := s.next.Add(1) - 1
		if i >= s.course.n {
			at.Store(math.MaxInt64)
			return
		}
		off, n := s.course.at(i)
		p := w.buf[:n]
		if s.prepare != nil {
			s.prepare(w, p, off)
		}
		began := time.Now()
		err := s.move(w, p, off)
		if err == nil {
			if s.leap.Load() > 0 {
				s.leap.Store(0)
			}
			continue
		}
		s.spent.Add(int64(time.Since(began)))
		if err := s.split(ctx, w, p, off, err); err != nil {
			s.mu.Lock()
			if s.fatal == nil {
				s.fatal = err
			}
			s.mu.Unlock()
			stop()
		}
		if s.impatient() && ctx.Err() == nil {
			s.passOver()
		}
	}
}

// split deals with a block on which a transfer failed: it halves it until the single logical blocks stand alone that cannot be
// moved. So one bad sector costs one sector, not the whole block. It gives an error if there is no sense in going on.
func (s *step) split(ctx context.Context, w *worker, p []byte, off int64, err error) error {
	if err := s.hopeless(err); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return nil
	case s.impatient():
		s.skippedAt.CompareAndSwap(-1, off)
		s.give(off, int64(len(p)))
		return nil
	case len(p) <= s.logical:
		return s.again(ctx, w, p, off, err)
	}
	half := max(len(p)/2/s.logical, 1) * s.logical
	if err := s.part(ctx, w, p[:half], off); err != nil {
		return err
	}
	return s.part(ctx, w, p[half:], off+int64(half))
}

func (s *step) part(ctx context.Context, w *worker, p []byte, off int64) error {
	if ctx.Err() != nil {
		return nil
	}
	if err := s.timed(w, p, off); err != nil {
		return s.split(ctx, w, p, off, err)
	}
	return nil
}

// again tries a single logical block twice more, and then calls it bad.
func (s *step) again(ctx context.Context, w *worker, p []byte, off int64, err error) error {
	for _, pause := range []time.Duration{50 * time.Millisecond, 200 * time.Millisecond} {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		s.spent.Add(int64(pause))
		s.mu.Lock()
		s.retries++
		s.mu.Unlock()
		if err = s.timed(w, p, off); err == nil {
			return nil
		}
		if err := s.hopeless(err); err != nil {
			return err
		}
	}
	s.give(off, int64(len(p)))
	return nil
}

// timed is one transfer whose time counts as spent on errors.
func (s *step) timed(w *worker, p []byte, off int64) error {
	began := time.Now()
	err := s.move(w, p, off)
	s.spent.Add(int64(time.Since(began)))
	return err
}

func (s *step) impatient() bool { return s.spent.Load() > int64(s.ErrorBudget) }

// give records blocks that will not be tried any more.
func (s *step) give(off, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.bad.add(off, n)
	s.done.Add(n)
}

// passOver leaves out the blocks that come next, if the block before the one that failed now had failed too: one at first, then
// twice as many with each failure, but never more than a thousandth of the course. A drive that answers every command with a
// time-out of half a minute would otherwise take years; and what is good behind a bad region must still be reached.
func (s *step) passOver() {
	leap := s.leap.Load()
	s.leap.Store(max(1, min(2*leap, s.course.n/1000)))
	first := s.next.Add(leap) - leap
	for i := first; i < min(first+leap, s.course.n); i++ {
		s.give(s.course.at(i))
	}
}

// hopeless gives an error if err means that no block can be moved any more.
func (s *step) hopeless(err error) error {
	if devices.Lost(err) {
		return lost(err)
	}
	if check := s.check(); check != nil {
		return lost(fmt.Errorf("%w, after %w", check, err))
	}
	for _, e := range []error{fs.ErrPermission, fs.ErrClosed, syscall.EROFS, syscall.EBADF, syscall.EINVAL} {
		if errors.Is(err, e) {
			return fmt.Errorf("%w: %w", errRefused, err)
		}
	}
	return nil
}

// errRefused: the transfer as such is not allowed, whatever the block.
var errRefused = errors.New("transfer refused")

func lost(err error) error {
	if errors.Is(err, devices.ErrLost) {
		return err
	}
	return fmt.Errorf("%w: %w", devices.ErrLost, err)
}
