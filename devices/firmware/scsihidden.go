package firmware

import (
	"context"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/scsi"
)

// Hidden compares the number of blocks with that which the drive has by default. A drive that reports no default, or repeats its present
// number as its default, may have been lowered by MODE SELECT all the same: nothing shows that without changing it.
func (f *scsiDriver) Hidden(ctx context.Context) ([]devices.HiddenArea, error) {
	a := devices.HiddenArea{Kind: devices.SCSICapacity, Bytes: -1}
	var now scsi.Capacity
	err := f.hearAttentions(ctx)
	if err == nil {
		now, err = scsi.ReadCapacity(ctx, f.t)
	}
	if err == nil {
		var has uint64
		if has, err = scsi.DefaultBlocks(ctx, f.t); err == nil {
			a.Bytes, a.Detail = 0, message.Of("by the default capacity that the drive reports")
			if has > now.Blocks && has-now.Blocks <= uint64(1<<62)/uint64(now.Block) {
				a.Bytes, a.Restorable = int64(has-now.Blocks)*int64(now.Block), true
				a.Detail = message.Of("%d of %d blocks are hidden", has-now.Blocks, has)
			}
		}
	}
	if err != nil {
		a.Detail = notExamined(err)
	}
	return []devices.HiddenArea{a}, nil
}

// Restore makes all blocks addressable, and checks that the drive has more of them afterwards. The kernel keeps the old size until it scans the
// disk again.
func (f *scsiDriver) Restore(ctx context.Context, a devices.HiddenArea) error {
	all, err := f.Hidden(ctx)
	if err != nil {
		return err
	}
	if a.Kind != devices.SCSICapacity || !all[0].Restorable {
		return message.Errorf("there is no restorable %s", a.Kind)
	}
	before, err := scsi.ReadCapacity(ctx, f.t)
	if err != nil {
		return err
	}
	if err := scsi.UseAllBlocks(ctx, f.t, before.Block); err != nil {
		return err
	}
	if err := f.hearAttentions(ctx); err != nil { // it reports that its capacity has changed
		return err
	}
	after, err := scsi.ReadCapacity(ctx, f.t)
	if err == nil && after.Blocks <= before.Blocks {
		err = message.Errorf("the drive accepted the command and addresses %d blocks, as before: cycle its power and try again", after.Blocks)
	}
	return err
}
