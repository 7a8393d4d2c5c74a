package ata

import (
	"context"
	"errors"
	"time"

	"rasure/cmd/message"
)

const opSanitize = 0xb4 // ACS-4 7.35

// SanitizeAction is one of the commands under B4h that erase.
type SanitizeAction uint8

const (
	SanitizeCrypto    SanitizeAction = iota // CRYPTO SCRAMBLE EXT
	SanitizeBlock                           // BLOCK ERASE EXT
	SanitizeOverwrite                       // OVERWRITE EXT, one pass of zeros
)

// Features of SANITIZE DEVICE, and the words that stand in the LBA field so that none is sent by accident.
const (
	featureStatus    = 0x0000
	featureCrypto    = 0x0011
	featureBlock     = 0x0012
	featureOverwrite = 0x0014

	keyCrypto    = 0x43727970     // "Cryp"
	keyBlock     = 0x426b4572     // "BkEr"
	keyOverwrite = 0x4f5700000000 // "OW", and below it the pattern
)

// taking is how long a drive may take to take a sanitize: it answers at once, and a drive that does not must not be reset while it
// begins. Our choice.
const taking = time.Hour

// SanitizeCommand builds the command. The failure mode bit (count bit 4) is never set: a drive whose sanitizing failed then
// accepts only another sanitize, so that nobody reads what is left on it or takes it for erased. Zoned drives do
// not reset their zones either (count bit 15). The passes of an overwrite are said explicitly: a count of 0 means 16.
func SanitizeCommand(a SanitizeAction) Command {
	c := Command{Opcode: opSanitize, Extended: true, Protocol: NonData, Timeout: taking}
	switch a {
	case SanitizeCrypto:
		c.Feature, c.LBA = featureCrypto, keyCrypto
	case SanitizeBlock:
		c.Feature, c.LBA = featureBlock, keyBlock
	case SanitizeOverwrite:
		c.Feature, c.LBA, c.Count = featureOverwrite, keyOverwrite, 1
	}
	return c
}

// SanitizeStatus is the sanitize state that a drive reports, ACS-4 7.35.2 table 121 and following.
type SanitizeStatus struct {
	Completed bool   // the last sanitize ended without error. It stays set until another one starts, also for years
	Running   bool   //
	Frozen    bool   // it accepts no sanitize until a power cycle
	Progress  uint16 // in 65536ths; FFFFh where nothing runs
	Registers Registers
}

// StartSanitize sends the command. A nil error means that the drive accepted it, not that it ended; the status is what it
// answered, or [ErrNoRegisters] came with it and nothing is known: the drive may have accepted it.
func StartSanitize(ctx context.Context, t Transport, a SanitizeAction) (SanitizeStatus, error) {
	r, err := t.Do(ctx, SanitizeCommand(a))
	if err != nil {
		return SanitizeStatus{}, err
	}
	if r.reset() {
		return SanitizeStatus{Registers: *r}, ErrReset
	}
	return ParseSanitizeStatus(r)
}

// AskSanitize sends SANITIZE STATUS EXT. Where clear is set, a drive whose sanitizing failed is asked to leave that state,
// which it does only if the failed command allowed that. A *[RefusedError] has the reason: [SanitizeReason].
func AskSanitize(ctx context.Context, t Transport, clear bool) (SanitizeStatus, error) {
	c := Command{Opcode: opSanitize, Feature: featureStatus, Extended: true, Protocol: NonData}
	if clear {
		c.Count = 1
	}
	r, err := t.Do(ctx, c)
	if err != nil {
		return SanitizeStatus{}, err
	}
	return ParseSanitizeStatus(r)
}

// ParseSanitizeStatus reads the registers that a drive answered without an error. "Completed" is in the high byte of the
// count, which sense data of the fixed format lose: such an answer is [ErrNoRegisters], never "not completed" or "completed".
// So is one in which the drive does not say that it is ready.
func ParseSanitizeStatus(r *Registers) (SanitizeStatus, error) {
	switch {
	case r == nil:
		return SanitizeStatus{}, ErrNoRegisters
	case !r.Whole:
		return SanitizeStatus{Registers: *r}, message.Errorf("%w: they lack the high byte of the count", ErrNoRegisters)
	case r.Refused() || r.Status&statusReady == 0:
		return SanitizeStatus{Registers: *r}, message.Errorf("%w: they are inconsistent (status %02xh)", ErrNoRegisters, r.Status)
	}
	s := SanitizeStatus{
		Completed: r.Count&0x8000 != 0, Running: r.Count&0x4000 != 0, Frozen: r.Count&0x2000 != 0,
		Progress: uint16(r.LBA), Registers: *r,
	}
	if s.Completed && s.Running {
		return SanitizeStatus{Registers: *r}, message.Errorf("%w: they are inconsistent (completed and running)", ErrNoRegisters)
	}
	return s, nil
}

// Reason is why a drive refused a sanitize command, ACS-4 table 124.
type Reason uint8

const (
	ReasonNone        Reason = 0 // none reported
	ReasonFailed      Reason = 1 // an earlier sanitize left sectors that were not erased
	ReasonUnsupported Reason = 2
	ReasonFrozen      Reason = 3
	ReasonAntifreeze  Reason = 4
)

// SanitizeReason returns the reason in an error of a sanitize command; ok is false if the drive did not refuse.
func SanitizeReason(err error) (r Reason, ok bool) {
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Opcode != opSanitize {
		return ReasonNone, false
	}
	return Reason(refused.Registers.LBA), true
}
