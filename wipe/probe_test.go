package wipe_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/wipe"
	"rasure/wipe/scheme"
)

// forgetful is a device that stores nothing: it has a cache of the last few writes, and reads zeros where that does not help.
type forgetful struct {
	target
	room int // blocks

	mu    sync.Mutex
	cache map[int64][]byte
	order []int64
}

func (f *forgetful) WriteAt(p []byte, off int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cache == nil {
		f.cache = map[int64][]byte{}
	}
	b := f.disk.LogicalBlock
	for at := 0; at < len(p); at += b {
		block := off + int64(at)
		f.order = append(slices.DeleteFunc(f.order, func(o int64) bool { return o == block }), block)
		f.cache[block] = slices.Clone(p[at : at+b])
		if len(f.order) > f.room {
			delete(f.cache, f.order[0])
			f.order = f.order[1:]
		}
	}
	return len(p), nil
}

func (f *forgetful) ReadAt(p []byte, off int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(p)
	for at := 0; at < len(p); at += f.disk.LogicalBlock {
		copy(p[at:], f.cache[off+int64(at)])
	}
	return len(p), nil
}

// TestProbe erases devices that do not store what is written to them, with every scheme. None of them may end as verified.
func TestProbe(t *testing.T) {
	t.Parallel()
	const b, blocks = 512, 300
	faulty := func(faults ...fault) func() wipe.Target {
		return func() wipe.Target {
			tg := newTarget(blocks*b, b)
			tg.Inject(faults...)
			return tg
		}
	}
	for name, make := range map[string]func() wipe.Target{
		"reads zeros":                           faulty(fault{Kind: devicetest.ReadsZero}),
		"drops writes":                          faulty(fault{Kind: devicetest.LostWrite}),
		"drops writes and reads zeros":          faulty(fault{Kind: devicetest.LostWrite}, fault{Kind: devicetest.ReadsZero}),
		"drops half and reads zeros":            faulty(fault{Kind: devicetest.LostWrite, Offset: blocks / 2 * b}, fault{Kind: devicetest.ReadsZero, Offset: blocks / 2 * b}),
		"drops the last block and reads zeros":  faulty(fault{Kind: devicetest.LostWrite, Offset: (blocks - 1) * b}, fault{Kind: devicetest.ReadsZero, Offset: (blocks - 1) * b}),
		"wraps at a third":                      faulty(fault{Kind: devicetest.Wraps, Size: blocks / 3 * b}),
		"wraps at one block":                    faulty(fault{Kind: devicetest.Wraps, Size: b}),
		"wraps at all but one block":            faulty(fault{Kind: devicetest.Wraps, Size: (blocks - 1) * b}),
		"stores nothing but the last 10 blocks": func() wipe.Target { return &forgetful{target: newTarget(blocks*b, b), room: 10} },
		"stores nothing but the last half":      func() wipe.Target { return &forgetful{target: newTarget(blocks*b, b), room: blocks / 2} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, s := range scheme.All() {
				for _, mode := range []wipe.VerifyMode{wipe.Full, wipe.Sample} {
					tg := make()
					r := run(t, tg, plan(t, tg.Disk(), wipe.PlanOptions{Scheme: s.ID, Verify: mode}), wipe.RunOptions{Block: 16 * b, Workers: 2})
					if r.Outcome == wipe.Verified || len(r.Exceptions) == 0 {
						t.Errorf("%s, %s: outcome %s %v", s.ID, mode, r.Outcome, r.Exceptions)
					}
					if r.Probe != nil && r.Probe.Start.Kept == 0 && r.Outcome != wipe.Failed {
						t.Errorf("%s, %s: outcome %s of a device that kept no keyed block", s.ID, mode, r.Outcome)
					}
				}
			}
		})
	}
	t.Run("honest device", func(t *testing.T) {
		t.Parallel()
		for _, s := range scheme.All() {
			tg := newTarget(blocks*b, b)
			r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: s.ID}), wipe.RunOptions{Block: 16 * b})
			expect(t, r, wipe.Verified, "")
			if probed := r.Probe != nil; probed == s.VerifiesRandom() || probed && (r.Probe.Start.Kept != blocks*b || r.Probe.Ended.IsZero()) {
				t.Errorf("%s: probe %+v", s.ID, r.Probe)
			}
		}
	})
	t.Run("bad blocks", func(t *testing.T) {
		t.Parallel()
		for _, k := range []devicetest.FaultKind{devicetest.Unwritable, devicetest.Unreadable} {
			synctest.Test(t, func(t *testing.T) {
				tg := newTarget(blocks*b, b)
				tg.Inject(fault{Kind: k, Offset: 7 * b, Length: 1, Times: 3}) // remapped before the pass
				r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "clear-zero"}), wipe.RunOptions{Block: b, Workers: 1})
				expect(t, r, wipe.CompletedWithExceptions, wipe.CodeProbeIncomplete)
			})
		}
	})
	t.Run("nothing readable", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			tg := newTarget(blocks*b, b)
			tg.Inject(fault{Kind: devicetest.Unreadable})
			r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "clear-zero"}), wipe.RunOptions{Block: 16 * b, ErrorBudget: time.Hour})
			expect(t, r, wipe.Unknown, wipe.CodeProbeIncomplete+" "+wipe.CodeUnreadable)
		})
	})
	t.Run("nothing read back", func(t *testing.T) {
		t.Parallel()
		tg := newTarget(blocks*b, b)
		r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "clear-zero", Verify: wipe.None}), wipe.RunOptions{})
		if expect(t, r, wipe.CompletedWithExceptions, wipe.CodeNotVerified); r.Probe != nil {
			t.Error("the device was probed for nothing")
		}
	})
}

