package firmware

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"rasure/devices"
	"rasure/devices/scsi"
)

// scsiDriver speaks for a SCSI disk. Such a disk keeps no record of a sanitize that succeeded: it only says that it is at it,
// or that the last one failed.
type scsiDriver struct {
	t      scsi.Transport
	medium devices.Medium

	mu    sync.Mutex       // guards what follows
	begun devices.MethodID // what the drive has taken from this process
	seen  bool             // it said to this process that it was sanitizing, whoever began that
}

func newSCSIDriver(h devices.Handle) *scsiDriver {
	return &scsiDriver{t: h.Port().SCSI(), medium: h.Disk().Medium}
}

var scsiActions = map[devices.MethodID]scsi.SanitizeAction{
	devices.SCSISanitizeCrypto: scsi.SanitizeCrypto, devices.SCSISanitizeBlock: scsi.SanitizeBlock, devices.SCSISanitizeOverwrite: scsi.SanitizeOverwrite,
}

const (
	whyUntold     = "the drive or its adapter does not tell what commands it knows"
	whyFormatting = "the drive is formatting itself now: wait until it has ended"
)

// Methods lists what the drive says it knows. One that does not say is listed with that reason: a command that erases is not
// sent to find out.
func (f *scsiDriver) Methods(ctx context.Context) ([]devices.Method, error) {
	s, _, err := scsi.RequestSense(ctx, f.t)
	if err != nil {
		return nil, err
	}
	busy := ""
	switch {
	case s.Sanitizing():
		busy = whySanitizing
	case s.Formatting():
		busy = whyFormatting
	}
	methods := []devices.Method{}
	for _, id := range []devices.MethodID{devices.SCSISanitizeCrypto, devices.SCSISanitizeBlock, devices.SCSISanitizeOverwrite} {
		m := devices.Method{ID: id, Level: devices.LevelOf(id, f.medium), AlsoErases: []string{}, Unusable: busy}
		if busy == "" && !s.SanitizeFailed() {
			switch support, err := f.supports(ctx, scsiActions[id]); {
			case err != nil:
				return nil, err
			case support == scsi.Unsupported:
				continue
			case support == scsi.SupportUnknown:
				m.Unusable = whyUntold
			}
		}
		methods = append(methods, m)
	}
	return methods, nil
}

func (f *scsiDriver) supports(ctx context.Context, a scsi.SanitizeAction) (scsi.Support, error) {
	if err := scsi.TestReady(ctx, f.t); err != nil { // for the unit attentions alone
		var refused *scsi.SenseError
		if !errors.As(err, &refused) {
			return scsi.SupportUnknown, err
		}
	}
	return scsi.Supports(ctx, f.t, scsi.OpSanitize, uint8(a))
}

// Hidden returns nothing: SCSI disks have no kind of hidden area that could be looked for without changing the disk.
func (f *scsiDriver) Hidden(context.Context) ([]devices.HiddenArea, error) {
	return []devices.HiddenArea{}, nil
}

func (f *scsiDriver) Restore(_ context.Context, a devices.HiddenArea) error {
	return fmt.Errorf("there is no %s that could be restored", a.Kind)
}

func (f *scsiDriver) Begin(ctx context.Context, m devices.Method, _ devices.Secret) error {
	action, ok := scsiActions[m.ID]
	if !ok {
		return fmt.Errorf("%s is not a method of SCSI disks", m.ID)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begun, f.seen = "", false
	err := scsi.Sanitize(ctx, f.t, action)
	var refused *scsi.SenseError
	for try := 1; try < 4 && errors.As(err, &refused) && refused.Key == 6; try++ {
		err = scsi.Sanitize(ctx, f.t, action) // unit attention: it told us of something before, and did not look at the command
	}
	if err != nil {
		return err
	}
	f.begun = m.ID
	return nil
}

// State asks by REQUEST SENSE, which is answered also while the disk sanitizes, and where that says that nothing is the matter
// by TEST UNIT READY. Progress is no sign: sense data of a sanitize that failed carry none, as those of one that succeeded.
func (f *scsiDriver) State(ctx context.Context, m devices.Method) (devices.EraseState, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, raw, err := scsi.RequestSense(ctx, f.t)
	e := devices.EraseState{Phase: devices.EraseUnknown, Progress: -1, Raw: append([]byte{}, raw[:min(len(raw), 64)]...)}
	switch {
	case err != nil && (raw != nil || refusedUpstream(err)): // it answered, and asking again would not help
		e.Detail = err.Error()
		return e, nil
	case err != nil:
		return devices.EraseState{}, err
	}
	if s.Key == 0 && !s.Deferred {
		var refused *scsi.SenseError
		if err := scsi.TestReady(ctx, f.t); err != nil {
			if !errors.As(err, &refused) {
				return devices.EraseState{}, err
			}
			if s = (scsi.Sense{Key: refused.Key, ASC: refused.ASC, ASCQ: refused.ASCQ}); s.Key == 0 {
				e.Detail = "it is not ready, and does not say why"
				return e, nil
			}
		}
	}
	code := fmt.Sprintf("sense %x/%02x/%02x", s.Key, s.ASC, s.ASCQ)
	switch {
	case s.Deferred:
		e.Detail = "deferred " + code
	case s.Sanitizing():
		e.Phase, f.seen = devices.EraseRunning, true
		if s.HasProgress {
			e.Progress = int(s.Progress)
		}
	case s.SanitizeFailed():
		e.Phase, e.Detail = devices.EraseFailed, code
	case s.Key == 2 && s.ASC == 0x04 && s.ASCQ == 0x01: // becoming ready: power has just come
		return devices.EraseState{}, fmt.Errorf("the drive is not ready yet: %s", code)
	case s.Formatting():
		e.Detail = "it is formatting itself, which nobody here asked for"
	case s.Key != 0:
		e.Detail = code
	case f.begun == m.ID || f.seen:
		e.Phase = devices.EraseDone
	default:
		e.Phase, e.Detail = devices.EraseIdle, "such a drive does not say whether it was sanitized before"
	}
	return e, nil
}

// Recover leads a disk out of a sanitize that failed, which it allows only if that command did. Ours do not.
func (f *scsiDriver) Recover(ctx context.Context, _ devices.Method, _ devices.Secret) error {
	s, _, err := scsi.RequestSense(ctx, f.t)
	if err != nil || !s.SanitizeFailed() {
		return err
	}
	if err := scsi.Sanitize(ctx, f.t, scsi.SanitizeExit); err != nil {
		return fmt.Errorf("the drive takes no other command until a sanitize succeeds: %w", err)
	}
	return nil
}
