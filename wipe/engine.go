package wipe

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"rasure/devices"
	"rasure/wipe/pattern"
)

// Options are what a caller may choose about how, not what. The zero value is good.
type Options struct {
	OnEvent func(Event)      // may be nil; called from the goroutine that called Run or Check
	Now     func() time.Time // for the times in the report; nil: time.Now
	Rand    io.Reader        // of keys, characters and seeds; nil: crypto/rand

	Workers       int           // transfers under way at a time; 0: chosen for the disk, and more if that turns out to be faster
	LinkJobs      int           // jobs at work on the same [devices.Disk.Link], this one included; 0: 1
	Block         int           // bytes of one transfer, a multiple of the logical block; 0: chosen for the disk
	ErrorBudget   time.Duration // what may be spent on errors in one job before failing blocks are no longer split; 0: 30 minutes
	CancelTimeout time.Duration // how long a disk that does not answer is waited for after ctx has ended; 0: 30 seconds

	Resume    *State      // Run: go on where that job was; nil: begin
	SaveState func(State) // Run: may be nil; called from Run's goroutine whenever there is a new state to resume from

	SaveStateSync func(State) error // Run: makes a state durable before a step that cannot be taken back; nil: there is no such record
	PollInterval  time.Duration     // Run: how long to wait between two questions to a drive that erases itself; 0: 1 s, and 10 s after a minute

	Disk devices.Disk // Check: what is known of the disk; its LogicalBlock must be, its Size does not count
	Skip []Extent     // Check: sorted; not to be read, because a certificate lists them as not written
}

const (
	eventEvery = 250 * time.Millisecond
	silence    = 10 * time.Second // from here on a disk that answers nothing is told of
)

// engine is what the steps of one job share.
type engine struct {
	Options
	name    string // of the pattern, for events
	size    int64
	logical int
	block   int
	workers []*worker
	frees   []func()
	few     int          // transfers under way to begin with
	climbs  [2]climb     // of writing and of reading the whole disk
	check   func() error // is it still the disk that was claimed

	spent atomic.Int64 // nanoseconds spent on errors, all workers together
	left  bool         // the disk did not answer when the job was told to stop: a transfer or flush is still under way

	event Event         // the next one, but for what is counted
	last  Event         // the last one
	base  int64         // bytes of the steps before
	after later         // bytes of the steps to come
	found int           // extents and flush errors of the steps before
	took  time.Duration // by the step that ended last
}

func (o Options) filled() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.ErrorBudget == 0 {
		o.ErrorBudget = 30 * time.Minute
	}
	if o.CancelTimeout == 0 {
		o.CancelTimeout = 30 * time.Second
	}
	return o
}

func newEngine(d devices.Disk, size int64, check func() error, o Options) (*engine, error) {
	e := &engine{Options: o, size: size, logical: d.LogicalBlock, block: o.Block, check: check}
	if e.block == 0 && e.logical > 0 {
		e.block = blockFor(d)
	}
	if err := checkSizes(size, e.logical, e.block); err != nil {
		return nil, err
	}
	n, most := workersFor(d, e.block, o.LinkJobs)
	if o.Workers > 0 {
		n, most = o.Workers, o.Workers
	}
	e.few, e.climbs = n, [2]climb{{n: n, most: most}, {n: n, most: most}}
	if err := e.hire(n); err != nil {
		return nil, err
	}
	return e, nil
}

// steady is no climb: what is found with small pieces here and there is not what a whole pass needs.
func (e *engine) steady() *climb { return &climb{n: e.few, most: e.few, over: true} }

// hire sees to it that there are n workers, with their memory.
func (e *engine) hire(n int) error {
	n -= len(e.workers)
	if n <= 0 {
		return nil
	}
	room := (e.block + page - 1) / page * page // so that each buffer begins on a page
	arena, free, err := newBuffers(n * (room + scratch))
	if err != nil {
		return err
	}
	e.frees = append(e.frees, free)
	for range n {
		e.workers = append(e.workers, &worker{arena[:e.block:e.block], arena[room:][:scratch:scratch]})
		arena = arena[room+scratch:]
	}
	return nil
}

// free gives the memory back, unless the disk may still be using it.
func (e *engine) free() {
	if e.left {
		return
	}
	for _, free := range e.frees {
		free()
	}
}

// errShort: a transfer moved less than it was asked to and told no error. Whether the disk is still there is asked of the disk; a
// short read over the end of one that shrank comes with io.EOF.
var errShort = errors.New("transfer cut short")