// sparse is a large device that stores 4096-byte pages, each at its offset modulo the true capacity, and drops what is beyond keeps.
type sparse struct {
	disk     devices.Disk
	capacity int64 // wraps around there
	keeps    int64 // drops writes from here on
	mu       sync.Mutex
	pages    map[int64][4096]byte
}

func (s *sparse) move(p []byte, off int64, write bool) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at := 0; at < len(p); at += 4096 {
		o := (off + int64(at)) % s.capacity
		switch {
		case o >= s.keeps && write:
		case write:
			page := [4096]byte(p[at:])
			if page == ([4096]byte{}) {
				delete(s.pages, o)
			} else {
				s.pages[o] = page
			}
		default:
			page := s.pages[o]
			copy(p[at:], page[:])
		}
	}
	return len(p), nil
}

func (s *sparse) WriteAt(p []byte, off int64) (int, error) { return s.move(p, off, true) }
func (s *sparse) ReadAt(p []byte, off int64) (int, error)  { return s.move(p, off, false) }
func (s *sparse) Sync() error                              { return nil }
func (s *sparse) DropCache() error                         { return nil }
func (s *sparse) Check() error                             { return nil }
func (s *sparse) Disk() devices.Disk                       { return s.disk }

// TestProbeLarge is about devices on which only a part is probed.
func TestProbeLarge(t *testing.T) {
	t.Parallel()
	const size = 280 << 20
	for _, c := range []struct{ capacity, keeps int64 }{
		{size, size}, {size, size - 4096}, {size - 20<<20, size},
	} {
		s := &sparse{disk: devices.Disk{Name: "sdz", Size: size, LogicalBlock: 4096, PhysicalBlock: 4096, Medium: devices.Magnetic},
			capacity: c.capacity, keeps: c.keeps, pages: map[int64][4096]byte{}}
		r := run(t, s, plan(t, s.disk, wipe.PlanOptions{Scheme: "clear-zero"}), wipe.RunOptions{})
		if honest := c.capacity == size && c.keeps == size; honest != (r.Outcome == wipe.Verified) {
			t.Errorf("wraps at %d, drops from %d: outcome %s, %+v", c.capacity, c.keeps, r.Outcome, r.Probe)
		}
		if n := r.Plan.ProbeBytes(size, 4096) - r.Probe.Start.Bytes - r.Probe.Spread.Bytes; n > 1<<20 || n < -1<<20 {
			t.Errorf("the plan says %d bytes of keyed blocks, the report %+v", r.Plan.ProbeBytes(size, 4096), r.Probe)
		}
		if r.Probe.Start.Bytes != 256<<20 || r.Probe.Spread.Bytes == 0 || r.Probe.Spread.Bytes > 4<<20 {
			t.Errorf("probed %+v", r.Probe)
		}
	}
}

