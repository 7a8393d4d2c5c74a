package devices

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"rasure/devices/ata"
	"rasure/devices/scsi"
)

// ataFirmware speaks for a drive behind a translation layer.
type ataFirmware struct {
	t    ata.Transport
	disk Disk

	mu     sync.Mutex // guards what follows
	erased MethodID   // the security erase that ended well here; a drive keeps no record of it
	taken  bool       // it took a sanitize from us
}

func newATAFirmware(_ *Host, p Port, d Disk) Firmware {
	if p.SCSI() == nil {
		return nil
	}
	return &ataFirmware{t: ata.OverSCSI(p.SCSI()), disk: d}
}

// The words for the operator where a drive does not take an erasure now.
const (
	whyFrozen         = "the firmware of this machine froze the drive's security: suspend the machine and resume it, or unplug the drive's power and plug it in again"
	whyPassword       = "a password is set on the drive: if an erasure was interrupted, go on with it by --resume; else its owner must take it away"
	whyExpired        = "too many wrong passwords were tried: cycle the drive's power"
	whyLocked         = "the drive is locked with a password: if an erasure was interrupted, go on with it by --resume; else its owner must unlock it"
	whySanitizeFrozen = "the drive's sanitizing is frozen: cycle the drive's power"
	whySanitizing     = "the drive is sanitizing now, begun by somebody before: wait until it has ended"
	whyNoAnswer       = "the adapter or bridge does not give the drive's answer back, so that nobody could know whether it succeeded: attach the drive to another port"
)

// errBadIdentify: what the drive says of itself cannot be used. It was asked, and answered.
var errBadIdentify = errors.New("its IDENTIFY DEVICE data cannot be made out")

// abilities asks the drive itself. The answer must be of the drive that was claimed: some bridges make one up.
func (f *ataFirmware) abilities(ctx context.Context) (ata.Abilities, error) {
	raw, err := ata.IdentifyDrive(ctx, f.t)
	if err != nil {
		return ata.Abilities{}, err
	}
	id, err := ata.ParseIdentify(raw)
	if err != nil {
		return ata.Abilities{}, fmt.Errorf("%w: %w", errBadIdentify, err)
	}
	if serial := Printable(id.Serial); serialTold(f.disk) && serial != f.disk.Serial {
		return ata.Abilities{}, fmt.Errorf("%w: its serial number is %q", errBadIdentify, serial)
	}
	a, err := ata.ParseAbilities(raw)
	if err != nil {
		err = fmt.Errorf("%w: %w", errBadIdentify, err)
	}
	return a, err
}

func (f *ataFirmware) Methods(ctx context.Context) ([]Method, error) {
	methods := []Method{}
	add := func(id MethodID, m Method) {
		m.ID, m.Level, m.AlsoErases = id, LevelOf(id, f.disk.Medium), []string{}
		methods = append(methods, m)
	}
	a, err := f.abilities(ctx)
	if answered(err) {
		for _, id := range []MethodID{ATASanitizeCrypto, ATASanitizeBlock, ATASanitizeOverwrite, ATASecurityEraseEnhanced, ATASecurityErase} {
			add(id, Method{Unusable: "the drive cannot be asked by ATA commands: " + err.Error()})
		}
		return methods, nil
	}
	if err != nil {
		return nil, err
	}
	if a.Sanitize && a.Extended {
		why := f.whyNotSanitize(ctx, a)
		for _, id := range []MethodID{ATASanitizeCrypto, ATASanitizeBlock, ATASanitizeOverwrite} {
			if map[MethodID]bool{ATASanitizeCrypto: a.Crypto, ATASanitizeBlock: a.Block, ATASanitizeOverwrite: a.Rewrite}[id] {
				add(id, Method{Unusable: why})
			}
		}
	}
	if s := a.Security; s.Supported {
		why := whyNotErase(s)
		if s.Enhanced {
			add(ATASecurityEraseEnhanced, Method{Estimate: s.EnhancedTakes, Blocking: true, Unusable: why})
		}
		add(ATASecurityErase, Method{Estimate: s.Takes, Blocking: true, Unusable: why})
	}
	return methods, nil
}

