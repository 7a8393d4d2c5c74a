package wipe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices/devicetest"
	"rasure/wipe"
)

const (
	resumeSize = 400 * 4096
	probed     = 2 * resumeSize // bytes that the keyed blocks before the passes write and read on so small a disk
)

// interrupted runs a scheme, each transfer taking a second, cancels it when the job has come so far, and gives the states that it kept.
func interrupted(t *testing.T, tg target, scheme string, at int64) []wipe.State {
	t.Helper()
	tg.Inject(fault{Kind: devicetest.Slow, Delay: time.Second})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var states []wipe.State
	r, err := wipe.Run(ctx, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: scheme}), wipe.RunOptions{Block: 4096, CancelTimeout: time.Hour, Workers: 3,
		SaveState: func(s wipe.State) {
			b, err := json.Marshal(s) // as it will be kept
			if err != nil {
				t.Fatal(err)
			}
			s = wipe.State{}
			if err := json.Unmarshal(b, &s); err != nil {
				t.Fatal(err)
			}
			states = append(states, s)
		},
		OnEvent: func(e wipe.Event) {
			if e.JobDone >= at {
				cancel()
			}
		}})
	if r.Outcome != wipe.Interrupted || err == nil || len(states) == 0 {
		t.Fatalf("%s at %d: outcome %s, error %v, %d states", scheme, at, r.Outcome, err, len(states))
	}
	tg.Heal()
	return states
}

// Whichever state survived, and whatever the disk forgot that was written after it: the resumed job ends with every byte
// overwritten and verified, and did not write again what the state says is written.
func TestResume(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		scheme string
		at     int64
	}{
		{"clear-random", 150 * 4096}, {"clear-random", resumeSize + 150*4096}, {"flash-clear", 2*resumeSize + 250*4096}, {"flash-clear", 3*resumeSize + 4096},
		{"dod-3", probed + resumeSize + 200*4096}, {"nnsa", probed + 2*resumeSize + 300*4096},
	} {
		synctest.Test(t, func(t *testing.T) {
			tg := newTarget(resumeSize, 512)
			states := interrupted(t, tg, c.scheme, c.at)
			for i, s := range states {
				if len(s.Report.Passes) < len(states[len(states)-1].Report.Passes) {
					continue // the next pass has gone over the disk since
				}
				tg := tg
				tg.Drive = tg.Copy()
				tg.Poke(bytes.Repeat([]byte("secret!!"), int(resumeSize-s.WrittenTo)/8), s.WrittenTo)
				pass := len(s.Report.Passes) - 1
				begun := s.Report.Passes[pass]
				read := s.Report.Plan.Scheme.Passes[pass].Verify
				before := len(tg.Ops())
				var last wipe.Event
				r := run(t, tg, s.Report.Plan, wipe.RunOptions{Block: 8192, Resume: &s, OnEvent: func(e wipe.Event) { last = e }})
				if total := resumeSize * steps(s.Report.Plan); last.JobDone != total || last.JobTotal != total {
					t.Errorf("%s, state %d: the last event counts %d of %d bytes, want %d", c.scheme, i, last.JobDone, last.JobTotal, total)
				}
				expect(t, r, wipe.Verified, "")
				content(t, tg, r.Passes[len(r.Passes)-1])
				if got := r.Passes[pass]; got.Key != begun.Key || got.Pattern != begun.Pattern || got.Written != resumeSize || r.Resumed != 1 {
					t.Errorf("%s, state %d: pass %d became %+v, was %+v; resumed %d times", c.scheme, i, pass+1, got, begun, r.Resumed)
				}
				wrote, want := int64(0), resumeSize*int64(len(r.Passes)-pass)-s.WrittenTo
				if !read {
					want += s.WrittenTo
				}
				for _, o := range tg.Ops()[before:] {
					if o.Kind == devicetest.Write {
						wrote += o.Length
					}
				}
				if wrote != want {
					t.Errorf("%s, state %d: %d bytes written, want %d", c.scheme, i, wrote, want)
				}
			}
		})
	}
}

func steps(p wipe.Plan) (n int64) {
	for _, pass := range p.Scheme.Passes {
		n++
		if pass.Verify {
			n++
		}
	}
	return n
}

