package firmware

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/scsi"
)

// scsiDriver speaks to a SCSI disk. Such a disk keeps no record of a sanitize that succeeded: it only reports that one is running,
// or that the last one failed.
type scsiDriver struct {
	t      scsi.Transport
	medium devices.Medium

	mu     sync.Mutex // guards what follows
	revert revert
	begun  devices.MethodID // what the drive accepted from this process
	lost   bool             // its answer to a sanitize of this process did not come
	seen   bool             // it reported to this process that it was sanitizing, begun by any process
}

func newSCSIDriver(h devices.Handle) *scsiDriver {
	f := &scsiDriver{t: h.Port().SCSI(), medium: h.Disk().Medium}
	f.revert.port, _ = h.Port().(reverter)
	return f
}

var scsiSanitizes = []devices.MethodID{devices.SCSISanitizeCrypto, devices.SCSISanitizeBlock, devices.SCSISanitizeOverwrite}

var scsiActions = map[devices.MethodID]scsi.SanitizeAction{
	devices.SCSISanitizeCrypto: scsi.SanitizeCrypto, devices.SCSISanitizeBlock: scsi.SanitizeBlock, devices.SCSISanitizeOverwrite: scsi.SanitizeOverwrite,
}

var (
	reasonUnreported = message.Of("the drive or its adapter does not report which commands it supports")
	reasonFormatting = message.Of("the drive is formatting itself: wait until it has ended")
)

// Methods lists what the drive reports as supported. Where it reports nothing, each method is listed as unusable: a command that
// erases is not sent to find out.
func (f *scsiDriver) Methods(ctx context.Context) ([]devices.Method, error) {
	s, _, err := scsi.RequestSense(ctx, f.t)
	if err != nil {
		return nil, err
	}
	var busy message.Text
	switch {
	case s.Sanitizing():
		busy = reasonSanitizing
	case s.Formatting():
		busy = reasonFormatting
	}
	var block, crypto bool
	if busy.IsZero() && !s.SanitizeFailed() {
		if page, err := scsi.VPD(ctx, f.t, scsi.PageCharacteristics); err == nil {
			block, crypto = scsi.UnreadableAfter(page)
		}
	}
	methods := []devices.Method{}
	for _, id := range scsiSanitizes {
		m := devices.Method{ID: id, Level: devices.LevelOf(id, f.medium), AlsoErases: []string{}, Unusable: busy,
			Unreadable: block && id == devices.SCSISanitizeBlock || crypto && id == devices.SCSISanitizeCrypto}
		if busy.IsZero() && !s.SanitizeFailed() { // after a failed sanitize the disk answers no such question, and accepts a sanitize
			support, err := f.supports(ctx, scsiActions[id])
			if err != nil {
				return nil, err
			}
			if support == scsi.Unsupported {
				continue
			}
			if support == scsi.SupportUnknown {
				m.Unusable = reasonUnreported
			}
		}
		methods = append(methods, m)
	}
	if busy.IsZero() && !s.SanitizeFailed() {
		d, err := discoverOverSCSI(ctx, f.t)
		if m, ok := f.revert.method(d, err, devices.LevelOf(devices.TCGPSIDRevert, f.medium)); ok {
			methods = append(methods, m)
		}
	}
	return methods, nil
}

func (f *scsiDriver) supports(ctx context.Context, a scsi.SanitizeAction) (scsi.Support, error) {
	if err := f.hearAttentions(ctx); err != nil {
		return scsi.SupportUnknown, err
	}
	return scsi.Supports(ctx, f.t, scsi.OpSanitize, uint8(a))
}

// hearAttentions collects the unit attentions of the drive, whether it is ready or not, so that the next command does not meet them.
func (f *scsiDriver) hearAttentions(ctx context.Context) error {
	var refused *scsi.SenseError
	if err := scsi.TestReady(ctx, f.t); !errors.As(err, &refused) {
		return err
	}
	return nil
}

// unitAttention is the sense key of a disk that reports an event before, and did not look at the command.
const (
	unitAttention    = 6
	attentionRetries = 3
)

