package devicetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/firmware"
	"rasure/devices/tcg"
)

// Firmware is the firmware of a [Drive] that speaks no command set: it offers what a test sets, erases the memory, and lies as
// configured. It is for tests of what is above the command sets. [Drive.SetFirmware] gives it to a drive.
type Firmware struct {
	Offers []devices.Method     // as Methods answers them; with Frozen and LockedByOther they cannot be used
	Areas  []devices.HiddenArea // as Hidden answers them; Restore takes one away
	Steps  int                  // how often State answers that it is running before it ends; 0: it ends at once
	Lie    Lie                  // set it before the drive is used
	Thawed func() bool          // with Frozen: whether the drive has lost its power since; nil: it has not
	PSID   devices.Secret       // that frees the drive, which somebody has locked; "": it has no security subsystem

	mu       sync.Mutex // guards what follows
	drive    *Drive
	phase    devices.ErasePhase
	left     int
	sent     []devices.MethodID
	asked    int
	password devices.Secret
	freed    bool
}

// Lie is what a drive's firmware does wrong.
type Lie string

const (
	Honest        Lie = ""
	NothingErased Lie = "nothing-erased"  // completes, and erased nothing
	ErasesPart    Lie = "erases-part"     // completes, and erased the first half
	LeavesLast    Lie = "leaves-last"     // completes, and the last block is what it was
	Stuck         Lie = "stuck"           // reports the same progress forever
	Fails         Lie = "fails"           // fails, and takes nothing any more: no write, no exit
	FailsOpen     Lie = "fails-open"      // fails, and Recover leads out
	Frozen        Lie = "frozen"          // the BIOS froze it
	LockedByOther Lie = "locked-by-other" // a password that is not ours
	NoRegisters   Lie = "no-registers"    // a bridge that loses the drive's answer
	ResetMidway   Lie = "reset-midway"    // the host resets it while it erases: half is erased, the command ends with an error
	PowerLoss     Lie = "power-loss"      // gone for one question, then it continues by itself
	ErasesNewest  Lie = "erases-newest"   // completes, and only what was written to it since it was plugged in is gone
	Hangs         Lie = "hangs"           // no question is answered any more
	OldSuccess    Lie = "old-success"     // nothing is done, and an old success is reported again
	ErasesTwice   Lie = "erased-before"   // a success from before is there, and it really erases, at once: no lie, but it looks like one
)

// SetFirmware gives the drive firmware, through all its openings.
func (d *Drive) SetFirmware(f *Firmware) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f.drive = &Drive{medium: d.medium}
	if f.phase = devices.EraseIdle; f.Lie == OldSuccess || f.Lie == ErasesTwice {
		f.phase = devices.EraseDone
	}
	d.firmware = f
}

// Firmware is nil for a drive that has none.
func (d *Drive) Firmware() devices.Firmware {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.firmware == nil {
		return nil
	}
	return d.firmware
}

// firmwareOf is the driver that a test gave to a drive of memory by [Drive.SetFirmware]; every other disk has the product's.
func firmwareOf(h devices.Handle) (devices.Firmware, error) {
	if p, ok := h.Port().(interface{ Firmware() devices.Firmware }); ok {
		if f := p.Firmware(); f != nil {
			return f, nil
		}
	}
	return firmware.Of(h)
}

// Sent is what was begun so far.
func (f *Firmware) Sent() []devices.MethodID {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.sent)
}

func (f *Firmware) Methods(context.Context) ([]devices.Method, error) {
	var why message.Text
	switch {
	case f.Lie == Frozen && f.Thawed != nil && f.Thawed():
	case f.Lie == Frozen:
		why = message.Of("the firmware of this machine froze it: suspend and resume the machine")
	case f.Lie == LockedByOther:
		why = message.Of("it is locked with a password that is not ours")
	}
	all := slices.Clone(f.Offers)
	if f.PSID != "" {
		all = append(all, devices.Method{ID: devices.TCGPSIDRevert, Level: devices.Clear, AlsoErases: []string{}, Locked: !f.freed})
	}
	for i := range all {
		if !why.IsZero() {
			all[i].Unusable, all[i].Frozen = why, f.Lie == Frozen
		}
	}
	return all, nil
}

func (f *Firmware) Hidden(context.Context) ([]devices.HiddenArea, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.Areas), nil
}

func (f *Firmware) Restore(_ context.Context, a devices.HiddenArea) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, have := range f.Areas {
		if have.Kind == a.Kind && have.Restorable {
			f.Areas[i].Bytes = 0
			return nil
		}
	}
	return fmt.Errorf("%s cannot be restored", a.Kind)
}

