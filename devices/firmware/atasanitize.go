package firmware

import (
	"context"
	"errors"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/ata"
	"rasure/devices/scsi"
)

// ataSanitizes are the sanitize methods, strongest first.
var ataSanitizes = []devices.MethodID{devices.ATASanitizeCrypto, devices.ATASanitizeBlock, devices.ATASanitizeOverwrite}

var sanitizeActions = map[devices.MethodID]ata.SanitizeAction{
	devices.ATASanitizeCrypto: ata.SanitizeCrypto, devices.ATASanitizeBlock: ata.SanitizeBlock, devices.ATASanitizeOverwrite: ata.SanitizeOverwrite,
}

// Why a drive does not accept a sanitize now, and what the operator does.
var (
	reasonSanitizeFrozen = message.Of("sanitize is frozen on the drive: cycle its power")
	reasonSanitizing     = message.Of("the drive is already sanitizing: wait until it has ended")
	reasonAltered        = message.Of("the adapter changes the count or the address of commands on their way to the drive: attach the drive to another port")
	reasonNoStatus       = message.Of("the adapter or bridge does not return the drive's status, so success cannot be confirmed: attach the drive to another port")
)

func (f *ataDriver) sanitizeMethods(ctx context.Context, a ata.Abilities) (all []devices.Method) {
	if !a.Sanitize || !a.Extended {
		return nil
	}
	reason := f.sanitizeUnusable(ctx, a)
	offered := map[devices.MethodID]bool{devices.ATASanitizeCrypto: a.Crypto, devices.ATASanitizeBlock: a.Block, devices.ATASanitizeOverwrite: a.Rewrite}
	for _, id := range ataSanitizes {
		if offered[id] {
			m := f.method(id, reason)
			m.Frozen = reason.Format == reasonSanitizeFrozen.Format
			all = append(all, m)
		}
	}
	return all
}

// sanitizeUnusable asks the drive for its state. A drive whose sanitize failed accepts another one, and nothing else.
func (f *ataDriver) sanitizeUnusable(ctx context.Context, a ata.Abilities) message.Text {
	if a.Security.Locked {
		return reasonLocked
	}
	if reason := f.unproven(); !reason.IsZero() {
		return reason
	}
	s, err := f.askSanitize(ctx)
	for f.mayHaveFailed(err) && !f.refusedWithoutReason() {
		s, err = f.askSanitize(ctx)
	}
	reason, refused := ata.SanitizeReason(err)
	switch {
	case f.disk.Bus == devices.USB && f.refusedWithoutReason():
		return reasonUntold
	case f.disk.Bus == devices.USB && refused && reason == ata.ReasonFailed:
		return reasonUntested
	case f.refusedWithoutReason():
		return message.Text{}
	case errors.Is(err, ata.ErrNoRegisters):
		if !f.claimed && isFixed(s) && f.curable() && scsi.CanDescribe(ctx, f.scsi) {
			return message.Text{} // a job, which claims the disk, switches the other format on
		}
		return reasonNoStatus
	case refused && reason == ata.ReasonFailed:
		return message.Text{}
	case refused && reason == ata.ReasonFrozen, s.Frozen:
		return reasonSanitizeFrozen
	case err != nil:
		return message.Of("the drive does not report its sanitize state: %v", err)
	case s.Running:
		return reasonSanitizing
	}
	return f.altered(ctx)
}

// altered says why no command with a count or an address may be sent through the adapter; empty if it carries both. Of a USB bridge that the
// settings list it is tried again with this drive, and with the high bytes of the address too.
func (f *ataDriver) altered(ctx context.Context) message.Text {
	if reason := f.unproven(); !reason.IsZero() {
		return reason
	}
	err := ata.Echo(ctx, f.t)
	if err == nil && f.disk.Bus == devices.USB {
		err = f.echoBridge(ctx)
	}
	switch {
	case errors.Is(err, ata.ErrAltered):
		return reasonAltered
	case errors.Is(err, ata.ErrNoRegisters):
		return reasonNoStatus
	case err != nil:
		return message.Of("what the adapter makes of commands cannot be tried: %v", err)
	}
	return message.Text{}
}

// reasonlessLimit is our choice: how often in a row a drive that gives no reason must refuse its sanitize state before that counts as a failed
// sanitize. ACS-4 table 124 leaves the reason out of the answer to one; a link that is just coming up refuses too, and answers soon.
const reasonlessLimit = 5

// mayHaveFailed reports whether the drive refused without a reason.
func (f *ataDriver) mayHaveFailed(err error) bool {
	reason, refused := ata.SanitizeReason(err)
	return refused && reason == ata.ReasonNone
}

// refusedWithoutReason reports whether it did so often enough.
func (f *ataDriver) refusedWithoutReason() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reasonless >= reasonlessLimit
}

