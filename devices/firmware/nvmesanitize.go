package firmware

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/nvme"
)

// sanitizeTracker follows one sanitize operation. The drive's log is permanent: "completed without error" counts only if the log did
// not say so before, of the same command. So the tracker keeps what the log said before, and that the operation was seen running.
type sanitizeTracker struct {
	begun  bool
	op     nvme.Sanitize
	before nvme.SanitizeStatus
	seen   bool // the log reported our command as running
}

// Our choice: a drive may answer the command a moment before its log shows it.
const (
	logReads     = 20
	logReadDelay = 100 * time.Millisecond
)

// sanitizeOperation returns the operation of a method, and whether the drive offers it. Blocks stay mapped if the drive allows it:
// reads then reach the media, and do not return what a drive answers for an unmapped block.
func sanitizeOperation(id devices.MethodID, c nvme.SanitizeCapabilities) (op nvme.Sanitize, offered bool) {
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

// begin sends the command and waits until the log shows it.
func (s *sanitizeTracker) begin(ctx context.Context, t nvme.Transport, id devices.MethodID, c nvme.SanitizeCapabilities) error {
	*s = sanitizeTracker{}
	op, offered := sanitizeOperation(id, c)
	if !offered {
		return methodError(id, notOffered)
	}
	before, err := nvme.ReadSanitizeStatus(ctx, t)
	if err != nil {
		return err
	}
	if before.State == nvme.SanitizeRunning {
		return methodError(id, reasonSanitizing)
	}
	// The last operation was the same command: the two must differ, so this one deallocates.
	if before.CDW10 == op.CDW10() && op.NoDeallocate {
		op.NoDeallocate = false
	}
	if _, err = t.Admin(ctx, op.Command()); refusedField(err) && op.NoDeallocate {
		op.NoDeallocate = false // an older drive, or one that does not report that it cannot keep blocks mapped
		_, err = t.Admin(ctx, op.Command())
	}
	var refused *nvme.StatusError
	if errors.As(err, &refused) {
		return err
	}
	*s = sanitizeTracker{begun: true, op: op, before: before}
	if err = s.await(ctx, t, err); err != nil {
		err = message.Errorf("%w: %w", devices.ErrNoAnswer, err)
	}
	return err
}

func refusedField(err error) bool {
	var e *nvme.StatusError
	return errors.As(err, &e) && e.Code() == nvme.InvalidField
}

// await waits until the log shows the operation. lost is the error where the answer to the command did not come: then only the log
// can show that the drive accepted it.
func (s *sanitizeTracker) await(ctx context.Context, t nvme.Transport, lost error) error {
	for read := 1; ; read++ {
		log, err := nvme.ReadSanitizeStatus(ctx, t)
		if err == nil && log.CDW10 == s.op.CDW10() {
			if log.State == nvme.SanitizeRunning {
				s.seen = true
			}
			if s.seen || log.State != s.before.State || log.CDW10 != s.before.CDW10 || log.Erased != s.before.Erased {
				return nil
			}
		}
		if read == logReads {
			return lost // if it is nil, state reports that the log does not show the operation
		}
		select {
		case <-ctx.Done():
			return lost
		case <-time.After(logReadDelay):
		}
	}
}

// state reads the log. Without begin, as after another process began the operation, the log's report of a command like ours is
// returned; after begin only what cannot be older counts.
func (s *sanitizeTracker) state(ctx context.Context, t nvme.Transport, id devices.MethodID) (devices.EraseState, error) {
	if op, _ := sanitizeOperation(id, nvme.SanitizeCapabilities{}); op.Action == 0 {
		return devices.EraseState{}, fmt.Errorf("%s is not a sanitize method of NVMe drives", id) // a mistake of the caller
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
	case !s.begun && log.State == nvme.SanitizeFailed: // of whatever kind: the drive accepts only another one
		e.Phase, e.Detail = devices.EraseFailed, errSanitizeOnly.reason
	case !s.begun && (log.State == nvme.SanitizeNever || !ours):
		e.Phase, e.Detail = devices.EraseIdle, message.Of("the drive's log reports operation %08xh: %s", log.CDW10, log.State)
	case !ours:
		e.Phase, e.Detail = devices.EraseFailed, message.Of("the drive's log reports another operation (%08xh) than was sent (%08xh): %s", log.CDW10, s.op.CDW10(), log.State)
	case log.State == nvme.SanitizeFailed:
		e.Phase, e.Detail = devices.EraseFailed, errSanitizeOnly.reason
	case log.State != nvme.SanitizeDone && log.State != nvme.SanitizeDeallocated:
		e.Detail = message.Of("the drive accepted the command, and its log reports: %s", log.State)
	case s.begun && !s.fresh(log):
		e.Detail = message.Of("the drive's log reports a success, as it did before the command: nothing shows that this command succeeded")
	default:
		e.Phase, e.Detail = devices.EraseDone, message.Of("sanitize %s", log.State)
	}
	return e, nil
}

// sanitizeRaw is how many bytes of the log page have a meaning.
const sanitizeRaw = 37

// fresh reports whether a log that reports success cannot be older than our command.
func (s *sanitizeTracker) fresh(log nvme.SanitizeStatus) bool {
	success := s.before.State == nvme.SanitizeDone || s.before.State == nvme.SanitizeDeallocated
	return s.seen || !success || s.before.CDW10 != log.CDW10 || !s.before.Erased && log.Erased
}

// ours reports whether the log reports the command that was sent; where another process sent it, a command like ours.
func (s *sanitizeTracker) ours(id devices.MethodID, log nvme.SanitizeStatus) bool {
	if s.begun {
		return log.CDW10 == s.op.CDW10()
	}
	kept, _ := sanitizeOperation(id, nvme.SanitizeCapabilities{})
	dropped, _ := sanitizeOperation(id, nvme.SanitizeCapabilities{NoDeallocateInhibited: true})
	return log.CDW10 == kept.CDW10() || log.CDW10 == dropped.CDW10()
}
