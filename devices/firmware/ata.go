package firmware

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/ata"
	"rasure/devices/scsi"
)

// ataDriver speaks to an ATA drive through a SCSI to ATA translation layer.
type ataDriver struct {
	t       ata.Transport
	scsi    scsi.Transport // below it
	disk    devices.Disk
	claimed bool

	mu         sync.Mutex       // guards what follows
	erased     devices.MethodID // the security erase that completed here; a drive keeps no record of it
	revert     revert
	accepted   bool // the drive accepted a sanitize from this process
	reasonless int  // how often in a row it refused its sanitize state without a reason
}

func newATADriver(h devices.Handle) *ataDriver {
	f := &ataDriver{t: h.Disk().Carried(ata.OverSCSI(h.Port().SCSI())), scsi: h.Port().SCSI(), disk: h.Disk(), claimed: h.Claimed()}
	f.revert.port, _ = h.Port().(reverter)
	return f
}

// errBadIdentify means that the drive answered IDENTIFY DEVICE and the answer cannot be used.
var errBadIdentify = message.New("cannot use its IDENTIFY DEVICE data")

// abilities asks the drive itself. The answer must be that of the claimed drive: some bridges make one up, or pass the question to the drive in
// another bay.
func (f *ataDriver) abilities(ctx context.Context) (ata.Abilities, error) {
	a, err := f.resized(ctx)
	if why := f.disk.OtherSize(int64(a.Sectors) * a.Sector); err == nil && !why.IsZero() {
		return ata.Abilities{}, message.Errorf("%w: %v", errBadIdentify, why)
	}
	return a, err
}

// resized is abilities of a drive whose capacity has changed since the kernel read it.
func (f *ataDriver) resized(ctx context.Context) (ata.Abilities, error) {
	raw, err := ata.IdentifyDrive(ctx, f.t)
	if err != nil {
		return ata.Abilities{}, err
	}
	id, err := ata.ParseIdentify(raw)
	if err != nil {
		return ata.Abilities{}, message.Errorf("%w: %w", errBadIdentify, err)
	}
	if why := f.disk.OtherSerial(id.Serial); !why.IsZero() {
		return ata.Abilities{}, message.Errorf("%w: %v", errBadIdentify, why)
	}
	a, err := ata.ParseAbilities(raw)
	if err != nil {
		err = message.Errorf("%w: %w", errBadIdentify, err)
	}
	return a, err
}

// identifyUnusable reports whether IDENTIFY DEVICE was answered, by the drive or by what is in front of it, with a refusal or with
// data that cannot be used.
func identifyUnusable(err error) bool {
	var refused *ata.RefusedError
	return errors.Is(err, errBadIdentify) || refusedUpstream(err) || errors.As(err, &refused)
}

// refusedUpstream reports whether an adapter or bridge in front of the drive does not know the command: a second try gives the same
// answer.
func refusedUpstream(err error) bool {
	var refused *scsi.SenseError
	return errors.As(err, &refused) && refused.Unknown()
}

// Methods lists sanitize before the security erases: it reaches more, and the drive reports how it ended.
func (f *ataDriver) Methods(ctx context.Context) ([]devices.Method, error) {
	a, err := f.abilities(ctx)
	if identifyUnusable(err) {
		all := []devices.Method{}
		for _, id := range append(ataSanitizes, devices.ATASecurityEraseEnhanced, devices.ATASecurityErase) {
			all = append(all, f.method(id, message.Of("the drive does not answer ATA commands: %v", err)))
		}
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	all := append([]devices.Method{}, f.sanitizeMethods(ctx, a)...)
	all = append(all, f.securityMethods(a.Security)...)
	if a.Trusted && f.disk.Bus != devices.USB { // a bridge is not tried with SECURITY PROTOCOL IN
		d, err := discoverOverSCSI(ctx, f.scsi)
		if m, ok := f.revert.method(d, err, devices.LevelOf(devices.TCGPSIDRevert, f.disk.Medium)); ok {
			all = append(all, m)
		}
	}
	return all, nil
}

func (f *ataDriver) method(id devices.MethodID, unusable message.Text) devices.Method {
	return devices.Method{ID: id, Level: devices.LevelOf(id, f.disk.Medium), AlsoErases: []string{}, Unusable: unusable}
}

func (f *ataDriver) Begin(ctx context.Context, m devices.Method, s devices.Secret) error {
	if action, ok := sanitizeActions[m.ID]; ok {
		return f.sanitize(ctx, action)
	}
	if m.ID == devices.TCGPSIDRevert {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.revert.begin(s)
	}
	if m.ID != devices.ATASecurityErase && m.ID != devices.ATASecurityEraseEnhanced {
		return fmt.Errorf("%s is not a method of ATA drives", m.ID) // a mistake of the caller
	}
	return f.securityErase(ctx, m, s)
}

func (f *ataDriver) State(ctx context.Context, m devices.Method) (devices.EraseState, error) {
	if _, ok := sanitizeActions[m.ID]; ok {
		return f.sanitizeState(ctx)
	}
	if m.ID == devices.TCGPSIDRevert {
		f.mu.Lock()
		defer f.mu.Unlock()
		d, err := discoverOverSCSI(ctx, f.scsi)
		return f.revert.state(d), err
	}
	return f.securityState(ctx, m)
}

func (f *ataDriver) Recover(ctx context.Context, m devices.Method, s devices.Secret) error {
	if _, ok := sanitizeActions[m.ID]; ok {
		return f.leaveFailedSanitize(ctx)
	}
	return f.unlock(ctx, s)
}
