package wipe

import (
	"context"
	"errors"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe/internal/pump"
)

// Watcher is a target that knows who else uses the disk, and whether reads bypass the page cache; [devices.Target] is one. A
// target that is not a Watcher is not asked.
type Watcher interface {
	OtherOpeners(ctx context.Context) ([]devices.Opener, error) // now
	UsersUnknown() message.Text                                 // why not all of them can be seen; zero if they can
	DirectIO() devices.DirectIO
}

var _ Watcher = (*devices.Target)(nil)

// checkDisk makes sure that the disk is still the one that was claimed, and records who else has it open: before each pass, when it is
// written, and when it is read back. The claim keeps away mounts and exclusive openers, but not a process that simply opens the device.
func (j *job) checkDisk(ctx context.Context) error {
	if err := j.pump.Call(ctx, j.t.Check); err != nil {
		if errors.Is(err, pump.ErrSilent) {
			return message.Errorf("%w: %w", pump.ErrStopped, err)
		}
		return pump.Lost(err)
	}
	w, ok := j.t.(Watcher)
	if !ok || ctx.Err() != nil {
		return nil
	}
	openers, err := w.OtherOpeners(ctx)
	if err != nil && ctx.Err() == nil {
		j.exceptDisks(CodeUsersUnknown, message.Of("%v", err))
	}
	for _, o := range openers {
		// A reader, such as a monitor of temperatures, changes nothing that is not read back.
		if !o.ReadOnly {
			j.except(CodeOpenedByOthers, "while the disk was erased: %v", o.Detail)
		}
	}
	return nil
}

// watch records what is not known about the target for the whole job.
func (j *job) watch() {
	w, ok := j.t.(Watcher)
	if !ok {
		return
	}
	if why := w.UsersUnknown(); !why.IsZero() {
		j.exceptDisks(CodeUsersUnknown, why)
	}
	switch w.DirectIO() {
	case devices.DirectYes:
	case devices.DirectNo:
		j.exceptDisks(CodeDirectUnknown, message.Of("reads and writes went through the page cache of this machine"))
	default:
		j.exceptDisks(CodeDirectUnknown, message.Of("it is not known whether reads and writes bypassed the page cache of this machine"))
	}
}

// exceptDisks records an exception that limits the outcome of disks but not of images.
func (j *job) exceptDisks(code string, text message.Text) {
	e := Exception{code, text.String()}
	to := &j.r.Exceptions
	if j.r.Disk.Medium == devices.Image {
		to = &j.harmless
	}
	for _, have := range *to {
		if have == e {
			return
		}
	}
	*to = append(*to, e)
}