func TestStateWrittenTo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tg := newTarget(resumeSize, 512)
		tg.Inject(fault{Kind: devicetest.Slow, Offset: 90 * 4096, Length: 4096, Delay: 10 * time.Minute}, // one worker hangs, two continue
			fault{Kind: devicetest.Unwritable, Offset: 20 * 4096, Length: 512}, fault{Kind: devicetest.Unwritable, Offset: 200 * 4096, Length: 512})
		states := interrupted(t, tg, "clear-random", 390*4096)[1:] // the first was kept before the first write
		s := states[0]
		if len(states) < 4 || s.WrittenTo < 20*4096 || s.WrittenTo > 90*4096 {
			t.Errorf("%d states, the first at %d", len(states), s.WrittenTo)
		}
		if p := s.Report.Passes[0]; p.Written != s.WrittenTo-512 || length(p.Unwritten) != 512 {
			t.Errorf("at %d: %d bytes written, unwritten %v", s.WrittenTo, p.Written, p.Unwritten)
		}
		middle := states[2] // the second bad block, which has healed since, is beyond it and tried again
		r := run(t, tg, middle.Report.Plan, wipe.RunOptions{Resume: &middle})
		expect(t, r, wipe.CompletedWithExceptions, "unwritten")
		if got := r.Passes[0].Unwritten; length(got) != 512 || got[0].Offset != 20*4096 {
			t.Errorf("unwritten %v", got)
		}
		for i, s := range states[1 : len(states)-1] {
			if s.WrittenTo != 90*4096 {
				t.Errorf("state %d at byte %d, while the transfer at %d is under way", i+1, s.WrittenTo, 90*4096)
			}
		}
		content(t, tg, r.Passes[0], r.Passes[0].Unwritten)
	})
}

// Taking the flush out before a state is kept was noticed by no test once.
func TestStateAfterFlush(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{3, 0} { // 0: more of them during the pass
		synctest.Test(t, func(t *testing.T) {
			tg := newTarget(resumeSize, 512)
			tg.Inject(fault{Kind: devicetest.Slow, Delay: time.Second})
			kept := 0
			run(t, tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{Block: 4096, Workers: workers, SaveState: func(s wipe.State) {
				ops := tg.Ops()
				flush := len(ops) - 1
				for flush >= 0 && ops[flush].Kind != devicetest.Flush {
					flush--
				}
				flushed := map[int64]bool{}
				for _, o := range ops[:max(flush, 0)] {
					flushed[o.Offset] = flushed[o.Offset] || o.Kind == devicetest.Write
				}
				for off := int64(0); off < s.WrittenTo; off += 4096 {
					if !flushed[off] {
						t.Errorf("the state says %d, but byte %d was not flushed", s.WrittenTo, off)
						return
					}
				}
				if s.WrittenTo > 0 {
					kept++
				}
			}})
			if want := min(4, workers+1); kept < want {
				t.Errorf("%d states were kept, want %d", kept, want)
			}
		})
	}
}

// A power cut soon after a pass began must not leave a state of the pass before: the disk no longer holds it.
func TestStateBeforePass(t *testing.T) {
	t.Parallel()
	tg := newTarget(resumeSize, 512)
	begun := 0
	run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "nnsa"}), wipe.RunOptions{SaveState: func(s wipe.State) {
		n := len(s.Report.Passes)
		if s.WrittenTo > 0 || n == 0 { // before the first pass there are the keyed blocks
			return
		}
		begun++
		if n != begun {
			t.Errorf("state %d from byte 0 is of pass %d", begun, n)
		}
		if n > 1 {
			content(t, tg, s.Report.Passes[n-2]) // all of the pass before is still there
		}
	}})
	if begun != 3 {
		t.Errorf("%d passes were kept before they began, want 3", begun)
	}
}

func TestResumeReadsAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tg := newTarget(resumeSize, 512)
		states := interrupted(t, tg, "clear-random", 150*4096)
		s := states[len(states)-1]
		tg.Poke([]byte("somebody else"), 512*9)
		r := run(t, tg, s.Report.Plan, wipe.RunOptions{Resume: &s})
		expect(t, r, wipe.CompletedWithExceptions, "mismatched")
	})
}

