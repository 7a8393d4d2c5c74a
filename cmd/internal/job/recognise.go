package job

import (
	"context"
	"slices"

	"rasure/devices"
	"rasure/wipe"
)

// recognises reports whether an earlier job was on the disk of this one, and not only on a disk like it. A disk without a serial number of its
// own is known because it was not pulled since, or by the bytes that the job has written to it, whose key no other job has. A drive that may
// still be erasing itself has no such bytes: unless its job is to be resumed, one like it counts as the same.
func (j *job) recognises(ctx context.Context, f *file, resume bool) bool {
	if f.Disk.IdentifiedBy() != devices.ByPort && j.Disk.IdentifiedBy() != devices.ByPort {
		return true
	}
	return f.notPulled(j.Disk, bootOf(j.m.st.Root())) || f.erasing() && !resume || j.hasBytesOf(ctx, f)
}

// notPulled reports whether a disk has been in its socket since the job was on it: the kernel counts what is plugged in, from its start.
func (f *file) notPulled(d devices.Disk, boot string) bool {
	last := len(f.Sessions) - 1
	return last >= 0 && boot != "" && f.Sessions[last].Boot == boot && f.Disk.Seq != 0 && f.Disk.Seq == d.Seq && f.Disk.Port == d.Port
}

// hasBytesOf reports whether bytes of an earlier job are on the disk. What its last pass has not reached yet is of the pass before.
func (j *job) hasBytesOf(ctx context.Context, f *file) bool {
	if f.Wipe == nil {
		return false
	}
	from, to := int64(0), f.Wipe.WrittenTo
	for _, p := range slices.Backward(f.Wipe.Report.Passes) {
		if wipe.Recognise(ctx, j.target, j.Disk, p.Pattern, p.Key, from, to) {
			return true
		}
		if from, to = to, j.Disk.Size; from == to {
			return false
		}
	}
	return false
}
