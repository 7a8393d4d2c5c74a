package wipe_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices/devicetest"
	"rasure/wipe"
)

func TestTransientError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tg := newTarget(64*512, 512)
		// 16, 8, 4, 2, 1 blocks and the first of two retries fail; then the block is good again.
		tg.Inject(fault{Kind: devicetest.Unwritable, Offset: 20 * 512, Length: 512, Times: 6},
			fault{Kind: devicetest.Unreadable, Offset: 40 * 512, Length: 512, Times: 6})
		r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{Block: 16 * 512})
		expect(t, r, wipe.Verified, "")
		if got := r.Passes[0].Retries; got != 4 {
			t.Errorf("%d retries, want 4: two while writing, two while reading", got)
		}
		content(t, tg, r.Passes[0])
	})
}

func TestStall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tg := newTarget(64*512, 512)
		tg.Inject(fault{Kind: devicetest.Slow, Offset: 20 * 512, Length: 512, Delay: 2 * time.Hour})
		began := time.Now()
		silent := time.Duration(0)
		r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{Block: 16 * 512, OnEvent: func(e wipe.Event) { silent = max(silent, e.Silent) }})
		expect(t, r, wipe.Verified, "")
		if silent < 2*time.Hour-time.Second || silent > 2*time.Hour {
			t.Errorf("reported a silence of %v", silent)
		}
		if took := time.Since(began); took < 4*time.Hour {
			t.Errorf("took %v: the drive did not stall", took)
		}
	})
}

func TestSlowFlush(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tg := newTarget(64*512, 512)
		tg.Inject(fault{Kind: devicetest.SlowFlush, Delay: 5 * time.Minute})
		silent := time.Duration(0)
		r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{OnEvent: func(e wipe.Event) { silent = max(silent, e.Silent) }})
		expect(t, r, wipe.Verified, "")
		if silent < 5*time.Minute-time.Second {
			t.Errorf("reported a silence of %v", silent)
		}
	})
}

// Each command that touches the bad region times out after half a minute. Without a bound 2,048 blocks of it would be tried three times
// each, which is two days; and what comes after the region must still be overwritten.
func TestErrorStorm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const mib = 1 << 20
		tg := newTarget(32*mib, 512)
		bad := fault{Offset: 8 * mib, Length: mib}
		slow := bad
		bad.Kind, slow.Kind, slow.Delay = devicetest.Unwritable, devicetest.Slow, 30*time.Second
		tg.Inject(slow, bad)
		began := time.Now()
		r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{Block: mib / 8, ErrorBudget: time.Hour})
		if took := time.Since(began); took > 4*time.Hour {
			t.Errorf("took %v", took)
		}
		expect(t, r, wipe.CompletedWithExceptions, "retries-skipped unwritten")
		if d := r.Exceptions[0].Detail; !strings.Contains(d, "pass 1 of 1 (random), writing: after 1h0m0s") {
			t.Errorf("detail %q", d)
		}
		p := r.Passes[0]
		content(t, tg, p, p.Unwritten)
		if n := length(p.Unwritten); n < mib-64<<10 || n > 2*mib {
			t.Errorf("%d bytes unwritten, want about %d: %v", n, mib, p.Unwritten)
		}
	})
}

func TestErrorAfterStorm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const b = 4096
		tg := newTarget(8192*b, 512)
		region := fault{Kind: devicetest.Unwritable, Offset: 100 * b, Length: 50 * b}
		slow := region
		slow.Kind, slow.Delay = devicetest.Slow, 30*time.Second
		tg.Inject(slow, region)
		var want []wipe.Extent
		for i := int64(1); i < 8; i++ {
			tg.Inject(fault{Kind: devicetest.Unwritable, Offset: i * 1000 * b, Length: 1})
			want = append(want, wipe.Extent{Offset: i * 1000 * b, Length: b})
		}
		r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{Block: b, Workers: 1, ErrorBudget: 10 * time.Minute})
		expect(t, r, wipe.CompletedWithExceptions, "retries-skipped unwritten")
		got := r.Passes[0].Unwritten
		if len(got) < 8 || !slices.Equal(got[len(got)-7:], want) {
			t.Errorf("unwritten %v, want it to end with %v", got, want)
		}
		// At most 8 blocks, a thousandth of the disk, are passed over at the end of the region.
		if n := length(got) - length(want); n < 49*b || n > 58*b {
			t.Errorf("%d bytes unwritten in a region of %d: %v", n, 50*b, got)
		}
		content(t, tg, r.Passes[0], got)
	})
}

func TestTimeoutsOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const size = 4 << 30 // 32,768 transfers: 11 days of half a minute each
		tg := newTarget(1<<20, 512)
		tg.Drive = devicetest.NewDrive(size, 512)
		tg.disk.Size = size
		tg.was, _ = tg.State()
		tg.Inject(fault{Kind: devicetest.Slow, Delay: 30 * time.Second}, fault{Kind: devicetest.Unwritable})
		began := time.Now()
		r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{Block: 128 << 10, Workers: 2, GiveUp: wipe.GiveUp{Total: -1, PerHour: -1}})
		if took := time.Since(began); took > 8*time.Hour {
			t.Errorf("took %v", took)
		}
		expect(t, r, wipe.Failed, "retries-skipped unwritten")
		if got := r.Passes[0].UnwrittenTotal; got != (wipe.Total{Extents: 1, Bytes: size}) {
			t.Errorf("unwritten %v", got)
		}
	})
}

// everyOther loses each second block that is written to it.
type everyOther struct{ target }

func (e everyOther) ReadAt(p []byte, off int64) (int, error) {
	n, err := e.target.ReadAt(p, off)
	for i := 0; i < n; i += 1024 {
		p[i] ^= 1
	}
	return n, err
}

func TestLongList(t *testing.T) {
	t.Parallel()
	const pairs = 70000
	tg := newTarget(pairs*1024, 512)
	r := run(t, everyOther{tg}, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{})
	expect(t, r, wipe.CompletedWithExceptions, "mismatched")
	p := r.Passes[0]
	if len(p.Mismatched) != 1<<16 || p.MismatchedTotal != (wipe.Total{Extents: pairs, Bytes: pairs * 512}) || p.Verified != pairs*512 {
		t.Errorf("%d extents listed, total %v, %d bytes verified", len(p.Mismatched), p.MismatchedTotal, p.Verified)
	}
	if d := r.Exceptions[0].Detail; !strings.HasSuffix(d, "35840000 bytes in 70000 extents, the first at byte 0; only 65536 extents are listed") {
		t.Errorf("detail %q", d)
	}
}