// whyNotSanitize asks the drive for its state. One whose sanitizing failed takes another, and nothing else.
func (f *ataFirmware) whyNotSanitize(ctx context.Context, a ata.Abilities) string {
	if a.Security.Locked {
		return whyLocked
	}
	s, err := ata.AskSanitize(ctx, f.t, false)
	reason, refused := ata.SanitizeReason(err)
	switch {
	case errors.Is(err, ata.ErrNoRegisters):
		return whyNoAnswer
	case refused && reason == ata.ReasonFailed:
		return ""
	case refused && reason == ata.ReasonFrozen, s.Frozen:
		return whySanitizeFrozen
	case err != nil:
		return "the drive does not say whether it is sanitizing: " + err.Error()
	case s.Running:
		return whySanitizing
	}
	return ""
}

func whyNotErase(s ata.Security) string {
	switch {
	case s.Expired:
		return whyExpired
	case s.Frozen:
		return whyFrozen
	case s.Locked:
		return whyLocked
	case s.Enabled:
		return whyPassword
	}
	return ""
}

var sanitizeActions = map[MethodID]ata.SanitizeAction{
	ATASanitizeCrypto: ata.SanitizeCrypto, ATASanitizeBlock: ata.SanitizeBlock, ATASanitizeOverwrite: ata.SanitizeOverwrite,
}

func (f *ataFirmware) Begin(ctx context.Context, m Method, s Secret) error {
	if action, ok := sanitizeActions[m.ID]; ok {
		_, err := ata.StartSanitize(ctx, f.t, action)
		if errors.Is(err, ata.ErrNoRegisters) {
			err = nil // it took the command, or not: State will not make it out either
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.taken = err == nil
		return err
	}
	if m.ID != ATASecurityErase && m.ID != ATASecurityEraseEnhanced {
		return fmt.Errorf("%s is not a method of ATA drives", m.ID)
	}
	return f.securityErase(ctx, m, s)
}

// securityErase does, in this order, with nothing of ours between the last two:
//
//	IDENTIFY DEVICE           no password is set, nothing is frozen
//	SECURITY SET PASSWORD     from here on a loss of power leaves the drive locked with it
//	IDENTIFY DEVICE           the password is set, and the drive is not locked
//	SECURITY ERASE PREPARE
//	SECURITY ERASE UNIT       answers when the drive has ended, and takes the password away if it succeeded
//	IDENTIFY DEVICE           it is away
//
// Where it fails and the drive is not locked, the password is taken away again.
func (f *ataFirmware) securityErase(ctx context.Context, m Method, s Secret) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.erased = ""
	a, err := f.abilities(ctx)
	if err != nil {
		return err
	}
	if !a.Security.Supported {
		return errors.New("the drive has no security feature set any more")
	}
	if why := whyNotErase(a.Security); why != "" {
		return errors.New(why)
	}
	if err := ata.SetPassword(ctx, f.t, string(s)); err != nil {
		return err
	}
	switch a, err = f.abilities(ctx); {
	case err != nil:
	case !a.Security.Enabled:
		err = errors.New("the drive took a password and says that none is set")
	case a.Security.Locked:
		err = errors.New("the drive took a password and is locked at once")
	default:
		err = ata.SecurityErase(ctx, f.t, string(s), m.ID == ATASecurityEraseEnhanced)
	}
	if err != nil {
		return errors.Join(err, f.takeAway(ctx, s))
	}
	a, err = f.abilities(ctx)
	if err == nil && (a.Security.Enabled || a.Security.Locked) {
		err = errors.New("the password that a successful erase takes away is still set")
	}
	if err != nil {
		return errors.Join(fmt.Errorf("after the erase, which the drive says ended well: %w", err), f.takeAway(ctx, s))
	}
	f.erased = m.ID
	return nil
}

// takeAway removes our password from a drive that is not locked with it, also if the drive says that it has none: what it says
// may be old. A locked one is left to Recover.
func (f *ataFirmware) takeAway(ctx context.Context, s Secret) error {
	a, err := f.abilities(ctx)
	if err == nil && !a.Security.Locked {
		err = ata.DisablePassword(ctx, f.t, string(s))
	}
	if err != nil {
		return fmt.Errorf("the password may still be set: %w", err)
	}
	return nil
}

func (f *ataFirmware) State(ctx context.Context, m Method) (EraseState, error) {
	if _, ok := sanitizeActions[m.ID]; ok {
		return f.sanitizeState(ctx)
	}
	return f.securityState(ctx, m)
}

