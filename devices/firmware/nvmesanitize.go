package firmware

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rasure/devices"
	"rasure/devices/nvme"
)

// sanitized follows one sanitize operation. The drive's log outlives everything, so that it says "completed without error" is
// worth something only if it did not say so before, of the same command: what it said then is kept, and so is that the
// operation was seen running.
type sanitized struct {
	begun  bool
	op     nvme.Sanitize
	before nvme.SanitizeStatus
	seen   bool // running, with our command
}

// What we chose: a drive may answer the command a moment before its log tells of it.
const (
	sanitizeLooks = 20
	betweenLooks  = 100 * time.Millisecond
)

// sanitizeOf gives the operation of a method, and whether the drive offers it. Blocks are kept mapped if the drive lets them
// be: reads then reach the media, and what they find is not the answer that a drive has for what is not there.
func sanitizeOf(id devices.MethodID, c nvme.SanitizeCapabilities) (op nvme.Sanitize, offered bool) {
	op.NoDeallocate = !c.NoDeallocateInhibited
	switch id {
	case devices.NVMeSanitizeCrypto:
		op.Action, offered = nvme.SanitizeCrypto, c.Crypto
	case devices.NVMeSanitizeBlock:
		op.Action, offered = nvme.SanitizeBlock, c.Block
	case devices.NVMeSanitizeOverwrite:
		op.Action, op.Passes, offered = nvme.SanitizeFill, 1, c.Overwrite
	}
	return op, offered
}

// begin sends the command and looks whether the log tells of it.
func (s *sanitized) begin(ctx context.Context, t nvme.Transport, id devices.MethodID, c nvme.SanitizeCapabilities) error {
	*s = sanitized{}
	op, offered := sanitizeOf(id, c)
	if !offered {
		return fmt.Errorf("%s: the drive does not offer it", id)
	}
	before, err := nvme.ReadSanitizeStatus(ctx, t)
	if err != nil {
		return err
	}
	if before.State == nvme.SanitizeRunning {
		return fmt.Errorf("%s: a sanitize is running already", id)
	}
	// The last one was such a command, too: whether it deallocates is then what tells the two apart.
	if before.CDW10 == op.CDW10() && op.NoDeallocate {
		op.NoDeallocate = false
	}
	if _, err = t.Admin(ctx, op.Command()); refusedField(err) && op.NoDeallocate {
		op.NoDeallocate = false // an older drive, or one that does not tell that it cannot keep blocks mapped
		_, err = t.Admin(ctx, op.Command())
	}
	var refused *nvme.StatusError
	if errors.As(err, &refused) {
		return err
	}
	*s = sanitized{begun: true, op: op, before: before}
	return s.settle(ctx, t, err)
}

func refusedField(err error) bool {
	var e *nvme.StatusError
	return errors.As(err, &e) && e.Code() == nvme.InvalidField
}

// settle waits for the log to tell of the operation. lost is set if the answer to the command did not come: then only the log
// can say that the drive has it.
func (s *sanitized) settle(ctx context.Context, t nvme.Transport, lost error) error {
	for look := 1; ; look++ {
		log, err := nvme.ReadSanitizeStatus(ctx, t)
		if err == nil && log.CDW10 == s.op.CDW10() {
			if log.State == nvme.SanitizeRunning {
				s.seen = true
			}
			if s.seen || log.State != s.before.State || log.CDW10 != s.before.CDW10 || log.Erased != s.before.Erased {
				return nil
			}
		}
		if look == sanitizeLooks {
			return lost // without it state will find that the log does not tell of it
		}
		select {
		case <-ctx.Done():
			return lost
		case <-time.After(betweenLooks):
		}
	}
}

// state reads the log. Before begin, as after another process began it, what the log tells of a command as ours would be is
// passed on; after begin only what cannot be of before counts.
func (s *sanitized) state(ctx context.Context, t nvme.Transport, id devices.MethodID) (devices.EraseState, error) {
	if op, _ := sanitizeOf(id, nvme.SanitizeCapabilities{}); op.Action == 0 {
		return devices.EraseState{}, fmt.Errorf("%s is no sanitize operation", id)
	}
	log, err := nvme.ReadSanitizeStatus(ctx, t)
	if err != nil {
		return devices.EraseState{}, err
	}
	e := devices.EraseState{Phase: devices.EraseUnknown, Progress: -1, Raw: log.Raw[:sanitizeRaw]}
	ours := s.ours(id, log)
	switch {
	case log.State == nvme.SanitizeRunning && (ours || !s.begun):
		s.seen = s.seen || ours
		e.Phase, e.Progress = devices.EraseRunning, int(log.Progress)
	case !s.begun && (log.State == nvme.SanitizeNever || !ours):
		e.Phase, e.Detail = devices.EraseIdle, fmt.Sprintf("the drive's log tells of operation %08xh: %s", log.CDW10, log.State)
	case !ours:
		e.Phase, e.Detail = devices.EraseFailed, fmt.Sprintf("the drive's log tells of another operation (%08xh) than was sent (%08xh): %s", log.CDW10, s.op.CDW10(), log.State)
	case log.State == nvme.SanitizeFailed:
		e.Phase, e.Detail = devices.EraseFailed, "the drive says that the sanitize failed: until one succeeds it does nothing else"
	case log.State != nvme.SanitizeDone && log.State != nvme.SanitizeDeallocated:
		e.Detail = fmt.Sprintf("the drive's log says %q after it took the command", log.State)
	case s.begun && !s.fresh(log):
		e.Detail = "the drive's log tells of a success, as it did before the command: nothing shows that it is this one's"
	default:
		e.Phase, e.Detail = devices.EraseDone, "sanitize "+log.State.String()
	}
	return e, nil
}

// sanitizeRaw is how much of the log page has a meaning.
const sanitizeRaw = 37

// fresh reports whether a log that tells of success cannot be older than our command.
func (s *sanitized) fresh(log nvme.SanitizeStatus) bool {
	success := s.before.State == nvme.SanitizeDone || s.before.State == nvme.SanitizeDeallocated
	return s.seen || !success || s.before.CDW10 != log.CDW10 || !s.before.Erased && log.Erased
}

// ours reports whether the log tells of the command that was sent; where another process sent it, of one as it would be.
func (s *sanitized) ours(id devices.MethodID, log nvme.SanitizeStatus) bool {
	if s.begun {
		return log.CDW10 == s.op.CDW10()
	}
	kept, _ := sanitizeOf(id, nvme.SanitizeCapabilities{})
	dropped, _ := sanitizeOf(id, nvme.SanitizeCapabilities{NoDeallocateInhibited: true})
	return log.CDW10 == kept.CDW10() || log.CDW10 == dropped.CDW10()
}
