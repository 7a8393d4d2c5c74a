package wipe

import (
	"context"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe/internal/pump"
)

// CodeFreed is the exception for a drive that was locked and that a revert with the PSID on its label has freed. It does not limit the
// outcome: what counts is what was done after it.
const CodeFreed = "freed-by-psid"

// LockedError means that no plan can be carried out on a drive that is locked by a password of its security subsystem (TCG).
type LockedError struct{ Disk string }

func (e *LockedError) Message() message.Text {
	return message.Of("%s is locked (TCG): what its owner has locked can be neither overwritten nor erased", e.Disk)
}

func (e *LockedError) Error() string { return e.Message().String() }

// Hint returns what to do.
func (e *LockedError) Hint() message.Text {
	return message.Of("have its owner unlock it, or free it with the PSID on its label: rasure wipe --psid asks for it")
}

// ErrCannotFree means that the drive cannot be freed with a PSID.
var ErrCannotFree = message.New("the drive cannot be freed with a PSID")

var warningFrees = message.Of("before anything else the drive is reverted with the PSID on its label: its owner, its locks and its key are gone then, whatever follows")

// free plans the revert of a drive that is locked, if the caller has its PSID. It counts for nothing, at whatever level: nothing shows that all
// that was ever written was encrypted with the key that it changes.
func (p *Plan) free(d devices.Disk, o PlanOptions) error {
	revert := o.Offer.Revert()
	switch {
	case !o.PSID && revert != nil && revert.Locked:
		return &LockedError{d.Name}
	case !o.PSID:
		return nil
	case revert == nil:
		return message.Errorf("%w: it offers no revert", ErrCannotFree)
	case !revert.Unusable.IsZero():
		return message.Errorf("%w: %s", ErrCannotFree, revert.Unusable)
	case len(revert.AlsoErases) > 0:
		return message.Errorf("%w: that would also erase %s: delete these namespaces first", ErrCannotFree, joinNames(revert.AlsoErases))
	}
	p.Frees = revert
	return nil
}

// free reverts the drive, once. It ends the job as interrupted if the drive does not accept it: a PSID is easily mistyped.
func (j *job) free(ctx context.Context) error {
	if j.r.Plan.Frees == nil || j.r.Freed {
		return nil
	}
	e, ok := j.t.(Eraser)
	switch {
	case !ok:
		return message.New("the disk takes no firmware commands")
	case j.opts.PSID == "":
		return message.Errorf("%w: the drive was not freed yet: resume the job with its PSID, --resume --psid", pump.ErrStopped)
	}
	m := *j.r.Plan.Frees
	var s devices.EraseState
	err := j.pump.Call(ctx, func() (err error) {
		if err = e.Begin(context.WithoutCancel(ctx), m, j.opts.PSID); err == nil {
			s, err = e.State(context.WithoutCancel(ctx), m)
		}
		return err
	})
	if err == nil && s.Phase != devices.EraseDone {
		err = message.Errorf("the drive reports %s: %s", string(s.Phase), s.Detail)
	}
	if err != nil {
		return message.Errorf("%w: the drive was not freed: %w; --resume --psid tries again", pump.ErrStopped, err)
	}
	j.r.Freed = true
	if err := j.saveStateSync(""); err != nil {
		return message.Errorf("%w: cannot save the job state: %w", pump.ErrStopped, err)
	}
	return j.present(ctx)
}
