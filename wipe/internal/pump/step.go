package pump

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
)

// Step is one sweep over a list of extents by several workers: writing a pass, or reading it back.
type Step struct {
	pump     *Pump
	tuner    *tuner
	blocks   blockMap
	onTick   func()                                     // called between reports of progress; may be nil
	onPause  func(paused bool)                          // may be nil; see OnPause
	init     func(w *worker)                            // prepares a worker before its first block; may be nil
	fill     func(b []byte, off int64)                  // prepares b for transfer; may be nil
	transfer func(w *worker, b []byte, off int64) error // one transfer; b is any whole number of logical blocks

	zones []devices.Zone // that are written, instead of blocks; nil on a disk without zones
	zoned Zoned

	width     atomic.Int64 // how many workers there should be
	next      atomic.Int64 // the block that is taken next
	done      atomic.Int64 // bytes dealt with, successfully or not
	good      atomic.Int64 // bytes written, or read back and equal
	skip      atomic.Int64 // how many blocks the next failure skips, once the error budget is used up
	skippedAt atomic.Int64 // the offset where it was used up; -1: it was not

	rested chan struct{} // receives when all workers rest; it holds one value
	paused time.Duration // so far; of the goroutine of Run

	at []atomic.Int64 // for each worker a number no higher than that of its current block; the highest number if it has none

	mu         sync.Mutex // guards what follows
	closed     bool       // the lists are read: nothing may be added
	bad        Extents    // transfer failed for good
	mismatched Extents
	retries    int
	working    int   // goroutines
	resting    int   // of them at the gate
	fatal      error // why all workers must stop
	took       time.Duration
	never      []Extent // see Result.Untried
}

func (p *Pump) newStep(list []Extent) *Step {
	s := &Step{pump: p, tuner: p.fixedWorkers(), blocks: mapBlocks(list, int64(p.block)), rested: make(chan struct{}, 1)}
	s.skippedAt.Store(-1)
	return s
}

// Result is what a step found.
type Result struct {
	Done       int64 // bytes dealt with, successfully or not
	Good       int64 // bytes written, or read back and equal
	Bad        Extents
	Mismatched Extents
	Retries    int           // times that a single logical block, or a zone, was tried again
	Untried    []Extent      // when the disk was given up: what no worker had begun with, sorted
	SkippedAt  int64         // offset from which failing blocks were not split and their neighbours skipped; -1: none
	Took       time.Duration // monotonic, without the pauses
}

// Tune makes the step, which covers the whole disk, look for the fastest number of transfers.
func (s *Step) Tune(reading bool) *Step {
	s.tuner = &s.pump.tuners[0]
	if reading {
		s.tuner = &s.pump.tuners[1]
	}
	return s
}

// OnTick has f called about four times a second by the goroutine of Run.
func (s *Step) OnTick(f func()) { s.onTick = f }

// OnPause has f called by the goroutine of Run when all workers wait at the gate, and again when they go on or ctx ends.
func (s *Step) OnPause(f func(paused bool)) { s.onPause = f }

// AddBad records extents that an earlier process could not write. They lie outside of the step's list.
func (s *Step) AddBad(list []Extent) { s.bad.List = slices.Clone(list) }

// Result returns what the step found. It is final once Run has returned.
func (s *Step) Result() Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Result{s.done.Load(), s.good.Load(), s.bad, s.mismatched, s.retries, s.never, s.skippedAt.Load(), s.took}
}

// Low is the offset before which every byte of the list has been dealt with. It may be called while the step runs.
func (s *Step) Low() int64 {
	low := min(s.next.Load(), s.blocks.n)
	for i := range s.at {
		low = min(low, s.at[i].Load())
	}
	if low < s.blocks.n {
		off, _ := s.blocks.at(low)
		return off
	}
	if n := len(s.blocks.list); n > 0 {
		return s.blocks.list[n-1].Offset + s.blocks.list[n-1].Length
	}
	return 0
}

// BadBefore returns the bad extents below off, and whether the list is complete. It may be called while the step runs.
func (s *Step) BadBefore(off int64) (list []Extent, complete bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Without(s.bad.List, []Extent{{off, s.pump.Size - off}}), s.bad.Cut.Extents == 0
}