func TestStateAfterFailedFlush(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tg := newTarget(resumeSize, 512)
		tg.Inject(fault{Kind: devicetest.FlushFails, Times: 1}, fault{Kind: devicetest.Slow, Delay: time.Second})
		r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{Block: 4096, Workers: 2,
			SaveState: func(s wipe.State) {
				if s.WrittenTo > 0 {
					t.Errorf("kept a state at %d", s.WrittenTo)
				}
			}})
		expect(t, r, wipe.CompletedWithExceptions, "flush-failed")
		flushes := 0
		for _, o := range tg.Ops() {
			if o.Kind == devicetest.Flush {
				flushes++
			}
		}
		if flushes != 2 || r.Passes[0].FlushErrors != 1 {
			t.Errorf("%d flushes with %d errors, want the one that failed and the one at the end", flushes, r.Passes[0].FlushErrors)
		}
	})
}

func TestResumeRefuses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tg := newTarget(resumeSize, 512)
		states := interrupted(t, tg, "flash-clear", 2*resumeSize+150*4096)
		good, err := json.Marshal(states[len(states)-1])
		if err != nil {
			t.Fatal(err)
		}
		for name, change := range map[string]func(*wipe.State){
			"another serial number": func(s *wipe.State) { s.Report.Disk.Serial = "OTHER" },
			"another size":          func(s *wipe.State) { s.Report.Disk.Size += 512 },
			"another logical block": func(s *wipe.State) { s.Report.Disk.LogicalBlock = 4096 },
			"another scheme":        func(s *wipe.State) { s.Report.Plan.Scheme.Passes = s.Report.Plan.Scheme.Passes[:1] },
			"another verification":  func(s *wipe.State) { s.Report.Plan.Verify = wipe.None },
			"no pass":               func(s *wipe.State) { s.Report.Passes = nil },
			"too many passes":       func(s *wipe.State) { s.Report.Passes = append(s.Report.Passes, s.Report.Passes...) },
			"beyond the end":        func(s *wipe.State) { s.WrittenTo = resumeSize + 512 },
			"before the start":      func(s *wipe.State) { s.WrittenTo = -512 },
			"not at a block":        func(s *wipe.State) { s.WrittenTo = 100 },
			"another pattern":       func(s *wipe.State) { s.Report.Passes[0].Pattern, s.Report.Passes[0].Key = "zero", "" },
			"no key":                func(s *wipe.State) { s.Report.Passes[0].Key = "" },
			"counts without a list": func(s *wipe.State) { s.Report.Passes[0].MismatchedTotal = wipe.Total{Extents: 1, Bytes: 512} },
			"fewer than are listed": func(s *wipe.State) { s.Report.Passes[0].Unwritten = []wipe.Extent{{Offset: 0, Length: 512}} },
			"bad beyond the end": func(s *wipe.State) {
				s.Report.Passes[1].Unwritten, s.Report.Passes[1].UnwrittenTotal = []wipe.Extent{{Offset: resumeSize, Length: 512}}, wipe.Total{Extents: 1, Bytes: 512}
			},
			"bad out of order": func(s *wipe.State) {
				s.Report.Passes[0].Unreadable = []wipe.Extent{{Offset: 1024, Length: 512}, {Offset: 0, Length: 512}}
				s.Report.Passes[0].UnreadableTotal = wipe.Total{Extents: 2, Bytes: 1024}
			},
			"more than the disk":    func(s *wipe.State) { s.Report.Passes[0].Written = resumeSize + 512 },
			"less than nothing":     func(s *wipe.State) { s.Report.Passes[1].Retries = -1 },
			"complement of another": func(s *wipe.State) { s.Report.Passes[1].Key = strings.Repeat("0", 64) },
		} {
			var s wipe.State
			if err := json.Unmarshal(good, &s); err != nil {
				t.Fatal(err)
			}
			change(&s)
			before := len(tg.Ops())
			r, err := wipe.Run(t.Context(), tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "flash-clear"}), wipe.RunOptions{Resume: &s})
			if err == nil || r.Outcome != wipe.Failed || codes(r) != "not-carried-out" || len(tg.Ops()) != before {
				t.Errorf("%s: outcome %s [%s], error %v", name, r.Outcome, codes(r), err)
			}
		}
	})
}
