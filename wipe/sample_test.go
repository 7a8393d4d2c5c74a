package wipe_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"sync"
	"testing"

	"rasure/devices"
	"rasure/wipe"
	"rasure/wipe/pattern"
)

// zeros is an endless disk of zeros that notes what was read of it. Buffers begin as zeros, so it need not touch them.
type zeros struct {
	mu   sync.Mutex
	read []wipe.Extent
}

func (z *zeros) DropCache() error { return nil }

func (z *zeros) ReadAt(p []byte, off int64) (int, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.read = append(z.read, wipe.Extent{Offset: off, Length: int64(len(p))})
	return len(p), nil
}

// joined sorts and joins extents that touch; overlap reports whether any two overlapped.
func joined(list []wipe.Extent) (out []wipe.Extent, overlap bool) {
	slices.SortFunc(list, func(a, b wipe.Extent) int { return int(min(max(a.Offset-b.Offset, -1), 1)) })
	for _, e := range list {
		if n := len(out); n > 0 && e.Offset <= out[n-1].Offset+out[n-1].Length {
			overlap = overlap || e.Offset < out[n-1].Offset+out[n-1].Length
			out[n-1].Length = max(out[n-1].Length, e.Offset+e.Length-out[n-1].Offset)
		} else {
			out = append(out, e)
		}
	}
	return out, overlap
}

// An auditor works the places out again, from what the doc comment of SampleReport says, and finds that they keep the rules of NIST SP
// 800-88 Rev. 1, 4.7, and that they are what was read.
func TestSamplePlaces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		blocks  int64
		logical int
	}{{20000, 512}, {20001, 512}, {20999, 4096}, {50021, 512}, {131071, 512}, {1000003, 512}, {1 << 18, 4096}, {8000003, 512}} {
		size := c.blocks * int64(c.logical)
		z := &zeros{}
		v, err := wipe.Check(t.Context(), z, pattern.Bytes(0), size, wipe.Sample, wipe.CheckOptions{Disk: devices.Disk{LogicalBlock: c.logical}, Rand: newDice(uint64(c.blocks))})
		if err != nil || !v.Clean() || v.Verify != wipe.Sample || v.Sample == nil {
			t.Errorf("%d blocks: %+v, %v", c.blocks, v, err)
			continue
		}
		seed, err := hex.DecodeString(v.Sample.Seed)
		if err != nil || len(seed) != 32 {
			t.Fatalf("seed %q", v.Sample.Seed)
		}
		n := int64(v.Sample.Sections)
		var want []wipe.Extent
		for i := range n {
			begin, end := i*c.blocks/n, (i+1)*c.blocks/n
			length := (end - begin + 19) / 20
			var at [2]int64
			for k := range at {
				h := sha256.Sum256(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(slices.Clone(seed), uint32(i)), uint32(k)))
				at[k] = int64(binary.BigEndian.Uint64(h[:8]) % uint64(end-begin-2*length+1))
			}
			first, second := begin+min(at[0], at[1]), begin+max(at[0], at[1])+length
			if first < begin || first+length > second || second+length > end || length*20 < end-begin {
				t.Fatalf("%d blocks, section %d: [%d, %d) with places of %d at %d and %d", c.blocks, i, begin, end, length, first, second)
			}
			b := int64(c.logical)
			want = append(want, wipe.Extent{Offset: first * b, Length: length * b}, wipe.Extent{Offset: second * b, Length: length * b})
		}
		want, _ = joined(append(want, wipe.Extent{Length: int64(c.logical)}, wipe.Extent{Offset: size - int64(c.logical), Length: int64(c.logical)}))
		got, twice := joined(z.read)
		if places := wipe.Places([32]byte(seed), size, c.logical); !slices.Equal(places, want) {
			t.Errorf("%d blocks: Places returns others", c.blocks)
		}
		if !slices.Equal(got, want) || twice {
			t.Errorf("%d blocks: read other places than the seed says, or one twice (%t)", c.blocks, twice)
		}
		if n < 1000 || v.Sample.Places != 2002 || v.Verified != length(want) || v.Sample.Bytes != v.Verified || v.Asked != v.Verified || v.Verified*10 < size {
			t.Errorf("%d blocks: %+v, %d bytes verified", c.blocks, v.Sample, v.Verified)
		}
		if got[0].Offset != 0 || got[len(got)-1].Offset+got[len(got)-1].Length != size {
			t.Errorf("%d blocks: the first or the last was not read", c.blocks)
		}
	}
}

func TestSampleSmallDisk(t *testing.T) {
	t.Parallel()
	for _, blocks := range []int64{1, 2, 1000, 19999} {
		tg := newTarget(blocks*512, 512)
		r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Verify: wipe.Sample}), wipe.RunOptions{})
		expect(t, r, wipe.Verified, "")
		if p := r.Passes[0]; p.Verify != wipe.Full || p.Verified != blocks*512 || p.Sample != nil {
			t.Errorf("%d blocks: %s, %d bytes verified, sample %v", blocks, p.Verify, p.Verified, p.Sample)
		}
	}
}

func TestSampleSeeds(t *testing.T) {
	t.Parallel()
	tg := newTarget(20000*512, 512)
	r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "flash-clear", Verify: wipe.Sample}), wipe.RunOptions{})
	expect(t, r, wipe.Verified, "")
	a, b := r.Passes[0], r.Passes[1]
	if a.Sample == nil || b.Sample == nil || a.Sample.Seed == b.Sample.Seed {
		t.Fatalf("samples %+v and %+v", a.Sample, b.Sample)
	}
	if a.Verify != wipe.Sample || a.Verified != a.Sample.Bytes || a.Verified == r.Disk.Size {
		t.Errorf("%s, %d bytes of %d verified", a.Verify, a.Verified, a.Sample.Bytes)
	}
}

// A residue that no section is large enough to hide is always met: 1.8 sections and more.
func TestSampleFindsTwoSections(t *testing.T) {
	t.Parallel()
	const blocks, section = 40000, 40
	for i := range int64(6) {
		tg := newTarget(blocks*512, 512)
		tg.Inject(fault{Kind: "lost-write", Offset: (i*3001 + 7) * 512, Length: 2 * section * 512})
		r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Verify: wipe.Sample}), wipe.RunOptions{Rand: newDice(uint64(i))})
		expect(t, r, wipe.CompletedWithExceptions, "mismatched")
	}
}