// sanitizeState reads SANITIZE STATUS EXT. That it completed stays true until the next sanitize begins, and the drive does not
// say which kind it was: the record of what was sent and the markers tell that.
func (f *ataFirmware) sanitizeState(ctx context.Context) (EraseState, error) {
	s, err := ata.AskSanitize(ctx, f.t, false)
	e := EraseState{Phase: EraseUnknown, Progress: -1, Raw: s.Registers.Bytes()}
	var refused *ata.RefusedError
	reason, ok := ata.SanitizeReason(err)
	switch {
	case ok && errors.As(err, &refused):
		e.Raw, e.Detail = refused.Registers.Bytes(), fmt.Sprintf("%v, reason %d", err, reason)
		if reason == ata.ReasonFailed {
			e.Phase, e.Detail = EraseFailed, "sectors are left that could not be erased"
		}
	case errors.Is(err, ata.ErrNoRegisters), passedOn(err):
		e.Detail = err.Error()
	case err != nil:
		return EraseState{}, err
	case s.Running:
		e.Phase, e.Progress = EraseRunning, int(s.Progress)
	case s.Completed:
		e.Phase = EraseDone
	case f.tookSanitize(): // a Broadcom SAS3008 gives a count of 0 back whatever the drive's is
		e.Detail = "it took the command, and the registers say that it has never sanitized: the adapter may have lost them"
	default:
		if e.Phase = EraseIdle; s.Frozen {
			e.Detail = "frozen"
		}
	}
	return e, nil
}

func (f *ataFirmware) tookSanitize() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.taken
}

// passedOn reports whether what lies before the drive refused the command for good: asking again gives the same answer.
func passedOn(err error) bool {
	var refused *scsi.SenseError
	return errors.As(err, &refused) && refused.Unknown()
}

// answered reports whether IDENTIFY DEVICE was answered, by whomever, and the answer is no use.
func answered(err error) bool {
	var refused *ata.RefusedError
	return errors.Is(err, errBadIdentify) || passedOn(err) || errors.As(err, &refused)
}

// securityState reads the security state. A drive does not keep that it was erased: that its security is switched off means
// "done" only to the process whose command ended well, and nothing to any other.
func (f *ataFirmware) securityState(ctx context.Context, m Method) (EraseState, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.abilities(ctx)
	if answered(err) {
		return EraseState{Phase: EraseUnknown, Progress: -1, Detail: err.Error(), Raw: []byte{}}, nil
	}
	if err != nil {
		return EraseState{}, err
	}
	e := EraseState{Progress: -1, Raw: a.Security.Bytes()}
	switch {
	case a.Security.Locked:
		e.Phase = EraseLocked
	case a.Security.Enabled: // it would be locked at the next loss of power
		e.Phase, e.Detail = EraseLocked, "not yet: its password is set"
	case f.erased == m.ID:
		e.Phase = EraseDone
	default:
		e.Phase = EraseIdle
	}
	return e, nil
}

func (f *ataFirmware) Recover(ctx context.Context, m Method, s Secret) error {
	if _, ok := sanitizeActions[m.ID]; ok {
		if _, err := ata.AskSanitize(ctx, f.t, true); err != nil {
			if reason, _ := ata.SanitizeReason(err); reason == ata.ReasonFailed {
				return errors.New("the drive takes no other command until a sanitize succeeds")
			}
			return err
		}
		return nil
	}
	a, err := f.abilities(ctx)
	if err != nil {
		return err
	}
	// The password is tried once: a drive bears five wrong ones, and they are for its owner.
	switch x := a.Security; {
	case !x.Enabled && !x.Locked:
		return nil
	case x.Expired:
		return errors.New(whyExpired)
	case x.Frozen:
		return errors.New(whyFrozen)
	case x.Locked:
		if err := ata.Unlock(ctx, f.t, string(s)); err != nil {
			return fmt.Errorf("the password is not the drive's: %w", err)
		}
	}
	if err := ata.DisablePassword(ctx, f.t, string(s)); err != nil {
		return err
	}
	if a, err = f.abilities(ctx); err == nil && (a.Security.Enabled || a.Security.Locked) {
		err = errors.New("the drive took the command, and its password is still set")
	}
	return err
}
