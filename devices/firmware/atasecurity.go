package firmware

import (
	"context"
	"errors"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/ata"
)

// Why a drive does not accept a security erase now, and what the operator does.
var (
	reasonFrozen   = message.Of("the firmware of this machine froze the drive's security: suspend the machine and resume it, or unplug the drive's power and plug it in again")
	reasonPassword = message.Of("a password is set on the drive: if an erase was interrupted, resume it with --resume, or have the owner clear the password")
	reasonExpired  = message.Of("too many wrong passwords were tried: cycle the drive's power")
	reasonLocked   = message.Of("the drive is locked with a password: if an erase was interrupted, resume it with --resume, or have the owner unlock the drive")
)

func (f *ataDriver) securityMethods(s ata.Security) (all []devices.Method) {
	if !s.Supported {
		return nil
	}
	if s.Enhanced {
		m := f.method(devices.ATASecurityEraseEnhanced, f.securityUnusable(s))
		m.Estimate, m.Blocking, m.Frozen = s.EnhancedTakes, true, s.Frozen
		all = append(all, m)
	}
	m := f.method(devices.ATASecurityErase, f.securityUnusable(s))
	m.Estimate, m.Blocking, m.Frozen = s.Takes, true, s.Frozen
	return append(all, m)
}

func (f *ataDriver) securityUnusable(s ata.Security) message.Text {
	switch {
	case f.disk.Bus == devices.USB:
		return reasonDataOut
	case s.Expired:
		return reasonExpired
	case s.Frozen:
		return reasonFrozen
	case s.Locked:
		return reasonLocked
	case s.Enabled:
		return reasonPassword
	}
	return message.Text{}
}

// securityErase sends, in this order, with no command of ours between the last two:
//
//	IDENTIFY DEVICE           no password is set, nothing is frozen
//	SECURITY SET PASSWORD     from here on a loss of power leaves the drive locked with it
//	IDENTIFY DEVICE           the password is set, and the drive is not locked
//	SECURITY ERASE PREPARE
//	SECURITY ERASE UNIT       is answered when the drive has ended; clears the password if it succeeded
//	IDENTIFY DEVICE           the password is cleared
//
// Where it fails and the drive is not locked, the password is cleared again.
func (f *ataDriver) securityErase(ctx context.Context, m devices.Method, s devices.Secret) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.erased = ""
	if err := f.setPassword(ctx, s); err != nil {
		return err
	}
	a, err := f.abilities(ctx)
	switch {
	case err != nil:
	case !a.Security.Enabled:
		err = message.New("the drive accepted a password and reports that none is set")
	case a.Security.Locked:
		err = message.New("the drive accepted a password and locked itself at once")
	default:
		err = ata.SecurityErase(ctx, f.t, string(s), m.ID == devices.ATASecurityEraseEnhanced)
	}
	if err != nil {
		return errors.Join(err, f.clearPassword(ctx, s))
	}
	a, err = f.abilities(ctx)
	if err == nil && (a.Security.Enabled || a.Security.Locked) {
		err = message.New("the password is still set, which a successful erase clears")
	}
	if err != nil {
		return errors.Join(message.Errorf("after the erase, which the drive reported as successful: %w", err), f.clearPassword(ctx, s))
	}
	f.erased = m.ID
	return nil
}

func (f *ataDriver) setPassword(ctx context.Context, s devices.Secret) error {
	a, err := f.abilities(ctx)
	if err != nil {
		return err
	}
	if !a.Security.Supported {
		return message.New("the drive no longer offers the security feature set")
	}
	if reason := f.securityUnusable(a.Security); !reason.IsZero() {
		return because(reason)
	}
	if err = ata.SetPassword(ctx, f.t, string(s)); err == nil {
		return nil
	}
	var refused *ata.RefusedError
	if a, known := f.abilities(ctx); errors.As(err, &refused) && known == nil && !a.Security.Enabled {
		return err
	}
	return errors.Join(err, f.clearPassword(ctx, s)) // the drive may have set it, and its answer was lost
}

// clearPassword removes our password from a drive that is not locked, also if the drive reports none: that report may be old. A
// locked one is left to Recover.
func (f *ataDriver) clearPassword(ctx context.Context, s devices.Secret) error {
	a, err := f.abilities(ctx)
	if err == nil && !a.Security.Locked {
		err = f.disable(ctx, s)
	}
	if err != nil {
		return message.Errorf("the password may still be set: %w", err)
	}
	return nil
}

// disable clears the password of a drive that is not locked. Its state decides: the answer to the command may be lost.
func (f *ataDriver) disable(ctx context.Context, s devices.Secret) error {
	answer := ata.DisablePassword(ctx, f.t, string(s))
	a, err := f.abilities(ctx)
	switch {
	case err != nil:
		return errors.Join(answer, err)
	case !a.Security.Enabled && !a.Security.Locked:
		return nil
	case answer != nil:
		return answer
	}
	return message.New("the drive accepted the command, and its password is still set")
}

// securityState reads the security state. A drive does not record that it was erased: "no password" means done only to the process
// whose command succeeded, and nothing to any other.
func (f *ataDriver) securityState(ctx context.Context, m devices.Method) (devices.EraseState, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.abilities(ctx)
	if identifyUnusable(err) {
		return devices.EraseState{Phase: devices.EraseUnknown, Progress: -1, Detail: message.Of("%v", err), Raw: []byte{}}, nil
	}
	if err != nil {
		return devices.EraseState{}, err
	}
	e := devices.EraseState{Progress: -1, Raw: a.Security.Bytes()}
	switch {
	case a.Security.Locked:
		e.Phase = devices.EraseLocked
	case a.Security.Enabled: // the next loss of power locks it
		e.Phase, e.Detail = devices.EraseLocked, message.Of("not locked yet: its password is set")
	case f.erased == m.ID:
		e.Phase = devices.EraseDone
	default:
		e.Phase = devices.EraseIdle
	}
	return e, nil
}

// unlock unlocks the drive and clears the password. It tries the password twice at most: a drive accepts five wrong ones before it refuses
// all, and the others are for its owner.
func (f *ataDriver) unlock(ctx context.Context, s devices.Secret) error {
	a, err := f.abilities(ctx)
	if err != nil {
		return err
	}
	state := a.Security
	switch {
	case !state.Enabled && !state.Locked:
		return nil
	case state.Expired:
		return because(reasonExpired)
	case state.Frozen:
		return because(reasonFrozen)
	}
	if state.Locked {
		answer := ata.Unlock(ctx, f.t, string(s))
		if a, err = f.abilities(ctx); err != nil {
			return errors.Join(answer, err)
		}
		if a.Security.Locked && answer != nil {
			return f.eraseLocked(ctx, s, answer)
		}
	}
	return f.disable(ctx, s)
}

// eraseLocked is the second try: a drive that was cut off in its erase may accept only another one. That erase counts for nothing; the job
// repeats its own. refused is what the drive answered to UNLOCK.
func (f *ataDriver) eraseLocked(ctx context.Context, s devices.Secret, refused error) error {
	err := ata.EraseLocked(ctx, f.t, string(s))
	if a, now := f.abilities(ctx); now == nil && !a.Security.Enabled && !a.Security.Locked {
		return nil
	}
	return message.Errorf("the drive did not accept the password: %w", errors.Join(refused, err))
}
