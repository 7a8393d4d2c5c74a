package wipe_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/wipe"
	"rasure/wipe/pattern"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	tg := newTarget(1<<20, 512)
	r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{})
	p := parse(t, r.Passes[0])
	check := func(p pattern.Pattern, size int64, skip ...wipe.Extent) wipe.VerifyReport {
		v, err := wipe.Check(t.Context(), tg.Open(), p, size, wipe.Full, wipe.CheckOptions{Disk: tg.disk, Skip: skip})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := check(p, 1<<20); !v.Clean() || v.Verified != 1<<20 || v.Pattern != "random" {
		t.Errorf("nothing changed: %+v", v)
	}
	b := make([]byte, 1)
	tg.Peek(b, 777*512+100)
	b[0] ^= 1 // a byte of our choosing would be the random one now and then
	tg.Poke(b, 777*512+100)
	changed := []wipe.Extent{{Offset: 777 * 512, Length: 512}}
	if v := check(p, 1<<20); v.Clean() || !slices.Equal(v.Mismatched, changed) || v.Verified != 1<<20-512 {
		t.Errorf("one byte changed: %+v", v)
	}
	if v := check(p, 1<<20, changed...); !v.Clean() || v.Asked != 1<<20-512 {
		t.Errorf("the changed block is to be skipped: %+v", v)
	}
	if v := check(p, 777*512); !v.Clean() || v.Asked != 777*512 {
		t.Errorf("the changed block is beyond the size asked for: %+v", v)
	}
	other := r.Passes[0].Key
	other = other[:63] + string("0123456789abcdef"[(other[63]+1)%16])
	if p, err := pattern.Parse("random", other); err != nil {
		t.Fatal(err)
	} else if v := check(p, 1<<20); v.Verified != 0 || v.MismatchedTotal != (wipe.Total{Extents: 1, Bytes: 1 << 20}) {
		t.Errorf("another key: %+v", v)
	}
}

func TestCheckClean(t *testing.T) {
	t.Parallel()
	const size = 64 * 512
	for name, inject := range map[string]func(d *devicetest.Drive) (mode wipe.VerifyMode, size int64, cancelled bool){
		"unreadable": func(d *devicetest.Drive) (wipe.VerifyMode, int64, bool) {
			d.Inject(fault{Kind: "unreadable", Length: 1})
			return "full", size, false
		},
		"lost": func(d *devicetest.Drive) (wipe.VerifyMode, int64, bool) {
			d.Inject(fault{Kind: "vanishes", After: 512 * 8})
			return "full", size, false
		},
		"smaller now": func(d *devicetest.Drive) (wipe.VerifyMode, int64, bool) { return "full", size + 512, false },
		"cancelled":   func(d *devicetest.Drive) (wipe.VerifyMode, int64, bool) { return "full", size, true },
		"cache kept": func(d *devicetest.Drive) (wipe.VerifyMode, int64, bool) {
			d.Inject(fault{Kind: "drop-fails"})
			return "full", size, false
		},
		"no verification": func(d *devicetest.Drive) (wipe.VerifyMode, int64, bool) { return "none", size, false },
		"no such mode":    func(d *devicetest.Drive) (wipe.VerifyMode, int64, bool) { return "", size, false },
		"no size":         func(d *devicetest.Drive) (wipe.VerifyMode, int64, bool) { return "full", 0, false },
	} {
		synctest.Test(t, func(t *testing.T) {
			d := devicetest.NewDrive(size, 512)
			mode, size, cancelled := inject(d)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if cancelled {
				cancel()
			}
			v, err := wipe.Check(ctx, d, pattern.Bytes(0), size, mode, wipe.CheckOptions{Disk: devices.Disk{LogicalBlock: 512}, Block: 4096})
			if v.Clean() {
				t.Errorf("%s: clean", name)
			}
			if (err == nil) != (name == "unreadable") || cancelled != errors.Is(err, context.Canceled) {
				t.Errorf("%s: error %v", name, err)
			}
			if lost := name == "lost" || name == "smaller now"; lost != errors.Is(err, devices.ErrLost) {
				t.Errorf("%s: error %v", name, err)
			}
		})
	}
}

func TestCheckSkip(t *testing.T) {
	t.Parallel()
	const blocks = 200
	for seed := range uint64(300) {
		dice := newDice(seed)
		var skip, want []wipe.Extent
		for off := int64(0); off < blocks; {
			var b [2]byte
			dice.Read(b[:])
			n := min(int64(b[1])%17+1, blocks-off)
			e := wipe.Extent{Offset: off * 512, Length: n * 512}
			if b[0]%2 == 0 {
				skip = append(skip, e)
			} else {
				want = append(want, e)
			}
			off += n
		}
		want, _ = joined(want)
		z := &zeros{}
		v, err := wipe.Check(t.Context(), z, pattern.Bytes(0), blocks*512, wipe.Full,
			wipe.CheckOptions{Disk: devices.Disk{LogicalBlock: 512}, Block: 7 * 512, Skip: skip})
		got, twice := joined(z.read)
		if err != nil || !slices.Equal(got, want) || twice || v.Asked != length(want) || v.Clean() != (len(want) > 0) {
			t.Errorf("seed %d: read %v, want %v; %+v, %v", seed, got, want, v, err)
		}
	}
}
