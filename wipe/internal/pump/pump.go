// Package pump moves bytes between patterns and a disk: several workers write or read a list of extents, split what fails down to the
// logical block, retry it, and report what could not be transferred. It knows no plan and no report.
package pump

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
)

// Options are about how bytes are moved. Zero means a default for all but Check.
type Options struct {
	Workers       int           // concurrent transfers; 0: chosen for the disk, and more if that turns out to be faster
	LinkJobs      int           // jobs on the same [devices.Disk.Link], this one included; 0: 1
	Block         int           // bytes of one transfer, a multiple of the logical block; 0: chosen for the disk
	ErrorBudget   time.Duration // time that one pump may spend on errors before failing blocks are no longer split; 0: 30 minutes
	GiveUp        GiveUp        // when to give the disk up; zero: never
	CancelTimeout time.Duration // how long to wait for a disk that does not answer after the context has ended; 0: 30 seconds

	Gate  *Gate           // may be nil
	Hurry <-chan struct{} // closed when nobody wants to wait for CancelTimeout any longer; nil: never

	Check    func() error        // nil if it is still the disk that was claimed
	Progress func(Progress)      // may be nil; called from the goroutine of [Step.Run]
	Silent   func(time.Duration) // may be nil; called from the goroutine of [Pump.Call] while a disk does not answer
}

// Progress is how far a step is.
type Progress struct {
	Done, Total int64         // bytes
	Bad         int           // extents that failed or differ
	Silent      time.Duration // since the disk last answered, in whole seconds; 0 below ten
	GivingUp    time.Duration // how much more time may be lost to errors before the disk is given up; 0 if none was lost, or without a limit
	Paused      bool          // all workers wait at the gate
}

const (
	progressEvery = 250 * time.Millisecond
	silence       = 10 * time.Second // a disk that has not answered for so long is reported
)

// Pump is what the steps of one job share: workers with their memory, the error budget, the tuning.
type Pump struct {
	Size    int64 // of the disk, in bytes
	Logical int   // block, in bytes

	opts     Options
	block    int
	workers  []*worker
	cleanups []func()
	few      int      // concurrent transfers at first
	tuners   [2]tuner // of writing and of reading the whole disk

	zoneTuner tuner // of writing host-managed zones: how many at a time
	piece     int   // bytes of a careful transfer into a zone

	losses losses
	quit   atomic.Bool // the disk is given up: no more blocks are taken

	spent     atomic.Int64 // nanoseconds spent on errors, all workers together
	abandoned bool         // the disk did not answer after the context ended: a transfer or flush is still pending
}

// worker is the memory of one goroutine.
type worker struct {
	buf  []byte // one block
	want []byte // what should have been read
}

// New makes a pump for a disk of size bytes. Of d it uses the logical block, the bus and the queue.
func New(d devices.Disk, size int64, o Options) (*Pump, error) {
	if o.ErrorBudget == 0 {
		o.ErrorBudget = 30 * time.Minute
	}
	if o.CancelTimeout == 0 {
		o.CancelTimeout = 30 * time.Second
	}
	p := &Pump{Size: size, Logical: d.LogicalBlock, opts: o, block: o.Block}
	if p.block == 0 && p.Logical > 0 {
		p.block = blockFor(d)
	}
	if err := checkSizes(size, p.Logical, p.block); err != nil {
		return nil, err
	}
	n, most := workersFor(d, p.block, o.LinkJobs)
	if o.Workers > 0 {
		n, most = o.Workers, o.Workers
	}
	p.few, p.tuners = n, [2]tuner{{n: n, most: most}, {n: n, most: most}}
	zones, most := zonesFor(d, n, most)
	if o.Workers > 0 {
		zones = most
	}
	p.zoneTuner, p.piece = tuner{n: zones, most: most}, min(max(d.LogicalBlock, d.PhysicalBlock), p.block)
	if err := p.growWorkers(n); err != nil {
		return nil, err
	}
	return p, nil
}

// fixedWorkers does not tune: what is fastest for small pieces here and there is not what a whole pass needs.
func (p *Pump) fixedWorkers() *tuner { return &tuner{n: p.few, most: p.few, over: true} }

// growWorkers allocates the memory of workers until there are n.
func (p *Pump) growWorkers(n int) error {
	n -= len(p.workers)
	if n <= 0 {
		return nil
	}
	room := (p.block + page - 1) / page * page // so that each buffer begins on a page
	arena, free, err := newBuffers(n * (room + scratch))
	if err != nil {
		return err
	}
	p.cleanups = append(p.cleanups, free)
	for range n {
		p.workers = append(p.workers, &worker{arena[:p.block:p.block], arena[room:][:scratch:scratch]})
		arena = arena[room+scratch:]
	}
	return nil
}

// Close frees the memory, unless the disk may still be using it.
func (p *Pump) Close() {
	if p.abandoned {
		return
	}
	for _, free := range p.cleanups {
		free()
	}
}

// Abandoned reports whether the disk did not answer after the context had ended. A transfer or flush may then still be pending, and
// nothing more should be asked of the disk.
func (p *Pump) Abandoned() bool { return p.abandoned }

// ErrorBudget is the time that may be spent on errors.
func (p *Pump) ErrorBudget() time.Duration { return p.opts.ErrorBudget }

// Call waits for a call that goes to the disk. If ctx ends it waits for CancelTimeout longer and then returns [ErrSilent]; the call
// itself cannot be interrupted.
func (p *Pump) Call(ctx context.Context, call func() error) error {
	done := make(chan error, 1)
	go func() { done <- call() }()
	tick, began := time.NewTicker(progressEvery), time.Now()
	defer tick.Stop()
	cancelled := ctx.Done()
	var grace <-chan time.Time
	var hurry <-chan struct{} // once ctx has ended
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			if silent := time.Since(began).Truncate(time.Second); silent >= silence && p.opts.Silent != nil {
				p.opts.Silent(silent)
			}
		case <-cancelled:
			cancelled, grace, hurry = nil, time.After(p.opts.CancelTimeout), p.opts.Hurry
		case <-hurry:
			grace, hurry = time.After(lastGrace), nil
		case <-grace:
			p.abandoned = true
			return ErrSilent
		}
	}
}

// lastGrace is what a disk that answers still gets when nobody wants to wait: a transfer under way takes some milliseconds.
const lastGrace = 250 * time.Millisecond

// Why a step or a call ended early.
var (
	// ErrStopped says that the context ended before all was done.
	ErrStopped = message.New("stopped")
	// ErrRefused says that the system does not allow such transfers, whatever the block.
	ErrRefused = message.New("transfer refused")
	// ErrSilent says that the context ended and the disk did not answer any more.
	ErrSilent = message.New("the disk stopped responding: pending I/O was abandoned, and its cache was not flushed")
)

// errShort means that a transfer moved less than asked and returned no error. Whether the disk is still there is then found out by Check;
// a short read past the end of a disk that shrank comes with io.EOF.
var errShort = message.New("short transfer")

// Stopped is the error of a step that ended with ctx after at of of bytes. It wraps ErrStopped and the cause.
func Stopped(ctx context.Context, at, of int64) error {
	return message.Errorf("%w after %d of %d bytes: %w", ErrStopped, at, of, context.Cause(ctx))
}

// Lost makes err one that wraps [devices.ErrLost].
func Lost(err error) error {
	if errors.Is(err, devices.ErrLost) {
		return err
	}
	return message.Errorf("%w: %w", devices.ErrLost, err)
}