// writing is the step that puts p on the disk.
func (e *engine) writing(t io.WriterAt, p pattern.Pattern, list []Extent) *step {
	s := &step{engine: e, climb: e.steady(), course: plot(list, e.block)}
	if period := pattern.Period(p); period > 0 && e.logical%period == 0 {
		s.outset = func(w *worker) { p.FillAt(w.buf, 0) } // fits every block, since all begin at a multiple of the period
	} else {
		s.prepare = func(_ *worker, b []byte, off int64) { p.FillAt(b, off) }
	}
	s.move = func(_ *worker, b []byte, off int64) error {
		n, err := t.WriteAt(b, off)
		if err == nil && n != len(b) {
			err = errShort
		}
		if err == nil {
			s.good.Add(int64(n))
			s.done.Add(int64(n))
		}
		return err
	}
	return s
}

// reading is the step that compares what is on the disk with p.
func (e *engine) reading(t io.ReaderAt, p pattern.Pattern, list []Extent) *step {
	s := &step{engine: e, climb: e.steady(), course: plot(list, e.block)}
	s.move = func(w *worker, b []byte, off int64) error {
		n, err := t.ReadAt(b, off)
		switch {
		case n == len(b) && err == io.EOF: // the last block: io.ReaderAt leaves that open
		case err != nil:
			return err
		case n != len(b):
			return errShort
		}
		for at := 0; at < len(b); at += len(w.want) {
			got := b[at:min(at+len(w.want), len(b))]
			want := w.want[:len(got)]
			p.FillAt(want, off+int64(at))
			if bytes.Equal(got, want) {
				s.good.Add(int64(len(got)))
			} else {
				s.mismatch(got, want, off+int64(at))
			}
		}
		s.done.Add(int64(n))
		return nil
	}
	return s
}

// errSilent: the job was told to stop, and the disk did not answer any more.
var errSilent = errors.New("the disk does not answer: what is under way was left to it, and nothing was flushed")

// answered waits for a call that goes to the disk, and if ctx ends for Grace longer. It cannot be called back then.
func (e *engine) answered(ctx context.Context, call func() error) error {
	done := make(chan error, 1)
	go func() { done <- call() }()
	tick, began := time.NewTicker(eventEvery), time.Now()
	defer tick.Stop()
	cancelled := ctx.Done()
	var grace <-chan time.Time
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			if silent := time.Since(began).Truncate(time.Second); silent >= silence && e.OnEvent != nil {
				ev := e.last
				ev.Silent = silent
				e.OnEvent(ev)
			}
		case <-cancelled:
			cancelled, grace = nil, time.After(e.CancelTimeout)
		case <-grace:
			e.left = true
			return errSilent
		}
	}
}

// mismatch notes which logical blocks differ.
func (s *step) mismatch(got, want []byte, off int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	for at := 0; at < len(got); at += s.logical {
		end := min(at+s.logical, len(got))
		if bytes.Equal(got[at:end], want[at:end]) {
			s.good.Add(int64(end - at))
		} else {
			s.mismatched.add(off+int64(at), int64(end-at))
		}
	}
}

// chosen gives the extents that a verification in that mode reads, without those in bad, and what was really chosen.
func (e *engine) chosen(mode VerifyMode, bad []Extent) ([]Extent, VerifyMode, *SampleReport, error) {
	list := []Extent{{0, e.size}}
	var sample *SampleReport
	if mode == Sample {
		var seed [32]byte
		if _, err := io.ReadFull(e.Rand, seed[:]); err != nil {
			return nil, mode, nil, fmt.Errorf("drawing the seed of the sample: %w", err)
		}
		if all := Places(seed, e.size, e.logical); all != nil {
			list = all
			sample = &SampleReport{hex.EncodeToString(seed[:]), sections, sections*places + 2, sum(all)}
		} else {
			mode = Full
		}
	}
	return without(list, bad), mode, sample, nil
}

// report sends an event. The lists are locked only here and where something is wrong.
func (e *engine) report(s *step) {
	if e.OnEvent == nil {
		return
	}
	s.mu.Lock()
	found := len(s.bad.list) + s.bad.cut.Extents + len(s.mismatched.list) + s.mismatched.cut.Extents
	s.mu.Unlock()
	ev := e.event
	ev.Done, ev.Total = s.done.Load(), s.course.bytes
	ev.JobDone, ev.JobTotal = e.base+ev.Done, e.base+ev.Total+e.after.written+e.after.read
	ev.LaterWritten, ev.LaterRead = e.after.written, e.after.read
	ev.Exceptions = e.found + found
	e.last = ev
	e.OnEvent(ev)
}

// later is how many bytes steps to come write and read back.
type later struct{ written, read int64 }

// sweep runs one step, with the events that belong to it.
func (e *engine) sweep(ctx context.Context, s *step, after later) error {
	e.after = after
	err := s.run(ctx)
	e.base += s.done.Load()
	e.found += s.bad.total().Extents + s.mismatched.total().Extents
	return err
}

// speed is bytes a second, rounded down; 0 where nothing was done.
func speed(n int64, took time.Duration) int64 {
	if n == 0 || took <= 0 {
		return 0
	}
	return int64(float64(n) / took.Seconds())
}

// stamp is a time as it stands in a report.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
