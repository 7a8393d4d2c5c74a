package firmware

import (
	"context"
	"errors"
	"slices"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/scsi"
)

// LongBlocks are the lengths of blocks that only arrays use: 512 bytes and some of their own.
var LongBlocks = []int{520, 524, 528}

// PlainBlock is what such blocks are formatted to.
const PlainBlock = 512

// Format is how the blocks of a SCSI drive stand.
type Format struct {
	State    FormatState
	Block    int   // bytes; 0 where the drive does not report it
	Size     int64 // bytes; 0 where the drive does not report it
	Progress int   // in 65536ths, of a format that runs; -1 where the drive does not report it
}

// FormatState is what a drive reports about formats.
type FormatState string

const (
	FormatReady   FormatState = "ready"
	FormatRunning FormatState = "running"
	FormatCorrupt FormatState = "corrupt" // a format was interrupted or failed: nothing but another one helps
)

// errNoFormat is of a disk whose blocks are not formatted here.
var errNoFormat = message.New("only the blocks of a claimed SCSI disk that is attached without a USB bridge can be formatted")

// formatTransport is what carries the commands. They are for claimed disks only.
func formatTransport(h devices.Handle) (scsi.Transport, error) {
	d, t := h.Disk(), h.Port().SCSI()
	if !h.Claimed() || t == nil || d.Protocol != devices.ProtocolSCSI || d.Bus == devices.USB || d.Volume {
		return nil, errNoFormat
	}
	return t, nil
}

// ReadFormat asks a claimed drive how its blocks stand.
func ReadFormat(ctx context.Context, h devices.Handle) (Format, error) {
	t, err := formatTransport(h)
	if err != nil {
		return Format{}, err
	}
	f := Format{State: FormatReady, Progress: -1}
	err = scsi.TestReady(ctx, t)
	var refused *scsi.SenseError
	switch {
	case err == nil:
	case !errors.As(err, &refused):
		return f, err
	case refused.Sense().Formatting():
		f.State = FormatRunning
	case refused.Sense().FormatCorrupt():
		f.State = FormatCorrupt
	default:
		return f, err
	}
	if f.State == FormatRunning {
		if s, _, err := scsi.RequestSense(ctx, t); err == nil && s.HasProgress {
			f.Progress = int(s.Progress)
		}
		return f, nil
	}
	c, err := scsi.ReadCapacity(ctx, t)
	if err != nil && f.State == FormatReady {
		return f, err
	}
	if err == nil && c.Blocks < 1<<40 {
		f.Block, f.Size = int(c.Block), int64(c.Blocks)*int64(c.Block)
	}
	return f, nil
}

// BeginFormat formats a claimed drive to blocks of 512 bytes. It changes nothing where the drive has blocks of another kind than [LongBlocks] and is
// not in the state after a format that did not end. A nil error means that the drive has begun; it continues by itself. What was on it may still be
// there: a format is no erasure.
func BeginFormat(ctx context.Context, h devices.Handle) error {
	t, err := formatTransport(h)
	if err != nil {
		return err
	}
	f, err := ReadFormat(ctx, h)
	switch {
	case err != nil:
		return err
	case f.State == FormatRunning, f.State == FormatReady && !slices.Contains(LongBlocks, f.Block):
		return message.Errorf("the drive is %s, with blocks of %d bytes: it is not formatted", string(f.State), f.Block)
	}
	if err := scsi.SetBlockLength(ctx, t, PlainBlock); err != nil {
		return message.Errorf("choosing blocks of %d bytes: %w", PlainBlock, err)
	}
	return scsi.FormatUnit(ctx, t)
}
