package wipe_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/wipe"
)

const zoneBytes = 1 << 20

// newZoned is a drive with 12 zones, two of them conventional; of the others each stores capacity bytes. It is full of a secret.
func newZoned(t *testing.T, capacity int64, active int) target {
	t.Helper()
	const size = 12 * zoneBytes
	d := devicetest.NewZoned(size, 512, zoneBytes, capacity, 2, active)
	d.Poke([]byte(strings.Repeat("top secret\n", size/11+1))[:size], 0)
	for i := 2; i < 12; i++ {
		d.SetZone(i, devices.ZoneFull)
	}
	s, _ := d.State()
	tg := target{d, devices.Disk{Name: "sdz", Size: size, LogicalBlock: 512, PhysicalBlock: 4096, Bus: devices.NVMe, Medium: devices.Flash,
		Queue: devices.Queue{Zoned: devices.HostManaged, Zones: 12, OpenZones: active}}, s}
	all, err := d.Zones()
	if err != nil {
		t.Fatal(err)
	}
	if tg.disk.Zones, err = devices.ZonesOf(all, size); err != nil {
		t.Fatal(err)
	}
	return tg
}

// inPieces makes a zone several transfers.
var inPieces = wipe.RunOptions{Workers: 3, Block: 64 << 10}

func TestZonesAreWrittenInTheirOrder(t *testing.T) {
	t.Parallel()
	for name, capacity := range map[string]int64{"as large as the zones": zoneBytes, "smaller than the zones": zoneBytes - 96<<10} {
		t.Run(name, func(t *testing.T) {
			tg := newZoned(t, capacity, 3)
			r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{}), inPieces)
			expect(t, r, wipe.Verified, "")
			want := int64(2*zoneBytes + 10*capacity)
			for i, p := range r.Passes {
				if p.Written != want || p.Verified != want {
					t.Errorf("pass %d: %d bytes written, %d verified, want %d", i+1, p.Written, p.Verified, want)
				}
			}
			hole := wipe.Extent{Offset: 2*zoneBytes + capacity, Length: zoneBytes - capacity}
			holes := []wipe.Extent{}
			for ; hole.Length > 0 && hole.Offset < tg.disk.Size; hole.Offset += zoneBytes {
				holes = append(holes, hole)
			}
			content(t, tg, r.Passes[len(r.Passes)-1], holes)
			all, _ := tg.Zones()
			for _, z := range all[2:] {
				if z.State != devices.ZoneFull {
					t.Errorf("the zone at %d is %s", z.Offset, z.State)
				}
			}
		})
	}
}

// hooked calls before each write.
type hooked struct {
	target
	before func(off int64)
}

func (h hooked) WriteAt(p []byte, off int64) (int, error) {
	h.before(off)
	return h.target.WriteAt(p, off)
}

// The drive answers an error to one zone more than it takes. Zones that somebody has begun before count, too.
func TestZonesSideBySide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tg := newZoned(t, zoneBytes, 2)
		tg.SetZone(4, devices.ZoneActive)
		tg.SetZone(5, devices.ZoneActive)
		both := make(chan struct{})
		var begun atomic.Int32
		h := hooked{tg, func(off int64) {
			if off < 2*zoneBytes || off%zoneBytes != 0 {
				return
			}
			switch begun.Add(1) {
			case 1:
				select {
				case <-both:
				case <-time.After(time.Hour): // of the bubble: nothing else goes on
					t.Error("zones are written one after the other")
				}
			case 2:
				close(both)
			}
		}}
		r := run(t, h, plan(t, tg.disk, wipe.PlanOptions{Scheme: "clear-random"}), wipe.RunOptions{Workers: 8, Block: 64 << 10})
		expect(t, r, wipe.Verified, "")
	})
}

// stuck is a drive that does not come back from a question about its zones, or from a command to one. It counts what it is asked afterwards.
type stuck struct {
	target
	report  int32 // the number of the report that hangs; 0: none
	reset   bool  // whether resetting a zone hangs
	reports atomic.Int32
	hangs   atomic.Bool
	after   atomic.Int32
}

func (s *stuck) hang() { s.hangs.Store(true); time.Sleep(2 * time.Hour) }

func (s *stuck) Zones() ([]devices.Zone, error) {
	if s.reports.Add(1) == s.report {
		s.hang()
	}
	return s.target.Zones()
}

func (s *stuck) ResetZone(offset, length int64) error {
	if s.reset {
		s.hang()
	}
	return s.target.ResetZone(offset, length)
}

