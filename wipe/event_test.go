package wipe_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/wipe"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	const size = 40 * 4096
	for _, verify := range []wipe.VerifyMode{wipe.Full, wipe.None} {
		synctest.Test(t, func(t *testing.T) {
			tg := newTarget(size, 512)
			tg.Inject(fault{Kind: devicetest.Slow, Delay: time.Second}, fault{Kind: devicetest.Unwritable, Offset: 4096, Length: 1})
			var events []wipe.Event
			r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "ncsc-tg-025", Verify: verify}), wipe.RunOptions{Block: 4096, Workers: 4,
				OnEvent: func(e wipe.Event) { events = append(events, e) }})
			var ends []wipe.Event
			for i, e := range events {
				if i > 0 && e.JobDone < events[i-1].JobDone {
					t.Errorf("event %d goes back from %d to %d bytes", i, events[i-1].JobDone, e.JobDone)
				}
				if next := i == 0 || e.Step != events[i-1].Step; next && (e.Done != 0 || i > 0 && e.Step != events[i-1].Step+1) || !next && e.Done < events[i-1].Done {
					t.Errorf("event %d: step %d at %d bytes", i, e.Step, e.Done)
				}
				if e.Done > e.Total || e.JobDone > e.JobTotal || e.Passes != 3 {
					t.Errorf("event %d: %+v", i, e)
				}
				if e.Done == e.Total {
					ends = append(ends, e)
				}
			}
			steps, exceptions := 8, 4 // two steps of the keyed blocks, and six of the passes
			if verify == wipe.None {
				steps, exceptions = 3, 3
			}
			ends = slices.CompactFunc(ends, func(a, b wipe.Event) bool { return a.Step == b.Step })
			if len(ends) != steps {
				t.Fatalf("%d steps ended, want %d", len(ends), steps)
			}
			last := ends[steps-1]
			if last.JobDone != last.JobTotal || last.Pass != 3 || last.Verifying != (verify == wipe.Full) || last.Exceptions != exceptions || last.Pattern != r.Passes[2].Pattern {
				t.Errorf("last event %+v", last)
			}
			if want := int(time.Duration(steps) * 10 * time.Second / (250 * time.Millisecond)); len(events) < want/2 || len(events) > want*2 {
				t.Errorf("%d events, want about %d", len(events), want)
			}
		})
	}
}

func TestVerifyOrder(t *testing.T) {
	t.Parallel()
	tg := newTarget(1<<20, 512)
	run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "flash-clear"}), wipe.RunOptions{Block: 4096})
	var order []devicetest.OpKind
	moved := map[devicetest.OpKind]int64{}
	for _, o := range tg.Ops() {
		if len(order) == 0 || order[len(order)-1] != o.Kind {
			order = append(order, o.Kind)
		}
		moved[o.Kind] += o.Length
	}
	pass := []devicetest.OpKind{devicetest.Write, devicetest.Flush, devicetest.Drop, devicetest.Read}
	if want := slices.Concat(pass, pass); !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
	if moved[devicetest.Write] != 2<<20 || moved[devicetest.Read] != 2<<20 {
		t.Errorf("moved %v, want every byte once a pass", moved)
	}
}

func TestReportSpeeds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tg := newTarget(40*4096, 512)
		tg.Inject(fault{Kind: devicetest.Slow, Delay: time.Second})
		at := time.Date(2026, 3, 1, 12, 0, 0, 999, time.FixedZone("here", 3600))
		began := time.Now()
		r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{Block: 4096, Workers: 4,
			Now: func() time.Time { return at.Add(time.Since(began)) }})
		p := r.Passes[0]
		if p.WriteBytesPerSecond != 4*4096 || p.VerifyBytesPerSecond != 4*4096 {
			t.Errorf("speeds %d and %d, want %d", p.WriteBytesPerSecond, p.VerifyBytesPerSecond, 4*4096)
		}
		want := time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC)
		if r.Started != want || p.Started != want || r.Ended != want.Add(20*time.Second) || p.Ended != r.Ended {
			t.Errorf("times %v %v %v %v", r.Started, p.Started, p.Ended, r.Ended)
		}
	})
}

func TestTransferSize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		disk devices.Disk
		want int64 // bytes of a transfer
		many int64 // under way at a time
	}{
		{"a SATA disk", devices.Disk{Bus: devices.SATA, Medium: devices.Magnetic, LogicalBlock: 512, PhysicalBlock: 4096, Queue: devices.Queue{MaxBytes: 1310720, Depth: 32}}, 1310720, 4},
		{"an SSD", devices.Disk{Bus: devices.SATA, Medium: devices.Flash, LogicalBlock: 512, PhysicalBlock: 512, Queue: devices.Queue{MaxBytes: 4 << 20, Depth: 32}}, 4 << 20, 3},
		{"NVMe", devices.Disk{Bus: devices.NVMe, Medium: devices.Flash, LogicalBlock: 4096, PhysicalBlock: 4096, Queue: devices.Queue{MaxBytes: 256 << 10, Depth: 1023}}, 1 << 20, 12},
		{"a stick", devices.Disk{Bus: devices.USB, Medium: devices.Flash, LogicalBlock: 512, PhysicalBlock: 512, Queue: devices.Queue{MaxBytes: 120 << 10, Depth: 1}}, 1 << 20, 2},
		{"UAS", devices.Disk{Bus: devices.USB, Medium: devices.MediumUnknown, LogicalBlock: 512, PhysicalBlock: 4096, Queue: devices.Queue{MaxBytes: 512 << 10, Depth: 30}}, 1 << 20, 8},
		{"a bridge that prefers nonsense", devices.Disk{Bus: devices.USB, LogicalBlock: 512, PhysicalBlock: 4096, Queue: devices.Queue{OptimalBytes: 33553920, Depth: 1}}, 1 << 20, 2},
		{"a RAID stripe", devices.Disk{Bus: devices.SCSI, LogicalBlock: 512, PhysicalBlock: 4096, Queue: devices.Queue{OptimalBytes: 196608}}, 983040, 4},
		{"a card", devices.Disk{Bus: devices.SD, Medium: devices.Flash, LogicalBlock: 512, PhysicalBlock: 512, Queue: devices.Queue{MaxBytes: 512 << 10}}, 4 << 20, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			size := 24 * c.want
			tg := newTarget(size, c.disk.LogicalBlock)
			c.disk.Size = size
			tg.disk = c.disk
			const each = 50 * time.Millisecond // so that it is over before another number is tried
			tg.Inject(fault{Kind: devicetest.Slow, Delay: each})
			began := time.Now()
			run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "clear-random"}), wipe.RunOptions{})
			if got := tg.Ops()[0].Length; got != c.want {
				t.Errorf("%s: transfers of %d bytes, want %d", c.name, got, c.want)
			}
			if want := 2 * each * time.Duration((24+c.many-1)/c.many); time.Since(began) != want {
				t.Errorf("%s: took %v, want %v with %d transfers at a time", c.name, time.Since(began), want, c.many)
			}
		})
	}
}
