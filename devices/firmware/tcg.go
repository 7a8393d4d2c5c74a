package firmware

import (
	"context"
	"fmt"

	"rasure/devices"
	"rasure/devices/nvme"
	"rasure/devices/tcg"
)

// reverter is a port through which the kernel reverts a self-encrypting drive; those of Linux are.
type reverter interface {
	RevertPSID(psid string) error
}

// revert is the revert of a self-encrypting drive with the number on its label. It changes the key, and nothing shows that all
// that was ever written was encrypted with that: so it is never more than Clear.
type revert struct {
	port reverter // nil where the kernel cannot be asked
	done bool     // one of ours was answered without an error
}

// discover asks an NVMe drive for its Level 0 Discovery.
func discover(ctx context.Context, t nvme.Transport) (tcg.Discovery, error) {
	data := make([]byte, tcg.DiscoverySize)
	if _, err := t.Admin(ctx, nvme.SecurityReceive(tcg.DiscoveryProtocol, tcg.DiscoveryComID, data)); err != nil {
		return tcg.Discovery{}, err
	}
	return tcg.ParseDiscovery(data)
}

// why says why the method cannot be used, "" if it can.
func (r *revert) why(d tcg.Discovery, err error) string {
	switch {
	case err != nil:
		return "the drive does not say whether it encrypts: " + err.Error()
	case r.port == nil:
		return "the kernel cannot be asked for it"
	}
	return d.Why()
}

func (r *revert) begin(psid devices.Secret) error {
	r.done = false
	if r.port == nil {
		return fmt.Errorf("%s: the kernel cannot be asked for it", devices.TCGPSIDRevert)
	}
	if err := r.port.RevertPSID(string(psid)); err != nil {
		return err
	}
	r.done = true
	return nil
}

// state tells how our revert went, and looks whether the drive is without an owner, as it must be then.
func (r *revert) state(d tcg.Discovery) devices.EraseState {
	e := devices.EraseState{Phase: devices.EraseIdle, Progress: -1, Raw: []byte{}}
	switch {
	case r.done && (d.Enabled || d.Locked):
		e.Phase, e.Detail = devices.EraseFailed, "the drive answered the revert without an error, and is owned or locked still"
	case r.done:
		e.Phase, e.Detail = devices.EraseDone, "the drive answered the revert without an error, and has no owner now"
	case d.Locked:
		e.Phase, e.Detail = devices.EraseLocked, "somebody has locked the drive (TCG)"
	}
	return e
}
