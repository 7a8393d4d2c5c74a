package firmware

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"rasure/devices"
	"rasure/devices/ata"
	"rasure/devices/scsi"
)

// ataDriver speaks for a drive behind a translation layer.
type ataDriver struct {
	t    ata.Transport
	disk devices.Disk

	mu     sync.Mutex       // guards what follows
	erased devices.MethodID // the security erase that ended well here; a drive keeps no record of it
	taken  bool             // it took a sanitize from us
}

func newATADriver(h devices.Handle) *ataDriver {
	return &ataDriver{t: ata.OverSCSI(h.Port().SCSI()), disk: h.Disk()}
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
func (f *ataDriver) abilities(ctx context.Context) (ata.Abilities, error) {
	raw, err := ata.IdentifyDrive(ctx, f.t)
	if err != nil {
		return ata.Abilities{}, err
	}
	id, err := ata.ParseIdentify(raw)
	if err != nil {
		return ata.Abilities{}, fmt.Errorf("%w: %w", errBadIdentify, err)
	}
	if serial := devices.Printable(id.Serial); reportsSerial(f.disk) && serial != f.disk.Serial {
		return ata.Abilities{}, fmt.Errorf("%w: its serial number is %q", errBadIdentify, serial)
	}
	a, err := ata.ParseAbilities(raw)
	if err != nil {
		err = fmt.Errorf("%w: %w", errBadIdentify, err)
	}
	return a, err
}

// reportsSerial reports whether the serial number that d was found with is the drive's own, and not a bridge's.
func reportsSerial(d devices.Disk) bool {
	return d.SerialSource == devices.SerialATA || d.SerialSource == devices.SerialSCSI
}

func (f *ataDriver) Methods(ctx context.Context) ([]devices.Method, error) {
	methods := []devices.Method{}
	add := func(id devices.MethodID, m devices.Method) {
		m.ID, m.Level, m.AlsoErases = id, devices.LevelOf(id, f.disk.Medium), []string{}
		methods = append(methods, m)
	}
	a, err := f.abilities(ctx)
	if identifyUnusable(err) {
		for _, id := range []devices.MethodID{devices.ATASanitizeCrypto, devices.ATASanitizeBlock, devices.ATASanitizeOverwrite, devices.ATASecurityEraseEnhanced, devices.ATASecurityErase} {
			add(id, devices.Method{Unusable: "the drive cannot be asked by ATA commands: " + err.Error()})
		}
		return methods, nil
	}
	if err != nil {
		return nil, err
	}
	if a.Sanitize && a.Extended {
		why := f.whyNotSanitize(ctx, a)
		for _, id := range []devices.MethodID{devices.ATASanitizeCrypto, devices.ATASanitizeBlock, devices.ATASanitizeOverwrite} {
			if map[devices.MethodID]bool{devices.ATASanitizeCrypto: a.Crypto, devices.ATASanitizeBlock: a.Block, devices.ATASanitizeOverwrite: a.Rewrite}[id] {
				add(id, devices.Method{Unusable: why})
			}
		}
	}
	if s := a.Security; s.Supported {
		why := whyNotErase(s)
		if s.Enhanced {
			add(devices.ATASecurityEraseEnhanced, devices.Method{Estimate: s.EnhancedTakes, Blocking: true, Unusable: why})
		}
		add(devices.ATASecurityErase, devices.Method{Estimate: s.Takes, Blocking: true, Unusable: why})
	}
	return methods, nil
}

// whyNotSanitize asks the drive for its state. One whose sanitizing failed takes another, and nothing else.
func (f *ataDriver) whyNotSanitize(ctx context.Context, a ata.Abilities) string {
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

var sanitizeActions = map[devices.MethodID]ata.SanitizeAction{
	devices.ATASanitizeCrypto: ata.SanitizeCrypto, devices.ATASanitizeBlock: ata.SanitizeBlock, devices.ATASanitizeOverwrite: ata.SanitizeOverwrite,
}

func (f *ataDriver) Begin(ctx context.Context, m devices.Method, s devices.Secret) error {
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
	if m.ID != devices.ATASecurityErase && m.ID != devices.ATASecurityEraseEnhanced {
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
func (f *ataDriver) securityErase(ctx context.Context, m devices.Method, s devices.Secret) error {
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
		err = ata.SecurityErase(ctx, f.t, string(s), m.ID == devices.ATASecurityEraseEnhanced)
	}
	if err != nil {
		return errors.Join(err, f.clearPassword(ctx, s))
	}
	a, err = f.abilities(ctx)
	if err == nil && (a.Security.Enabled || a.Security.Locked) {
		err = errors.New("the password that a successful erase takes away is still set")
	}
	if err != nil {
		return errors.Join(fmt.Errorf("after the erase, which the drive says ended well: %w", err), f.clearPassword(ctx, s))
	}
	f.erased = m.ID
	return nil
}

// clearPassword removes our password from a drive that is not locked with it, also if the drive says that it has none: what it says
// may be old. A locked one is left to Recover.
func (f *ataDriver) clearPassword(ctx context.Context, s devices.Secret) error {
	a, err := f.abilities(ctx)
	if err == nil && !a.Security.Locked {
		err = ata.DisablePassword(ctx, f.t, string(s))
	}
	if err != nil {
		return fmt.Errorf("the password may still be set: %w", err)
	}
	return nil
}

func (f *ataDriver) State(ctx context.Context, m devices.Method) (devices.EraseState, error) {
	if _, ok := sanitizeActions[m.ID]; ok {
		return f.sanitizeState(ctx)
	}
	return f.securityState(ctx, m)
}

// sanitizeState reads SANITIZE STATUS EXT. That it completed stays true until the next sanitize begins, and the drive does not
// say which kind it was: the record of what was sent and the markers tell that.
func (f *ataDriver) sanitizeState(ctx context.Context) (devices.EraseState, error) {
	s, err := ata.AskSanitize(ctx, f.t, false)
	e := devices.EraseState{Phase: devices.EraseUnknown, Progress: -1, Raw: s.Registers.Bytes()}
	var refused *ata.RefusedError
	reason, ok := ata.SanitizeReason(err)
	switch {
	case ok && errors.As(err, &refused):
		e.Raw, e.Detail = refused.Registers.Bytes(), fmt.Sprintf("%v, reason %d", err, reason)
		if reason == ata.ReasonFailed {
			e.Phase, e.Detail = devices.EraseFailed, "sectors are left that could not be erased"
		}
	case errors.Is(err, ata.ErrNoRegisters), refusedUpstream(err):
		e.Detail = err.Error()
	case err != nil:
		return devices.EraseState{}, err
	case s.Running:
		e.Phase, e.Progress = devices.EraseRunning, int(s.Progress)
	case s.Completed:
		e.Phase = devices.EraseDone
	case f.tookSanitize(): // a Broadcom SAS3008 gives a count of 0 back whatever the drive's is
		e.Detail = "it took the command, and the registers say that it has never sanitized: the adapter may have lost them"
	default:
		if e.Phase = devices.EraseIdle; s.Frozen {
			e.Detail = "frozen"
		}
	}
	return e, nil
}

func (f *ataDriver) tookSanitize() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.taken
}

// refusedUpstream reports whether what lies before the drive refused the command for good: asking again gives the same answer.
func refusedUpstream(err error) bool {
	var refused *scsi.SenseError
	return errors.As(err, &refused) && refused.Unknown()
}

// identifyUnusable reports whether IDENTIFY DEVICE was answered, by the drive or by what lies before it, and the answer is useless.
func identifyUnusable(err error) bool {
	var refused *ata.RefusedError
	return errors.Is(err, errBadIdentify) || refusedUpstream(err) || errors.As(err, &refused)
}

// securityState reads the security state. A drive does not keep that it was erased: that its security is switched off means
// "done" only to the process whose command ended well, and nothing to any other.
func (f *ataDriver) securityState(ctx context.Context, m devices.Method) (devices.EraseState, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.abilities(ctx)
	if identifyUnusable(err) {
		return devices.EraseState{Phase: devices.EraseUnknown, Progress: -1, Detail: err.Error(), Raw: []byte{}}, nil
	}
	if err != nil {
		return devices.EraseState{}, err
	}
	e := devices.EraseState{Progress: -1, Raw: a.Security.Bytes()}
	switch {
	case a.Security.Locked:
		e.Phase = devices.EraseLocked
	case a.Security.Enabled: // it would be locked at the next loss of power
		e.Phase, e.Detail = devices.EraseLocked, "not yet: its password is set"
	case f.erased == m.ID:
		e.Phase = devices.EraseDone
	default:
		e.Phase = devices.EraseIdle
	}
	return e, nil
}

func (f *ataDriver) Recover(ctx context.Context, m devices.Method, s devices.Secret) error {
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
