package wipe_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/wipe"
	"rasure/wipe/scheme"
)

// cancelAt runs a plan and cancels it when the job has come so far.
func cancelAt(t *testing.T, tg target, p wipe.Plan, at int64) (wipe.Report, error) {
	t.Helper()
	tg.Inject(fault{Kind: devicetest.Slow, Delay: time.Second}) // so that there is an event to cancel at
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	return wipe.Run(ctx, tg, p, wipe.RunOptions{Block: 4096, Workers: 2, OnEvent: func(e wipe.Event) {
		if e.JobDone >= at {
			cancel()
		}
	}})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	const size = 40 * 4096
	for _, c := range []struct {
		at             int64
		where          string
		passes         int
		written, reads bool // of the last begun pass: all of it, some of it
	}{
		{8 * 4096, "pass 1 of 2 (random), writing", 1, false, false},
		{size + 8*4096, "pass 1 of 2 (random), reading back", 1, true, true},
		{2*size + 8*4096, "pass 2 of 2 (random-complement), writing", 2, false, false},
		{3*size + 8*4096, "pass 2 of 2 (random-complement), reading back", 2, true, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			tg := newTarget(size, 512)
			r, err := cancelAt(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "flash-clear"}), c.at)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("at %d: error %v", c.at, err)
			}
			expect(t, r, wipe.Interrupted, "interrupted")
			if d := r.Exceptions[len(r.Exceptions)-1].Detail; !strings.Contains(d, c.where) {
				t.Errorf("at %d: %q does not say %q", c.at, d, c.where)
			}
			if len(r.Passes) != c.passes {
				t.Fatalf("at %d: %d passes", c.at, len(r.Passes))
			}
			p := r.Passes[c.passes-1]
			if c.written != (p.Written == size) || p.Written == 0 || c.reads != (p.Verified > 0) || p.Verified == size {
				t.Errorf("at %d: %d bytes written, %d verified", c.at, p.Written, p.Verified)
			}
			ops := tg.Ops()
			last := slices.IndexFunc(ops, func(o devicetest.Op) bool { return o.Kind == devicetest.Flush })
			if last < 0 || !c.reads && ops[len(ops)-1].Kind != devicetest.Flush {
				t.Errorf("at %d: the device was not flushed at the end: %v", c.at, ops[len(ops)-1])
			}
		})
	}
}

func TestCancelBeforeStart(t *testing.T) {
	t.Parallel()
	tg := newTarget(1<<20, 512)
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("the operator pressed a key")
	cancel(cause)
	r, err := wipe.Run(ctx, tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{})
	if !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
	expect(t, r, wipe.Interrupted, "interrupted")
	if r.Passes[0].Written != 0 {
		t.Errorf("%d bytes were written", r.Passes[0].Written)
	}
}

func TestLostDisk(t *testing.T) {
	t.Parallel()
	const size = 64 * 4096
	other := func(edit func(*devices.State)) func(target) {
		return func(tg target) { s := tg.was; edit(&s); tg.SetState(s) }
	}
	for _, c := range []struct {
		name    string
		faults  []fault
		before  func(target)
		written int64 // at most
		in      string
	}{
		{"vanished while writing, ENODEV", []fault{{Kind: devicetest.Vanishes, After: 10 * 4096}}, nil, 12 * 4096, "writing"},
		{"vanished while writing, EIO first", []fault{{Kind: devicetest.Vanishes, After: 10 * 4096, Err: syscall.EIO}}, nil, 12 * 4096, "writing"},
		{"vanished while writing, ENOSPC at once", []fault{{Kind: devicetest.Vanishes, After: 10 * 4096, Err: syscall.ENOSPC}}, nil, 12 * 4096, "writing"},
		{"vanished with the flush", []fault{{Kind: devicetest.Vanishes, After: size}}, nil, size, "writing"},
		{"vanished while reading back", []fault{{Kind: devicetest.Vanishes, After: size + 5*4096, Err: syscall.EIO}}, nil, size, "reading back"},
		{"became smaller while writing", []fault{{Kind: devicetest.Resized, After: 10 * 4096, Size: size / 2}}, nil, size / 2, "writing"},
		{"became larger while reading back", []fault{{Kind: devicetest.Resized, After: size + 4096, Size: size * 2}}, nil, size, "reading back"},
		{"another disk, which answers EIO", []fault{{Kind: devicetest.Unwritable, After: 10 * 4096}, {Kind: devicetest.Resized, After: 10 * 4096, Size: size * 2}},
			nil, 12 * 4096, "writing"},
		{"another disk under the same name", nil, other(func(s *devices.State) { s.Seq++ }), 0, "writing"},
		{"another size from the start", nil, other(func(s *devices.State) { s.Size -= 512 }), 0, "writing"},
	} {
		tg := newTarget(size, 512)
		tg.Inject(c.faults...)
		if c.before != nil {
			c.before(tg)
		}
		r, err := wipe.Run(t.Context(), tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{Block: 4096, Workers: 2})
		if !errors.Is(err, devices.ErrLost) {
			t.Errorf("%s: error %v", c.name, err)
		}
		if r.Outcome != wipe.Failed {
			t.Errorf("%s: outcome %s", c.name, r.Outcome)
		}
		if e := r.Exceptions[len(r.Exceptions)-1]; e.Code != wipe.CodeDeviceLost || !strings.Contains(e.Detail, c.in) || strings.Contains(e.Detail, "\n") {
			t.Errorf("%s: last exception %+v", c.name, e)
		}
		if got := r.Passes[0].Written; got > c.written {
			t.Errorf("%s: %d bytes written, want %d at most", c.name, got, c.written)
		}
		if n := len(tg.Ops()); n > 3*64 {
			t.Errorf("%s: %d operations", c.name, n)
		}
	}
}