func (f *scsiDriver) Begin(ctx context.Context, m devices.Method, s devices.Secret) error {
	if m.ID == devices.TCGPSIDRevert {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.revert.begin(s)
	}
	action, ok := scsiActions[m.ID]
	if !ok {
		return fmt.Errorf("%s is not a method of SCSI disks", m.ID) // a mistake of the caller
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begun, f.seen, f.lost = "", false, false
	err := scsi.Sanitize(ctx, f.t, action)
	var refused *scsi.SenseError
	for try := 0; try < attentionRetries && errors.As(err, &refused) && refused.Key == unitAttention; try++ {
		err = scsi.Sanitize(ctx, f.t, action)
	}
	switch {
	case err == nil:
		f.begun = m.ID
	case !errors.As(err, &refused):
		f.lost, err = true, message.Errorf("%w: %w", devices.ErrNoAnswer, err)
	}
	return err
}

// State asks by REQUEST SENSE, which the disk also answers while it sanitizes, and where that reports nothing by TEST UNIT READY.
// Progress proves nothing: sense data of a sanitize that failed carry none, like those of one that succeeded.
func (f *scsiDriver) State(ctx context.Context, m devices.Method) (devices.EraseState, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if m.ID == devices.TCGPSIDRevert {
		d, err := discoverOverSCSI(ctx, f.t)
		return f.revert.state(d), err
	}
	s, raw, err := scsi.RequestSense(ctx, f.t)
	e := devices.EraseState{Phase: devices.EraseUnknown, Progress: -1, Raw: append([]byte{}, raw[:min(len(raw), 64)]...)}
	if err != nil && (raw != nil || refusedUpstream(err)) { // it answered, and a second try would not help
		e.Detail = message.Of("%v", err)
		return e, nil
	}
	if err != nil {
		return devices.EraseState{}, err
	}
	if s.Key == 0 && !s.Deferred {
		var refused *scsi.SenseError
		if err := scsi.TestReady(ctx, f.t); err != nil {
			if !errors.As(err, &refused) {
				return devices.EraseState{}, err
			}
			if s = (scsi.Sense{Key: refused.Key, ASC: refused.ASC, ASCQ: refused.ASCQ}); s.Key == 0 {
				e.Detail = message.Of("the drive is not ready and gives no reason")
				return e, nil
			}
		}
	}
	return f.judge(s, e, m)
}

// judge sets the phase that sense data mean. The caller holds mu.
func (f *scsiDriver) judge(s scsi.Sense, e devices.EraseState, m devices.Method) (devices.EraseState, error) {
	code := message.Of("sense %x/%02x/%02x", s.Key, s.ASC, s.ASCQ)
	switch {
	case s.Deferred:
		e.Detail = message.Of("deferred %s", code)
	case s.Sanitizing():
		e.Phase, f.seen = devices.EraseRunning, true
		if s.HasProgress {
			e.Progress = int(s.Progress)
		}
	case s.SanitizeFailed():
		e.Phase, e.Detail = devices.EraseFailed, code
	case s.Key == 2 && s.ASC == 0x04 && s.ASCQ == 0x01: // becoming ready: power has just come
		return devices.EraseState{}, message.Errorf("the drive is not ready yet: %s", code)
	case s.Formatting():
		e.Detail = message.Of("the drive is formatting itself, which this job did not begin")
	case s.Key != 0:
		e.Detail = code
	case f.begun == m.ID || f.seen:
		e.Phase = devices.EraseDone
	case f.lost:
		e.Detail = message.Of("its answer to the command was lost, and SCSI disks keep no record of a sanitize")
	default:
		e.Phase, e.Detail = devices.EraseIdle, message.Of("SCSI disks do not report whether they were sanitized before")
	}
	return e, nil
}

// Recover leaves the state after a failed sanitize, which the disk allows only if that command did. Ours does not.
func (f *scsiDriver) Recover(ctx context.Context, _ devices.Method, _ devices.Secret) error {
	s, _, err := scsi.RequestSense(ctx, f.t)
	if err != nil || !s.SanitizeFailed() {
		return err
	}
	if err := scsi.Sanitize(ctx, f.t, scsi.SanitizeExit); err != nil {
		return message.Errorf("%w: %w", errSanitizeOnly, err)
	}
	return nil
}