// Run sends the workers over the list and reports progress until all have stopped; the first report comes before anything is done. It
// returns the error that stopped them, or [Stopped] if ctx ended and blocks were left. Workers that are still in a transfer
// CancelTimeout after ctx ended are abandoned, because nothing can interrupt them.
func (s *Step) Run(ctx context.Context) error {
	begun := time.Now()
	working, stop := context.WithCancel(ctx)
	defer stop()
	s.tuner.nextStep()
	s.report(0, false, 0)
	c := s.newCrew(working, stop)
	if err := s.watch(ctx, c); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took = time.Since(begun) - s.paused
	if s.never = s.untried(); s.pump.quit.Load() && s.fatal == nil && ctx.Err() == nil && len(s.never) > 0 {
		return ErrGivenUp
	}
	if done := s.done.Load(); s.fatal == nil && done < s.blocks.bytes {
		return Stopped(ctx, done, s.blocks.bytes)
	}
	return s.fatal
}

// watch reports progress until all workers have stopped, or abandons them.
func (s *Step) watch(ctx context.Context, c *crew) error {
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	moved, heard := int64(-1), time.Now()
	cancelled := ctx.Done()
	rest := pause{step: s}
	defer rest.end()
	var grace <-chan time.Time
	var hurry <-chan struct{} // once ctx has ended
	for c.alive > 0 {
		select {
		case <-tick.C:
			if s.onTick != nil {
				s.onTick()
			}
			if s.pump.abandoned {
				return s.abandon(ctx)
			}
			if rest.opens == nil {
				c.resize()
			}
		case <-s.rested:
			if c.working.Err() == nil { // workers that end leave the others behind, all of them resting
				rest.begin()
			}
		case <-rest.opens:
			rest.end()
		case <-cancelled:
			rest.end()
			cancelled, grace, hurry = nil, time.After(s.pump.opts.CancelTimeout), s.pump.opts.Hurry
		case <-hurry:
			grace, hurry = time.After(lastGrace), nil
		case <-grace:
			return s.abandon(ctx)
		case <-c.ended:
			if c.alive--; c.alive > 0 {
				continue
			}
		}
		if now := s.done.Load() + s.pump.spent.Load(); now != moved || rest.opens != nil { // an error is an answer, too
			moved, heard = now, time.Now()
		}
		s.report(time.Since(heard), rest.opens != nil, s.countLosses(time.Now()))
	}
	return nil
}

// report hands out the progress. The lists are locked only here and where something is wrong.
func (s *Step) report(silent time.Duration, paused bool, givingUp time.Duration) {
	if s.pump.opts.Progress == nil {
		return
	}
	if silent = silent.Truncate(time.Second); silent < silence {
		silent = 0
	}
	s.mu.Lock()
	bad := s.bad.Total().Extents + s.mismatched.Total().Extents
	s.mu.Unlock()
	s.pump.opts.Progress(Progress{s.done.Load(), s.blocks.bytes, bad, silent, givingUp, paused})
}

// abandon leaves the workers behind. What they still do is not counted, and their buffers are never freed: the kernel may be using them.
func (s *Step) abandon(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed, s.pump.abandoned = true, true
	return message.Errorf("%w: %w", Stopped(ctx, s.done.Load(), s.blocks.bytes), ErrSilent)
}

// crew is the goroutines of a step.
type crew struct {
	step    *Step
	working context.Context
	stop    func()
	most    int64
	started int
	alive   int
	ended   chan struct{}
}

func (s *Step) newCrew(working context.Context, stop func()) *crew {
	most := min(int64(s.tuner.most), s.blocks.n)
	s.at = make([]atomic.Int64, most)
	for i := range s.at {
		s.at[i].Store(math.MaxInt64)
	}
	c := &crew{step: s, working: working, stop: stop, most: most, ended: make(chan struct{}, most)} // buffered for all: an abandoned worker must not block
	c.start()
	return c
}

// start starts workers until there are as many as the tuner wants.
func (c *crew) start() {
	s := c.step
	s.width.Store(min(int64(s.tuner.n), c.most))
	for ; c.started < int(s.width.Load()); c.started++ {
		me, w := c.started, s.pump.workers[c.started]
		c.alive++
		s.count(1, 0)
		go func() {
			s.work(c.working, c.stop, me, w)
			s.count(-1, 0)
			c.ended <- struct{}{}
		}()
	}
}

// resize follows the tuner.
func (c *crew) resize() {
	s := c.step
	s.tuner.update(time.Now(), s.done.Load(), s.pump.spent.Load())
	if s.pump.growWorkers(s.tuner.n) != nil {
		s.tuner.fix(len(s.pump.workers)) // no memory for more
	}
	c.start()
}