func (s *stuck) Check() error {
	if s.hangs.Load() {
		s.after.Add(1)
	}
	return s.target.Check()
}

// A disk that was abandoned is asked nothing more, and the report says that it was.
func TestZonesOfSilentDisk(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*stuck{
		"before the pass":         {report: 1},
		"in a zone that is reset": {reset: true},
		"after the pass":          {report: 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s.target = newZoned(t, zoneBytes, 3)
				s.SetZone(5, devices.ZoneActive)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				r, err := wipe.Run(ctx, s, plan(t, s.disk, wipe.PlanOptions{Scheme: "clear-random"}), inPieces)
				if !s.hangs.Load() || !errors.Is(err, context.DeadlineExceeded) {
					t.Fatalf("hung: %v, error %v", s.hangs.Load(), err)
				}
				if d := r.Exceptions[len(r.Exceptions)-1]; r.Outcome != wipe.Interrupted || d.Code != wipe.CodeInterrupted || !strings.Contains(d.Detail, "the disk stopped responding") {
					t.Errorf("outcome %s, %+v", r.Outcome, d)
				}
				if n := s.after.Load(); n != 0 {
					t.Errorf("it was asked %d times after it was abandoned", n)
				}
				time.Sleep(3 * time.Hour) // the drive comes back
			})
		})
	}
}

// Once the error budget is used up, one failure ends the trying of a conventional zone, as of any other zone; the next one is still tried.
func TestZonesErrorStorm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const piece = 64 << 10
		tg := newZoned(t, zoneBytes, 3)
		first := fault{Kind: devicetest.Unwritable, Offset: 4 * piece, Length: zoneBytes - 4*piece}
		slow, again := first, fault{Kind: devicetest.Unwritable, Offset: zoneBytes + 2*piece, Length: zoneBytes / 2}
		slow.Kind, slow.Delay = devicetest.Slow, 30*time.Second
		tg.Inject(slow, first, again)
		r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "clear-random"}), wipe.RunOptions{Workers: 1, Block: piece, ErrorBudget: 10 * time.Minute})
		expect(t, r, wipe.CompletedWithExceptions, "retries-skipped unwritten")
		p := r.Passes[0]
		want := []wipe.Extent{{Offset: 4 * piece, Length: zoneBytes - 4*piece}, {Offset: zoneBytes + 2*piece, Length: zoneBytes - 2*piece}}
		if !slices.Equal(p.Unwritten, want) || p.Written+p.UnwrittenTotal.Bytes != tg.disk.Size {
			t.Errorf("unwritten %v, want %v; %d bytes written", p.Unwritten, want, p.Written)
		}
		content(t, tg, p, p.Unwritten)
	})
}

func TestZonesThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	tg := newZoned(t, zoneBytes, 0)
	tg.SetZone(3, devices.ZoneReadOnly)
	tg.SetZone(7, devices.ZoneOffline)
	r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "clear-random"}), inPieces)
	expect(t, r, wipe.CompletedWithExceptions, "zones-not-writable unwritten")
	want := []wipe.Extent{{Offset: 3 * zoneBytes, Length: zoneBytes}, {Offset: 7 * zoneBytes, Length: zoneBytes}}
	p := r.Passes[0]
	if len(p.Unwritten) != 2 || p.Unwritten[0] != want[0] || p.Unwritten[1] != want[1] || p.Written != 10*zoneBytes || p.Verified != 10*zoneBytes {
		t.Errorf("unwritten %v, %d written, %d verified", p.Unwritten, p.Written, p.Verified)
	}
	for _, state := range []string{"1 of 12 zones are read-only, the first at byte 3145728", "1 of 12 zones are offline, the first at byte 7340032"} {
		if !strings.Contains(r.Exceptions[0].Detail+r.Exceptions[1].Detail, state) {
			t.Errorf("no exception says %q: %v", state, r.Exceptions)
		}
	}
}

