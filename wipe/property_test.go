package wipe_test

import (
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices/devicetest"
	"rasure/wipe"
)

// Whatever the size, the transfers and the faults: where the report names no extent the medium holds the bytes of the last pass,
// every byte is accounted for, and only a disk that holds them all is verified.
func FuzzReport(f *testing.F) {
	f.Add(uint16(300), uint8(16), uint8(4), uint8(0), []byte{})
	f.Add(uint16(37), uint8(5), uint8(3), uint8(1), []byte{0, 9, 1, 0})
	f.Add(uint16(500), uint8(1), uint8(1), uint8(2), []byte{1, 40, 3, 2, 4, 100, 0, 0})
	f.Add(uint16(64), uint8(64), uint8(8), uint8(3), []byte{5, 20, 0, 0, 7, 3, 1, 1, 0, 3, 9, 0})
	f.Add(uint16(900), uint8(9), uint8(2), uint8(1), []byte{2, 80, 3, 0, 3, 90, 1, 0, 8, 0, 0, 1, 6, 4, 4, 0})
	f.Add(uint16(100), uint8(9), uint8(2), uint8(4), []byte{9, 200, 0, 0})
	f.Add(uint16(700), uint8(3), uint8(5), uint8(0), []byte{0, 0, 0, 0, 10, 1, 1, 9})
	kinds := []devicetest.FaultKind{devicetest.Unwritable, devicetest.Unreadable, devicetest.ShortWrite, devicetest.ShortRead, devicetest.LostWrite,
		devicetest.ReadsZero, devicetest.Flips, devicetest.FlushFails, devicetest.Vanishes, devicetest.Slow}
	// No counterfeits and only schemes that end with random: otherwise the medium may be another than the drive lets one read.
	schemes := []string{"clear-random", "flash-clear", "gost", "itsg-06", "schneier-7"}
	f.Fuzz(func(t *testing.T, blocks uint16, block, workers, scheme uint8, faults []byte) {
		size := int64(max(blocks%1024, 1)) * 512
		synctest.Test(t, func(t *testing.T) {
			tg := newTarget(size, 512)
			for ; len(faults) >= 4; faults = faults[4:] {
				tg.Inject(fault{Kind: kinds[int(faults[0])%len(kinds)], Offset: int64(faults[1]) * 512 % size, Length: int64(faults[2]) * 512,
					Times: int(faults[3]), After: int64(faults[1]) * 2048, Size: (int64(faults[1])*512%size + 512), Delay: time.Minute})
			}
			p := plan(t, tg.disk, wipe.PlanOptions{Scheme: schemes[int(scheme)%len(schemes)]})
			r, err := wipe.Run(t.Context(), tg, p, wipe.RunOptions{Block: (int(block)%64 + 1) * 512, Workers: int(workers)%8 + 1, ErrorBudget: 5 * time.Minute})
			if (r.Outcome == wipe.Verified) != (len(r.Exceptions) == 0) || err != nil && r.Outcome != wipe.Failed {
				t.Errorf("outcome %s, exceptions %v, error %v", r.Outcome, r.Exceptions, err)
			}
			for i, p := range r.Passes {
				if p.Written+p.UnwrittenTotal.Bytes > size || p.Verified+p.MismatchedTotal.Bytes+p.UnreadableTotal.Bytes > p.Written {
					t.Errorf("pass %d counts too much: %+v", i+1, p)
				}
			}
			if err != nil {
				return
			}
			last := r.Passes[len(r.Passes)-1]
			if last.Written+last.UnwrittenTotal.Bytes != size || last.Verified+last.MismatchedTotal.Bytes+last.UnreadableTotal.Bytes != last.Written {
				t.Errorf("the last pass does not count every byte: %+v", last)
			}
			if length(last.Unwritten) != last.UnwrittenTotal.Bytes || length(last.Mismatched) != last.MismatchedTotal.Bytes || length(last.Unreadable) != last.UnreadableTotal.Bytes {
				t.Errorf("lists and totals differ: %+v", last)
			}
			if _, twice := joined(append(append(append([]wipe.Extent{}, last.Unwritten...), last.Mismatched...), last.Unreadable...)); twice {
				t.Errorf("a block is in two lists: %+v", last)
			}
			content(t, tg, last, last.Unwritten, last.Mismatched, last.Unreadable)
		})
	})
}