func (f *Firmware) Begin(_ context.Context, m devices.Method, s devices.Secret) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if m.ID == devices.TCGPSIDRevert {
		if s != f.PSID {
			return &tcg.StatusError{Status: tcg.NotAuthorized}
		}
		f.freed = true
		f.drive.erase(f.drive.size)
		return nil
	}
	if !slices.ContainsFunc(f.Offers, func(o devices.Method) bool { return o.ID == m.ID }) {
		return fmt.Errorf("%s is not offered", m.ID)
	}
	if f.phase == devices.EraseLocked || f.phase == devices.EraseRunning {
		return fmt.Errorf("the drive is %s", f.phase)
	}
	f.sent, f.left, f.phase, f.password = append(f.sent, m.ID), f.Steps, devices.EraseRunning, s
	switch f.Lie {
	case Stuck, NothingErased, OldSuccess, Hangs, NoRegisters:
	case ErasesNewest:
		for _, op := range f.drive.Ops() {
			if op.Kind == Write {
				f.drive.scrub(op.Offset, op.Offset+op.Length, true)
			}
		}
	case ErasesPart:
		f.drive.erase(f.drive.size / 2)
	case LeavesLast:
		f.drive.erase(f.drive.size - int64(f.drive.block))
	case ResetMidway:
		f.drive.erase(f.drive.size / 2)
		f.phase, f.Lie = devices.EraseLocked, Honest // the next try goes well
		return errors.New("drive refused command 85h: sense 6/29/00")
	case Fails:
		f.drive.erase(f.drive.size / 2)
		f.drive.Inject(Fault{Kind: Unwritable}, Fault{Kind: Unreadable, Err: syscall.EIO})
	default:
		f.drive.erase(f.drive.size)
	}
	if m.Blocking {
		f.end()
	}
	return nil
}

func (f *Firmware) end() {
	f.phase = devices.EraseDone
	if f.Lie == Fails || f.Lie == FailsOpen {
		f.phase = devices.EraseFailed
	}
}

func (f *Firmware) State(_ context.Context, m devices.Method) (devices.EraseState, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if m.ID == devices.TCGPSIDRevert {
		s := devices.EraseState{Phase: devices.EraseLocked, Progress: -1, Raw: []byte{}}
		if f.freed {
			s.Phase = devices.EraseDone
		}
		return s, nil
	}
	begun := len(f.sent) > 0
	f.asked++
	switch {
	case begun && f.Lie == Hangs:
		return devices.EraseState{}, context.DeadlineExceeded
	case begun && f.Lie == NoRegisters:
		return devices.EraseState{Phase: devices.EraseUnknown, Progress: -1, Detail: message.Of("the bridge returned no registers"), Raw: make([]byte, 8)}, nil
	case f.Lie == LockedByOther:
		return devices.EraseState{Phase: devices.EraseLocked, Progress: -1, Raw: []byte{0x07}}, nil
	case begun && f.Lie == PowerLoss:
		f.Lie = Honest
		return devices.EraseState{}, syscall.ENODEV
	}
	s := devices.EraseState{Phase: f.phase, Progress: -1, Raw: []byte{byte(len(f.phase))}}
	if f.phase != devices.EraseRunning {
		return s, nil
	}
	if f.Lie == Stuck {
		s.Progress = 655 // where the Intel 660p stays, nvme-cli issue 752
		return s, nil
	}
	if f.left == 0 {
		f.end()
		s.Phase, s.Raw[0] = f.phase, byte(len(f.phase))
		return s, nil
	}
	s.Progress = 65536 * (f.Steps - f.left) / f.Steps
	f.left--
	return s, nil
}

func (f *Firmware) Recover(_ context.Context, m devices.Method, s devices.Secret) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.Lie == LockedByOther, f.phase == devices.EraseLocked && s != f.password:
		return errors.New("the password is not the drive's")
	case f.phase == devices.EraseFailed && f.Lie == Fails:
		return errors.New("the drive takes no other command until an erasure succeeds")
	}
	f.phase = devices.EraseIdle
	return nil
}

// erase makes all bytes before end others than they were, as a drive that throws its key away does.
func (d *medium) erase(end int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, pg := range d.pages {
		pg.mu.Lock()
		for at := range pg.b[:max(0, min(pageSize, end-i*pageSize))] {
			pg.b[at] ^= 0x5a
		}
		pg.mu.Unlock()
	}
}
