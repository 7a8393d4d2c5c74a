package wipe_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices/devicetest"
	"rasure/wipe"
)

// dying is a drive of which each command that touches the region times out.
func dying(offset, length int64, delay time.Duration) target {
	const mib = 1 << 20
	tg := newTarget(32*mib, 512)
	bad := fault{Kind: devicetest.Unwritable, Offset: offset, Length: length}
	slow := bad
	slow.Kind, slow.Delay = devicetest.Slow, delay
	tg.Inject(slow, bad)
	return tg
}

// Whatever region of a drive dies, and whenever it is given up: each byte is either as the pass wrote it or listed, and the time that
// is lost has a bound.
func TestGiveUp(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var b [8]byte
				newDice(seed).Read(b[:])
				offset := int64(b[0]) * mib / 8
				tg := dying(offset, 32*mib-offset, 30*time.Second)
				limit := time.Duration(b[1]%50+5) * time.Minute
				g := wipe.GiveUp{Total: limit, PerHour: -1}
				if b[2]%2 == 0 {
					g = wipe.GiveUp{Total: -1, PerHour: limit}
				}
				began, last, left := time.Now(), time.Duration(0), false
				r, err := wipe.Run(t.Context(), tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{Block: mib / 8, ErrorBudget: 24 * time.Hour, GiveUp: g, OnEvent: func(e wipe.Event) {
					if e.GivingUp > 0 {
						if g.PerHour < 0 && last > 0 && e.GivingUp > last {
							t.Errorf("giving up in %v, and then in %v", last, e.GivingUp)
						}
						last, left = e.GivingUp, true
					}
				}})
				if err == nil || r.Outcome != wipe.Failed || codes(r) != "given-up unwritten" {
					t.Fatalf("%v, outcome %s, exceptions %v", err, r.Outcome, r.Exceptions)
				}
				if !left {
					t.Error("no event says that the job is about to give up")
				}
				if took := time.Since(began); took < limit || took > 2*limit+20*time.Minute {
					t.Errorf("it gave up after %v, with a limit of %v", took, limit)
				}
				p := r.Passes[0]
				if p.Written+p.UnwrittenTotal.Bytes != tg.disk.Size || p.Written < offset {
					t.Errorf("%d bytes written and %d not, of %d; the drive works up to byte %d", p.Written, p.UnwrittenTotal.Bytes, tg.disk.Size, offset)
				}
				content(t, tg, p, p.Unwritten)
				if d := r.Exceptions[0].Detail; !strings.Contains(d, "were never tried") {
					t.Errorf("detail %q", d)
				}
			})
		})
	}
}

// A drive with some bad sectors loses little time, and is not given up.
func TestNotGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tg := dying(8<<20, 4096, 10*time.Second)
		r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{Block: 1 << 17})
		expect(t, r, wipe.CompletedWithExceptions, "unwritten")
	})
}

// What was not read back when a drive is given up is listed as unreadable.
func TestGiveUpReading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const mib = 1 << 20
		tg := newTarget(32*mib, 512)
		tg.Inject(fault{Kind: devicetest.Unreadable, Offset: 16 * mib})
		tg.Inject(fault{Kind: devicetest.Slow, Offset: 16 * mib, Delay: 20 * time.Second})
		r, _ := wipe.Run(t.Context(), tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{Block: mib / 8, ErrorBudget: 24 * time.Hour, GiveUp: wipe.GiveUp{PerHour: 10 * time.Minute}})
		expect(t, r, wipe.Failed, "given-up unreadable")
		if p := r.Passes[0]; p.Verified+p.UnreadableTotal.Bytes != tg.disk.Size || p.Written != tg.disk.Size {
			t.Errorf("written %d, verified %d, unreadable %d", p.Written, p.Verified, p.UnreadableTotal.Bytes)
		}
	})
}
