package firmware

import (
	"context"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/nvme"
	"rasure/devices/scsi"
	"rasure/devices/tcg"
)

// reverter is a port through which the kernel reverts a self-encrypting drive; the ports of Linux are.
type reverter interface {
	RevertPSID(psid string) error
}

// revert reverts a self-encrypting drive with the PSID on its label. That changes the key, and nothing shows that everything ever
// written was encrypted with it: so it is never more than Clear.
type revert struct {
	port reverter // nil where the kernel has no such command
	done bool     // the drive answered a revert of ours without an error
}

// discover reads the Level 0 Discovery of an NVMe drive.
func discover(ctx context.Context, t nvme.Transport) (tcg.Discovery, error) {
	data := make([]byte, tcg.DiscoverySize)
	if _, err := t.Admin(ctx, nvme.SecurityReceive(tcg.DiscoveryProtocol, tcg.DiscoveryComID, data)); err != nil {
		return tcg.Discovery{}, err
	}
	return tcg.ParseDiscovery(data)
}

// discoverOverSCSI reads it of a drive behind SCSI or a translation layer.
func discoverOverSCSI(ctx context.Context, t scsi.Transport) (tcg.Discovery, error) {
	data, err := scsi.SecurityIn(ctx, t, tcg.DiscoveryProtocol, tcg.DiscoveryComID, make([]byte, tcg.DiscoverySize))
	if err != nil {
		return tcg.Discovery{}, err
	}
	return tcg.ParseDiscovery(data)
}

// method describes the revert. A drive that has no discovery, or no class in it, offers none.
func (r *revert) method(d tcg.Discovery, err error, level devices.Level) (m devices.Method, offered bool) {
	if err != nil || d.Class == 0 {
		return m, false
	}
	return devices.Method{ID: devices.TCGPSIDRevert, Level: level, Blocking: true, AlsoErases: []string{}, Locked: d.Locked, Unusable: r.unusable(d, nil)}, true
}

var reasonNoRevert = message.Of("the kernel offers no PSID revert")

// unusable says why the method cannot be used; empty if it can.
func (r *revert) unusable(d tcg.Discovery, err error) message.Text {
	switch {
	case err != nil:
		return message.Of("the drive does not report whether it encrypts: %v", err)
	case r.port == nil:
		return reasonNoRevert
	}
	return d.Unusable()
}

func (r *revert) begin(psid devices.Secret) error {
	r.done = false
	if r.port == nil {
		return methodError(devices.TCGPSIDRevert, reasonNoRevert)
	}
	if err := r.port.RevertPSID(string(psid)); err != nil {
		return err
	}
	r.done = true
	return nil
}

// state reports how our revert ended, and checks that the drive has no owner afterwards.
func (r *revert) state(d tcg.Discovery) devices.EraseState {
	e := devices.EraseState{Phase: devices.EraseIdle, Progress: -1, Raw: []byte{}}
	switch {
	case r.done && (d.Enabled || d.Locked):
		e.Phase, e.Detail = devices.EraseFailed, message.Of("the drive answered the revert without an error, and still has an owner or is locked")
	case r.done:
		e.Phase, e.Detail = devices.EraseDone, message.Of("the drive answered the revert without an error, and has no owner now")
	case d.Locked:
		e.Phase, e.Detail = devices.EraseLocked, message.Of("the drive is locked (TCG)")
	}
	return e
}
