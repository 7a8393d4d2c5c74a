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

// Our choice: a drive may answer the command up to a minute before its log shows it.
const (
	logReads     = 600
	logReadDelay = 100 * time.Millisecond
)

// sanitizeOperation returns the operation of a method, and whether the drive offers it. Blocks stay mapped only if the drive reports that it
// writes to all media after that (NODMMAS 10b) and how long it takes: reads then reach the media, and do not return what a drive answers
// for an unmapped block. Without that writing, erased blocks may be unreadable.
func sanitizeOperation(id devices.MethodID, c nvme.SanitizeCapabilities, log nvme.SanitizeStatus) (op nvme.Sanitize, offered bool) {
	switch id {
	case devices.NVMeSanitizeCrypto:
		op.Action, offered = nvme.SanitizeCrypto, c.Crypto
	case devices.NVMeSanitizeBlock:
		op.Action, offered = nvme.SanitizeBlock, c.Block
	case devices.NVMeSanitizeOverwrite:
		op.Action, op.Passes, offered = nvme.SanitizeFill, 1, c.Overwrite
	}
	const modified = 2
	kept := op
	kept.NoDeallocate = true
	if !c.NoDeallocateInhibited && c.ModifiesAfter == modified && log.Keeps(kept) {
		op = kept
	}
	return op, offered
}

// begin sends the command and waits until the log shows it.
func (s *sanitizeTracker) begin(ctx context.Context, t nvme.Transport, id devices.MethodID, c nvme.SanitizeCapabilities) error {
	*s = sanitizeTracker{}
	before, err := nvme.ReadSanitizeStatus(ctx, t)
	if err != nil {
		return err
	}
	op, offered := sanitizeOperation(id, c, before)
	if !offered {
		return methodError(id, notOffered)
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
		if err == nil && log.State == nvme.SanitizeRunning { // none was before: it is ours, whatever the drive keeps of the command word
			s.seen = true
			return nil
		}
		if err == nil && sameAction(log.CDW10, s.op.CDW10()) {
			if log.State != s.before.State || log.CDW10 != s.before.CDW10 || log.Erased != s.before.Erased {
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
	op, _ := sanitizeOperation(id, nvme.SanitizeCapabilities{}, nvme.SanitizeStatus{})
	if op.Action == 0 {
		return devices.EraseState{}, fmt.Errorf("%s is not a sanitize method of NVMe drives", id) // a mistake of the caller
	}
	log, err := nvme.ReadSanitizeStatus(ctx, t)
	if err != nil {
		return devices.EraseState{}, err
	}
	e := devices.EraseState{Phase: devices.EraseUnknown, Progress: -1, Raw: log.Raw[:sanitizeRaw]}
	ours := sameAction(log.CDW10, op.CDW10()) // some drives keep only a part of the command word
	switch {
	case log.State == nvme.SanitizeRunning:
		s.seen = s.seen || s.begun || ours
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
	case s.begun && !s.fresh(log) && log.CDW10 != s.op.CDW10():
		e.Detail = message.Of("the drive's log reports a success, as it did before the command: nothing shows that this command succeeded")
	case s.begun && !s.fresh(log): // the two commands cannot differ: the markers, which are younger, show which of them it was
		e.Phase, e.Detail = devices.EraseDone, message.Of("sanitize %s, as before the command: the log cannot show which of the two it reports", log.State)
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

// sameAction compares SANACT, the kind of the operation, of two command words.
func sameAction(a, b uint32) bool { return a&0x07 == b&0x07 }
