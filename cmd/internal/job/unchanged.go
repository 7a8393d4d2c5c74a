package job

import (
	"cmp"
	"context"
	"slices"

	"rasure/cmd/internal/fault"
	"rasure/devices"
	"rasure/wipe"
	"rasure/wipe/pattern"
)

// tail is how much of the end of a disk shows whether a pass was written over it. Chosen.
const tail = 64 << 20

// checkUnchanged makes sure, before anything is written, that a resumed disk has what the job has written to it: a disk of the same
// identity with other bytes was swapped, restored or used meanwhile. It reads a sample; every byte is read again at the end of the
// pass. Of the pass before, which is certified without being written again, it reads the end of the disk; the pass under way may have
// reached it, beyond what its state says.
func (j *job) checkUnchanged(ctx context.Context, onEvent func(wipe.Event)) error {
	if !j.resume || j.Wipe == nil || len(j.Wipe.Report.Passes) == 0 {
		return nil
	}
	if p := j.Wipe.Report.Probe; p != nil && p.Ended.IsZero() {
		return nil // keyed blocks were being written over what the passes wrote; the pass begins again
	}
	passes, low, size := j.Wipe.Report.Passes, j.Wipe.WrittenTo, j.Disk.Size
	last := passes[len(passes)-1]
	o := wipe.CheckOptions{OnEvent: onEvent, Disk: j.Disk, LinkJobs: j.linkJobs, Hurry: j.hurry, Skip: last.Unwritten}
	found := []wipe.Extent{}
	var err error
	if low > 0 {
		found, err = j.differing(ctx, last, low, wipe.Sample, o)
	}
	if n := len(passes); n > 1 && len(found) == 0 && err == nil && passes[n-2].FlushErrors == 0 {
		before := passes[n-2]
		var reset []wipe.Extent
		if reset, err = j.emptied(); err != nil {
			return err
		}
		o.Skip = slices.Concat(reset, []wipe.Extent{{Length: max(low, size-tail)}}, before.Unwritten, before.Mismatched, before.Unreadable)
		slices.SortFunc(o.Skip, func(a, b wipe.Extent) int { return cmp.Compare(a.Offset, b.Offset) })
		if found, err = j.differing(ctx, before, size, wipe.Full, o); len(found) > 0 && err == nil {
			o.Skip = around(found, size)
			found, err = j.differing(ctx, last, size, wipe.Full, o)
		}
	}
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return fault.WithHint(fault.Refusef("%s has other data than the interrupted job wrote: the first difference is at byte %d", devices.Printable(j.Disk.Name), found[0].Offset),
			"somebody has used it meanwhile: erase it from the beginning, without --resume")
	}
	return nil
}

// emptied are the zones that are not full. Most of them the pass under way has reset, and perhaps begun: they have nothing of the pass before. The
// others never became full, or are read-only or offline: what they hold shows nothing, and the report says what was not written.
func (j *job) emptied() (list []wipe.Extent, err error) {
	if j.Disk.Zones == nil {
		return nil, nil
	}
	zones, err := j.target.Zones()
	for _, z := range zones {
		if !z.Random && z.State != devices.ZoneFull {
			list = append(list, wipe.Extent{Offset: z.Offset, Length: z.Length})
		}
	}
	return list, err
}

// differing reads the first size bytes of the disk, except o.Skip, and returns what is not of a pass.
func (j *job) differing(ctx context.Context, p wipe.PassReport, size int64, mode wipe.VerifyMode, o wipe.CheckOptions) ([]wipe.Extent, error) {
	pat, err := pattern.Parse(p.Pattern, p.Key)
	if err != nil {
		return nil, err
	}
	r, err := wipe.Check(ctx, j.target, pat, size, mode, o)
	return r.Mismatched, err
}

// around is all of a disk except a sorted list of extents.
func around(list []wipe.Extent, size int64) (rest []wipe.Extent) {
	at := int64(0)
	for _, e := range list {
		rest = append(rest, wipe.Extent{Offset: at, Length: e.Offset - at})
		at = e.Offset + e.Length
	}
	return append(rest, wipe.Extent{Offset: at, Length: size - at})
}