// count counts the refusals without a reason.
func (f *ataDriver) count(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.reasonless++; !f.mayHaveFailed(err) {
		f.reasonless = 0
	}
}

// isFixed reports whether the registers of a status came in the fixed format, which has no room for all of them.
func isFixed(s ata.SanitizeStatus) bool { return s.Registers.Status != 0 && !s.Registers.Whole }

// askSanitize asks for the state. Where the registers come in the fixed format, it asks for them in the other: of a disk that is claimed by
// switching that on, which a smartpqi adapter and others allow, and else once more.
func (f *ataDriver) askSanitize(ctx context.Context) (s ata.SanitizeStatus, err error) {
	defer func() { f.count(err) }()
	s, err = ata.AskSanitize(ctx, f.t, false)
	if err != nil && isFixed(s) && !f.curable() {
		return s, err
	}
	if err != nil && isFixed(s) && f.claimed && scsi.Describe(ctx, f.scsi) == nil {
		s, err = ata.AskSanitize(ctx, f.t, false)
	}
	if err != nil && isFixed(s) {
		r := ata.Whole(ctx, f.scsi, s.Registers)
		return ata.ParseSanitizeStatus(&r)
	}
	return s, err
}

func (f *ataDriver) sanitize(ctx context.Context, action ata.SanitizeAction) error {
	// A drive that failed before answers the NOP of the trial with other registers. Behind a bridge nothing is sent without the trial.
	state, err := f.sanitizeState(ctx)
	if f.disk.Bus == devices.USB && err == nil && state.Phase == devices.EraseFailed {
		return because(reasonUntested)
	}
	if f.disk.Bus == devices.USB || err == nil && state.Phase != devices.EraseFailed {
		if reason := f.altered(ctx); !reason.IsZero() {
			return because(reason)
		}
	}
	_, err = ata.StartSanitize(ctx, f.t, action)
	var refused *ata.RefusedError
	switch {
	case errors.Is(err, ata.ErrNoRegisters):
		err = nil // whether the drive accepted it cannot be known; State reports that
	case err != nil && !errors.As(err, &refused): // only the drive's own registers refuse: a PERC H730P rejects what the drive carries out
		err = message.Errorf("%w: %w", devices.ErrNoAnswer, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.accepted, f.reasonless = err == nil, 0 // what it refused before does not count for this one
	return err
}

// sanitizeState reads SANITIZE STATUS EXT. "Completed" stays set until the next sanitize begins, and the drive does not report
// which kind it was: the record of what was sent, and the markers, show that.
func (f *ataDriver) sanitizeState(ctx context.Context) (devices.EraseState, error) {
	s, err := f.askSanitize(ctx)
	e := devices.EraseState{Phase: devices.EraseUnknown, Progress: -1, Raw: s.Registers.Bytes()}
	var refused *ata.RefusedError
	reason, ok := ata.SanitizeReason(err)
	switch {
	case ok && errors.As(err, &refused):
		e.Raw, e.Detail = refused.Registers.Bytes(), message.Of("%v, reason %d", err, reason)
		switch {
		case reason == ata.ReasonFailed:
			e.Phase, e.Detail = devices.EraseFailed, message.Of("some sectors could not be erased")
		case f.refusedWithoutReason():
			e.Phase, e.Detail = devices.EraseFailed, message.Of("it refuses its sanitize state again and again and gives no reason, as after a failed sanitize")
		}
	case errors.Is(err, ata.ErrNoRegisters), refusedUpstream(err):
		e.Detail = message.Of("%v", err)
	case err != nil:
		return devices.EraseState{}, err
	case s.Running:
		e.Phase, e.Progress = devices.EraseRunning, int(s.Progress)
	case s.Completed:
		e.Phase = devices.EraseDone
	case f.acceptedSanitize(): // a Broadcom SAS3008 returns a count of 0 whatever the drive's is
		e.Detail = message.Of("the drive accepted the command, and its registers report that it never sanitized: the adapter may have lost them")
	case s.Frozen:
		e.Phase, e.Detail = devices.EraseIdle, message.Of("frozen")
	default:
		e.Phase = devices.EraseIdle
	}
	return e, nil
}

func (f *ataDriver) acceptedSanitize() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.accepted
}

// errSanitizeOnly means that a sanitize failed, and that only a successful one ends that state.
var errSanitizeOnly = &reasonError{message.Of("a sanitize failed on the drive: it accepts no other command until one succeeds")}

func (f *ataDriver) leaveFailedSanitize(ctx context.Context) error {
	if reason := f.unproven(); !reason.IsZero() {
		return because(reason)
	}
	_, err := ata.AskSanitize(ctx, f.t, true)
	if reason, _ := ata.SanitizeReason(err); err != nil && reason == ata.ReasonFailed {
		return errSanitizeOnly
	}
	return err
}
