package wipe_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"rasure/devices/devicetest"
	"rasure/wipe"
)

type fault = devicetest.Fault

// What each fault of a drive makes of the report. The drive has 300 blocks of 512 bytes; transfers carry 16 of them.
func TestFaults(t *testing.T) {
	t.Parallel()
	const b, size = 512, 300 * 512
	type lists struct{ unwritten, mismatched, unreadable []wipe.Extent }
	one := func(block, n int64) []wipe.Extent { return []wipe.Extent{{Offset: block * b, Length: n * b}} }
	for _, c := range []struct {
		name    string
		scheme  string
		verify  wipe.VerifyMode
		faults  []fault
		workers int // 1 where it matters in which order the blocks come
		outcome wipe.Outcome
		codes   string
		passes  []lists
	}{
		{name: "nothing", scheme: "flash-clear", outcome: wipe.Verified, passes: []lists{{}, {}}},
		{name: "one block cannot be written",
			faults:  []fault{{Kind: devicetest.Unwritable, Offset: 77 * b, Length: b}},
			outcome: wipe.CompletedWithExceptions, codes: "unwritten", passes: []lists{{unwritten: one(77, 1)}}},
		{name: "the first block cannot be written",
			faults:  []fault{{Kind: devicetest.Unwritable, Offset: 0, Length: 1}},
			outcome: wipe.CompletedWithExceptions, codes: "unwritten", passes: []lists{{unwritten: one(0, 1)}}},
		{name: "the last block cannot be written",
			faults:  []fault{{Kind: devicetest.Unwritable, Offset: 299 * b}},
			outcome: wipe.CompletedWithExceptions, codes: "unwritten", passes: []lists{{unwritten: one(299, 1)}}},
		{name: "bad blocks across the seam of two transfers are one extent",
			faults:  []fault{{Kind: devicetest.Unwritable, Offset: 30 * b, Length: 5 * b}},
			outcome: wipe.CompletedWithExceptions, codes: "unwritten", passes: []lists{{unwritten: one(30, 5)}}},
		{name: "a block that cannot be written in either pass", scheme: "flash-clear",
			faults:  []fault{{Kind: devicetest.Unwritable, Offset: 9 * b, Length: b}},
			outcome: wipe.CompletedWithExceptions, codes: "unwritten", passes: []lists{{unwritten: one(9, 1)}, {unwritten: one(9, 1)}}},
		{name: "a block that cannot be written in the first pass only", scheme: "flash-clear",
			faults:  []fault{{Kind: devicetest.Unwritable, Offset: 9 * b, Length: b, Times: 8}}, // 16, 8, 4, 2, 1 blocks, two retries; one to spare is none
			outcome: wipe.CompletedWithExceptions, codes: "unwritten", passes: []lists{{unwritten: one(9, 1)}, {}}},
		{name: "most of the disk cannot be written",
			faults:  []fault{{Kind: devicetest.Unwritable, Offset: 149 * b}},
			outcome: wipe.Failed, codes: "unwritten", passes: []lists{{unwritten: one(149, 151)}}},
		{name: "nothing can be written",
			faults:  []fault{{Kind: devicetest.Unwritable}},
			outcome: wipe.Failed, codes: "unwritten", passes: []lists{{unwritten: one(0, 300)}}},
		{name: "writes are short and say nothing",
			faults:  []fault{{Kind: devicetest.ShortWrite, Offset: 40 * b, Length: b}},
			outcome: wipe.CompletedWithExceptions, codes: "unwritten", passes: []lists{{unwritten: one(40, 1)}}},
		{name: "one block cannot be read",
			faults:  []fault{{Kind: devicetest.Unreadable, Offset: 77 * b, Length: b}},
			outcome: wipe.CompletedWithExceptions, codes: "unreadable", passes: []lists{{unreadable: one(77, 1)}}},
		{name: "reads are short and say nothing",
			faults:  []fault{{Kind: devicetest.ShortRead, Offset: 40 * b, Length: b}},
			outcome: wipe.CompletedWithExceptions, codes: "unreadable", passes: []lists{{unreadable: one(40, 1)}}},
		{name: "nothing can be read",
			faults:  []fault{{Kind: devicetest.Unreadable}},
			outcome: wipe.Unknown, codes: "unreadable", passes: []lists{{unreadable: one(0, 300)}}},
		{name: "a block that cannot be written is not read either",
			faults:  []fault{{Kind: devicetest.Unwritable, Offset: 50 * b, Length: b}, {Kind: devicetest.Unreadable, Offset: 50 * b, Length: b}},
			outcome: wipe.CompletedWithExceptions, codes: "unwritten", passes: []lists{{unwritten: one(50, 1)}}},
		{name: "a write was acknowledged and forgotten",
			faults:  []fault{{Kind: devicetest.LostWrite, Offset: 200 * b, Length: 3 * b}},
			outcome: wipe.CompletedWithExceptions, codes: "mismatched", passes: []lists{{mismatched: one(200, 3)}}},
		{name: "one bit is read wrong",
			faults:  []fault{{Kind: devicetest.Flips, Offset: 123*b + 511, Length: 1}},
			outcome: wipe.CompletedWithExceptions, codes: "mismatched", passes: []lists{{mismatched: one(123, 1)}}},
		{name: "one bit is read wrong in the first pass only", scheme: "flash-clear",
			faults:  []fault{{Kind: devicetest.Flips, Offset: 123 * b, Length: 1, Times: 1}},
			outcome: wipe.CompletedWithExceptions, codes: "mismatched", passes: []lists{{mismatched: one(123, 1)}, {}}},
		{name: "the last pass reads as zeros where it was not kept",
			faults:  []fault{{Kind: devicetest.ReadsZero}},
			outcome: wipe.Failed, codes: "mismatched", passes: []lists{{mismatched: one(0, 300)}}},
		{name: "a counterfeit drops what is beyond its capacity",
			faults:  []fault{{Kind: devicetest.LostWrite, Offset: 100 * b}},
			outcome: wipe.Failed, codes: "mismatched", passes: []lists{{mismatched: one(100, 200)}}},
		{name: "a counterfeit wraps around at its capacity",
			faults: []fault{{Kind: devicetest.Wraps, Size: 100 * b}}, workers: 1,
			outcome: wipe.Failed, codes: "mismatched", passes: []lists{{mismatched: one(0, 200)}}},
		{name: "a small lie about the capacity",
			faults: []fault{{Kind: devicetest.Wraps, Size: 290 * b}}, workers: 1,
			outcome: wipe.CompletedWithExceptions, codes: "mismatched", passes: []lists{{mismatched: one(0, 10)}}},
		{name: "a flush failed", scheme: "flash-clear",
			faults:  []fault{{Kind: devicetest.FlushFails, Times: 1}},
			outcome: wipe.CompletedWithExceptions, codes: "flush-failed", passes: []lists{{}, {}}},
		{name: "the cache could not be dropped",
			faults:  []fault{{Kind: devicetest.DropFails}},
			outcome: wipe.CompletedWithExceptions, codes: "cache-not-dropped", passes: []lists{{}}},
		{name: "no verification was asked for", verify: wipe.None,
			faults:  []fault{{Kind: devicetest.ReadsZero}},
			outcome: wipe.CompletedWithExceptions, codes: "not-verified", passes: []lists{{}}},
		{name: "a pass that the scheme does not read back", scheme: "nnsa",
			faults:  []fault{{Kind: devicetest.Flips, After: 5 * size, Times: 1}}, // the keyed blocks and three writings are over
			outcome: wipe.CompletedWithExceptions, codes: "mismatched", passes: []lists{{}, {}, {mismatched: one(0, 1)}}},
		// Zeros read back well from this counterfeit, which stores a third of its size.
		{name: "a counterfeit erased with zeros", scheme: "clear-zero",
			faults: []fault{{Kind: devicetest.Wraps, Size: 100 * b}}, workers: 1,
			outcome: wipe.Failed, codes: "not-kept", passes: []lists{{}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // so that pauses between retries take no time
				tg := newTarget(size, b)
				tg.Inject(c.faults...)
				r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: c.scheme, Verify: c.verify}), wipe.RunOptions{Block: 16 * b, Workers: c.workers})
				expect(t, r, c.outcome, c.codes)
				if len(r.Passes) != len(c.passes) {
					t.Fatalf("%d passes, want %d", len(r.Passes), len(c.passes))
				}
				for i, p := range r.Passes {
					want := c.passes[i]
					for _, l := range []struct {
						what      string
						got, want []wipe.Extent
						total     wipe.Total
					}{{"unwritten", p.Unwritten, want.unwritten, p.UnwrittenTotal}, {"mismatched", p.Mismatched, want.mismatched, p.MismatchedTotal},
						{"unreadable", p.Unreadable, want.unreadable, p.UnreadableTotal}} {
						if !slices.Equal(l.got, l.want) {
							t.Errorf("pass %d: %s %v, want %v", i+1, l.what, l.got, l.want)
						}
						if l.got == nil || l.total.Extents != len(l.want) || l.total.Bytes != length(l.want) {
							t.Errorf("pass %d: %s %v, total %v", i+1, l.what, l.got, l.total)
						}
					}
					if p.Written != size-length(want.unwritten) {
						t.Errorf("pass %d: %d bytes written", i+1, p.Written)
					}
					if p.Verify != wipe.None && p.Verified != size-length(want.unwritten)-length(want.mismatched)-length(want.unreadable) {
						t.Errorf("pass %d: %d bytes verified", i+1, p.Verified)
					}
				}
			})
		})
	}
}

func length(list []wipe.Extent) (n int64) {
	for _, e := range list {
		n += e.Length
	}
	return n
}