func TestZoneErrors(t *testing.T) {
	t.Parallel()
	const bad = 5*zoneBytes + 300<<10
	for name, c := range map[string]struct {
		fault   devicetest.Fault
		outcome wipe.Outcome
		codes   string
		lost    int64 // of the zone
	}{
		"a write that fails once":             {devicetest.Fault{Kind: devicetest.Unwritable, Offset: bad, Length: 512, Times: 1}, wipe.Verified, "", 0},
		"a write of which half was taken":     {devicetest.Fault{Kind: devicetest.ShortWrite, Offset: bad, Length: 512, Times: 1}, wipe.Verified, "", 0},
		"a block that can never be written":   {devicetest.Fault{Kind: devicetest.Unwritable, Offset: bad, Length: 512}, wipe.CompletedWithExceptions, "unwritten", zoneBytes - 300<<10},
		"a zone whose first block is no good": {devicetest.Fault{Kind: devicetest.Unwritable, Offset: 5 * zoneBytes, Length: 512}, wipe.CompletedWithExceptions, "unwritten", zoneBytes},
	} {
		t.Run(name, func(t *testing.T) {
			tg := newZoned(t, zoneBytes, 3)
			tg.Inject(c.fault)
			r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "clear-random"}), inPieces)
			expect(t, r, c.outcome, c.codes)
			if p := r.Passes[0]; p.Written != tg.disk.Size-c.lost || p.UnwrittenTotal.Bytes != c.lost || p.Verified != p.Written {
				t.Errorf("%d bytes written, %d not, %d verified", p.Written, p.UnwrittenTotal.Bytes, p.Verified)
			}
			content(t, tg, r.Passes[0], r.Passes[0].Unwritten)
		})
	}
}

// A job that ended early has left zones half written, and perhaps others beyond what its state says.
func TestZonesResumed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		capacity int64
		workers  int
	}{{zoneBytes, 1}, {zoneBytes, 3}, {zoneBytes - 96<<10, 1}, {zoneBytes - 96<<10, 3}} {
		tg := newZoned(t, c.capacity, 3)
		tg.SetZone(9, devices.ZoneReadOnly)
		p := plan(t, tg.disk, wipe.PlanOptions{})
		var last wipe.State
		ctx, cancel := context.WithCancel(context.Background())
		o := wipe.RunOptions{Workers: c.workers, Block: 64 << 10}
		o.SaveState = func(s wipe.State) { last = s }
		var times atomic.Int32
		h := hooked{tg, func(off int64) {
			if off == 6*zoneBytes+128<<10 && times.Add(1) == 2 { // in the second pass
				cancel()
			}
		}}
		r, err := wipe.Run(ctx, h, p, o)
		if r.Outcome != wipe.Interrupted || err == nil {
			t.Fatalf("%s, %v", r.Outcome, err)
		}
		if at := last.WrittenTo; c.workers == 1 && at != 6*zoneBytes || at%zoneBytes != 0 || at > 6*zoneBytes {
			t.Errorf("the state says %d, which is not the beginning of the first zone under way", at)
		}
		o.Resume = &last
		r = run(t, tg, p, o)
		expect(t, r, wipe.CompletedWithExceptions, "zones-not-writable unwritten")
		want := 2*zoneBytes + 9*c.capacity
		if got := r.Passes[1]; got.Written != want || got.Verified != want || got.UnwrittenTotal.Bytes != c.capacity {
			t.Errorf("%d bytes written, %d verified, %d not written, want %d, %d, %d", got.Written, got.Verified, got.UnwrittenTotal.Bytes, want, want, c.capacity)
		}
	}
}

func TestPlanForZones(t *testing.T) {
	t.Parallel()
	d := newZoned(t, zoneBytes, 0).disk
	for name, o := range map[string]wipe.PlanOptions{"a sample": {Verify: wipe.Sample}, "a scheme without random bytes": {Scheme: "clear-zero"}} {
		if _, err := wipe.PlanFor(d, o); !errors.Is(err, wipe.ErrZoned) {
			t.Errorf("%s: %v", name, err)
		}
	}
	offer := &devices.Capabilities{Methods: []devices.Method{{ID: devices.NVMeSanitizeCrypto, Level: wipe.Purge}}}
	if p, err := wipe.PlanFor(d, wipe.PlanOptions{Level: wipe.Purge, Offer: offer}); !errors.Is(err, wipe.ErrPurgeUnavailable) {
		t.Errorf("purge: %v, %v", p.Method, err)
	}
	for zoned, want := range map[string]string{devices.HostManaged: "each is reset and written", devices.HostAware: "which can be slow", devices.DriveManaged: "manages itself"} {
		d.Queue.Zoned = zoned
		if w := joinTexts(plan(t, d, wipe.PlanOptions{}).Warnings, "\n"); !strings.Contains(w, want) {
			t.Errorf("%s: %q", zoned, w)
		}
	}
}