func TestTransferRefused(t *testing.T) {
	t.Parallel()
	for _, e := range []error{syscall.EPERM, syscall.EROFS, syscall.EBADF, syscall.EINVAL} {
		tg := newTarget(1<<20, 512)
		tg.Inject(fault{Kind: devicetest.Unwritable, Err: e})
		r, err := wipe.Run(t.Context(), tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{Block: 4096, Workers: 2})
		if !errors.Is(err, e) || len(tg.Ops()) > 4 {
			t.Errorf("%v: error %v after %d operations", e, err, len(tg.Ops()))
		}
		expect(t, r, wipe.Failed, "refused")
	}
}

func TestPlanRefused(t *testing.T) {
	t.Parallel()
	good := newTarget(1<<20, 512)
	p := plan(t, good.disk, wipe.PlanOptions{})
	passes := func(passes ...scheme.Pass) func(*target, *wipe.Plan, *wipe.RunOptions) {
		return func(_ *target, p *wipe.Plan, _ *wipe.RunOptions) { p.Scheme.Passes = passes }
	}
	for name, change := range map[string]func(*target, *wipe.Plan, *wipe.RunOptions){
		"no passes":                 passes(),
		"the last is not read back": passes(scheme.Pass{Pattern: "random"}),
		"no such pattern":           passes(scheme.Pass{Pattern: "zeros", Verify: true}),
		"complement of nothing":     passes(scheme.Pass{Pattern: "random-complement", Verify: true}),
		"no such verification":      func(_ *target, p *wipe.Plan, _ *wipe.RunOptions) { p.Verify = "" },
		"another level":             func(_ *target, p *wipe.Plan, _ *wipe.RunOptions) { p.Level = wipe.Purge },
		"block not aligned":         func(_ *target, _ *wipe.Plan, o *wipe.RunOptions) { o.Block = 1000 },
		"size not of whole blocks":  func(t *target, _ *wipe.Plan, _ *wipe.RunOptions) { t.disk.Size-- },
		"no size":                   func(t *target, _ *wipe.Plan, _ *wipe.RunOptions) { t.disk.Size = 0 },
		"no logical block":          func(t *target, _ *wipe.Plan, _ *wipe.RunOptions) { t.disk.LogicalBlock = 0 },
		"odd logical block":         func(t *target, _ *wipe.Plan, _ *wipe.RunOptions) { t.disk.LogicalBlock, t.disk.Size = 520, 520*64 },
		"no randomness":             func(_ *target, _ *wipe.Plan, o *wipe.RunOptions) { o.Rand = strings.NewReader("too short") },
	} {
		tg, p, o := newTarget(1<<20, 512), p, wipe.RunOptions{}
		change(&tg, &p, &o)
		r, err := wipe.Run(t.Context(), tg, p, o)
		if err == nil || len(tg.Ops()) > 0 {
			t.Errorf("%s: error %v, operations %v", name, err, tg.Ops())
		}
		if got := codes(r); r.Outcome != wipe.Failed || got != "not-carried-out" || r.Started.IsZero() || r.Ended.IsZero() {
			t.Errorf("%s: outcome %s [%s]", name, r.Outcome, got)
		}
	}
}
