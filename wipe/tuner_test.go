package wipe_test

import (
	"bytes"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices"
	"rasure/wipe"
)

// bus is a drive on a bus that carries so many transfers at a time, each for so long; the others wait.
type bus struct {
	target
	each  time.Duration
	lanes chan struct{}

	under, most atomic.Int64 // transfers under way, waiting ones too: now, and at most since after
	after       time.Time

	writes atomic.Int64
	seen   func(n int64, p []byte) // every write, from 1 on; may be nil
}

func newBus(tg target, lanes int, each time.Duration) *bus {
	return &bus{target: tg, each: each, lanes: make(chan struct{}, lanes)}
}

func (b *bus) WriteAt(p []byte, off int64) (int, error) {
	defer b.ride()()
	if n := b.writes.Add(1); b.seen != nil {
		b.seen(n, p)
	}
	return b.target.WriteAt(p, off)
}

func (b *bus) ReadAt(p []byte, off int64) (int, error) {
	defer b.ride()()
	return b.target.ReadAt(p, off)
}

func (b *bus) ride() (leave func()) {
	if n := b.under.Add(1); n > b.most.Load() && time.Now().After(b.after) {
		b.most.Store(n)
	}
	b.lanes <- struct{}{}
	time.Sleep(b.each)
	<-b.lanes
	return func() { b.under.Add(-1) }
}

func TestTunerGrows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const blocks, start = 1000, 4
		b := newBus(newTarget(blocks*4096, 512), 16, 100*time.Millisecond)
		began := time.Now()
		run(t, b, plan(t, b.disk, wipe.PlanOptions{Scheme: "clear-zero", Verify: wipe.None}), wipe.RunOptions{Block: 4096})
		if took, never := time.Since(began), blocks/start*b.each; took > never/2 {
			t.Errorf("it took %v, and %v would have been enough for %d transfers at a time", took, never, start)
		}
		got := make([]byte, blocks*4096)
		if b.Peek(got, 0); !bytes.Equal(got, make([]byte, len(got))) {
			t.Error("not all of it was overwritten")
		}
	})
}

// The buffers of a constant are filled once: one that comes later must be, too, and not write what the memory held.
func TestLateWorkerWritesPattern(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const blocks = 1000
		b := newBus(newTarget(blocks*4096, 512), 16, 100*time.Millisecond)
		b.seen = func(n int64, p []byte) {
			if n <= blocks && !bytes.Equal(p, bytes.Repeat([]byte{0xFF}, len(p))) {
				t.Errorf("write %d of the pass of ones has another byte", n)
			}
		}
		run(t, b, plan(t, b.disk, wipe.PlanOptions{Scheme: "hmg-is5-enhanced"}), wipe.RunOptions{Block: 4096})
		if b.most.Load() < 8 {
			t.Errorf("at most %d workers were there: nothing was tried", b.most.Load())
		}
	})
}

func TestTunerStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBus(newTarget(1000*4096, 512), 3, 100*time.Millisecond)
		b.after = time.Now().Add(6 * time.Second) // two windows, and what was under way then
		run(t, b, plan(t, b.disk, wipe.PlanOptions{Verify: wipe.None}), wipe.RunOptions{Block: 4096})
		if got := b.most.Load(); got != 4 {
			t.Errorf("%d transfers under way after the trial, want 4", got)
		}
	})
}

func TestLinkJobs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bus     devices.Bus
		sharing int
		want    int64
	}{
		{devices.USB, 0, 60}, {devices.USB, 2, 8}, {devices.USB, 5, 3}, {devices.USB, 24, 2}, {devices.SAS, 24, 2}, {devices.SAS, 4, 16},
	} {
		synctest.Test(t, func(t *testing.T) {
			tg := newTarget(4000*4096, 512)
			tg.disk.Bus = c.bus
			tg.disk.Queue.Depth = 59
			b := newBus(tg, 100, 100*time.Millisecond)
			run(t, b, plan(t, b.disk, wipe.PlanOptions{Verify: wipe.None}), wipe.RunOptions{Block: 4096, LinkJobs: c.sharing})
			if got := b.most.Load(); got != c.want {
				t.Errorf("%s shared by %d: at most %d transfers at a time, want %d", c.bus, c.sharing, got, c.want)
			}
		})
	}
}

// 24 disks at once, one of which is a hundred times slower.
func TestSlowDiskBesideFast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type end struct {
			disk int
			took time.Duration
		}
		ends := make(chan end)
		began := time.Now()
		for i := range 24 {
			each := 10 * time.Millisecond
			if i == 7 {
				each = time.Second
			}
			b := newBus(newTarget(400*4096, 512), 1, each)
			go func() {
				run(t, b, plan(t, b.disk, wipe.PlanOptions{}), wipe.RunOptions{Block: 4096, LinkJobs: 24})
				ends <- end{i, time.Since(began)}
			}()
		}
		for range 24 {
			e := <-ends
			if want := 8 * time.Second; e.disk != 7 && e.took > want+time.Second {
				t.Errorf("disk %d took %v, want %v", e.disk, e.took, want)
			}
		}
	})
}
