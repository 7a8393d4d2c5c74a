package wipe_test

import (
	"strconv"
	"testing"
	"time"

	"rasure/devices"
	"rasure/wipe"
)

// void takes every write and answers every read with what is in the buffer: what remains is the cost of this package.
type void struct{ disk devices.Disk }

func (v void) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }
func (v void) ReadAt(p []byte, _ int64) (int, error)  { return len(p), nil }
func (v void) Sync() error                            { return nil }
func (v void) DropCache() error                       { return nil }
func (v void) Check() error                           { return nil }
func (v void) Disk() devices.Disk                     { return v.disk }

func BenchmarkRun(b *testing.B) {
	memory := newTarget(256<<20, 512)
	for _, c := range []struct {
		name   string
		target wipe.Target
		o      wipe.PlanOptions
	}{
		{"write random to nothing", void{memory.disk}, wipe.PlanOptions{Verify: wipe.None}},
		{"write zeros to nothing", void{memory.disk}, wipe.PlanOptions{Scheme: "clear-zero", Verify: wipe.None}},
		{"write random to memory", memory, wipe.PlanOptions{Verify: wipe.None}},
		{"write random to memory and verify", memory, wipe.PlanOptions{}},
	} {
		b.Run(c.name, func(b *testing.B) {
			p, err := wipe.PlanFor(memory.disk, c.o)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(memory.disk.Size)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := wipe.Run(b.Context(), c.target, p, wipe.RunOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkGate measures what an open gate costs, by the size of a transfer: the two kinds of job take turns, and the ratio is that of their times.
func BenchmarkGate(b *testing.B) {
	for block, size := range map[int]int64{4096: 256 << 20, 1 << 20: 64 << 30} {
		b.Run(strconv.Itoa(block), func(b *testing.B) {
			d := newTarget(1<<20, 512).disk
			d.Size = size
			t := void{d}
			p, err := wipe.PlanFor(t.disk, wipe.PlanOptions{Scheme: "clear-zero", Verify: wipe.None})
			if err != nil {
				b.Fatal(err)
			}
			var took [2]time.Duration
			gates := []*wipe.Gate{nil, {}}
			for b.Loop() {
				for i, gate := range gates {
					began := time.Now()
					if _, err := wipe.Run(b.Context(), t, p, wipe.RunOptions{Gate: gate, Block: block}); err != nil {
						b.Fatal(err)
					}
					took[i] += time.Since(began)
				}
			}
			b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "open/none")
		})
	}
}