func TestProbeResume(t *testing.T) {
	t.Parallel()
	last := func(states []wipe.State) wipe.State { return states[len(states)-1] }
	resume := func(t *testing.T, tg target, s wipe.State) wipe.Report {
		t.Helper()
		return run(t, tg, s.Report.Plan, wipe.RunOptions{Resume: &s})
	}
	t.Run("interrupted while probing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			for _, at := range []int64{100 * 4096, resumeSize + 100*4096} {
				tg := newTarget(resumeSize, 512)
				s := last(interrupted(t, tg, "dod-3", at))
				if len(s.Report.Passes) != 0 || s.Report.Probe == nil || !s.Report.Probe.Ended.IsZero() {
					t.Fatalf("at %d: the state is %+v", at, s)
				}
				r := resume(t, tg, s)
				if expect(t, r, wipe.Verified, ""); r.Probe.Key == s.Report.Probe.Key || r.Resumed != 1 {
					t.Errorf("at %d: the probe was not repeated: %+v", at, r.Probe)
				}
			}
		})
	})
	t.Run("interrupted after it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tg := newTarget(resumeSize, 512)
			s := last(interrupted(t, tg, "dod-3", probed+resumeSize+200*4096))
			r := resume(t, tg, s)
			if expect(t, r, wipe.Verified, ""); *r.Probe != *s.Report.Probe {
				t.Errorf("the probe was repeated: %+v, was %+v", r.Probe, s.Report.Probe)
			}
		})
	})
	t.Run("exceptions survive", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tg := newTarget(resumeSize, 512)
			tg.Inject(fault{Kind: devicetest.Flips, Times: 1})
			s := last(interrupted(t, tg, "dod-3", probed+resumeSize+200*4096))
			expect(t, resume(t, tg, s), wipe.CompletedWithExceptions, wipe.CodeNotKept)
			s.Report.Exceptions = nil // a state that was changed
			expect(t, resume(t, tg, s), wipe.Unknown, wipe.CodeUnaccounted)
		})
	})
	t.Run("state of 0.1.0 in the last pass", func(t *testing.T) { // what the probe overwrites is written again
		synctest.Test(t, func(t *testing.T) {
			tg := newTarget(resumeSize, 512)
			s := last(interrupted(t, tg, "dod-3", probed+2*resumeSize+200*4096))
			if len(s.Report.Passes) != 3 || s.WrittenTo == 0 {
				t.Fatalf("the state is %+v", s)
			}
			s.Report.Probe = nil
			r := resume(t, tg, s)
			expect(t, r, wipe.Verified, "")
			content(t, tg, r.Passes[2])
		})
	})
	t.Run("state of 0.1.0", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tg := newTarget(resumeSize, 512)
			s := last(interrupted(t, tg, "dod-3", probed+resumeSize+200*4096))
			if len(s.Report.Passes) != 2 || s.WrittenTo == 0 && s.Report.Passes[1].Written == 0 {
				t.Fatalf("the state is %+v", s)
			}
			s.Report.Probe = nil
			r := resume(t, tg, s)
			if expect(t, r, wipe.Verified, ""); r.Probe == nil || len(r.Passes) != 3 || r.Passes[1].Pattern != s.Report.Passes[1].Pattern || r.Passes[1].Written != resumeSize {
				t.Errorf("probe %+v, passes %+v", r.Probe, r.Passes)
			}
			tg.Inject(fault{Kind: devicetest.Wraps, Size: resumeSize / 2})
			if r := resume(t, tg, s); r.Outcome == wipe.Verified {
				t.Errorf("outcome %s of a device that wraps", r.Outcome)
			}
		})
	})
	t.Run("changed state", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tg := newTarget(resumeSize, 512)
			good, _ := json.Marshal(last(interrupted(t, tg, "dod-3", probed+resumeSize+200*4096)))
			for name, change := range map[string]func(*wipe.ProbeReport){
				"no key":        func(p *wipe.ProbeReport) { p.Key = "" },
				"fewer bytes":   func(p *wipe.ProbeReport) { p.Start.Bytes, p.Start.Kept = 512, 512 },
				"more kept":     func(p *wipe.ProbeReport) { p.Start.Kept++ },
				"negative":      func(p *wipe.ProbeReport) { p.Start.Kept, p.Start.Wrong.Bytes = p.Start.Bytes+512, -512 },
				"other spread":  func(p *wipe.ProbeReport) { p.Spread.Bytes, p.Spread.Kept = 512, 512 },
				"half of a key": func(p *wipe.ProbeReport) { p.Key = p.Key[:32] },
			} {
				var s wipe.State
				if err := json.Unmarshal(good, &s); err != nil {
					t.Fatal(err)
				}
				change(s.Report.Probe)
				if r, err := wipe.Run(context.Background(), tg, s.Report.Plan, wipe.RunOptions{Resume: &s}); err == nil || r.Outcome != wipe.Failed {
					t.Errorf("%s: outcome %s, error %v", name, r.Outcome, err)
				}
			}
		})
	})
}
