package devicetest

import (
	"context"
	"sync"
	"syscall"

	"rasure/devices"
	"rasure/devices/scsi"
	"rasure/devices/tcg"
)

// Opal is the security subsystem of a simulated SATA or SAS drive: an owner has locked all of it, and a revert with the PSID frees it. Put it
// behind a node with [Opal.Port].
type Opal struct {
	PSID       string
	KeepsOwner bool // a revert erases, and the drive stays locked

	mu    sync.Mutex // guards what follows
	freed bool
	tries int
}

// Tries is how often somebody tried to revert the drive.
func (o *Opal) Tries() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tries
}

func (o *Opal) locked() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.freed
}

// Port is an opening of d that is locked, and reverts it as the kernel's ioctl does.
func (o *Opal) Port(d *Drive) devices.Port { return opalPort{d.Open(), d, o} }

type opalPort struct {
	devices.Port
	drive *Drive
	opal  *Opal
}

func (p opalPort) ReadAt(b []byte, off int64) (int, error) {
	if p.opal.locked() {
		return 0, syscall.EIO
	}
	return p.Port.ReadAt(b, off)
}

func (p opalPort) WriteAt(b []byte, off int64) (int, error) {
	if p.opal.locked() {
		return 0, syscall.EIO
	}
	return p.Port.WriteAt(b, off)
}

func (p opalPort) RevertPSID(psid string) error {
	if err := tcg.CheckPSID(psid); err != nil {
		return err
	}
	o := p.opal
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.tries++; o.PSID != psid {
		return &tcg.StatusError{Status: tcg.NotAuthorized}
	}
	o.freed = !o.KeepsOwner
	p.drive.scrub(0, p.drive.size, true)
	return nil
}

func (p opalPort) SCSI() scsi.Transport {
	if t := p.Port.SCSI(); t != nil {
		return opalTransport{t, p.opal}
	}
	return nil
}

type opalTransport struct {
	scsi.Transport
	opal *Opal
}

// Do answers Level 0 Discovery, by SECURITY PROTOCOL IN, SPC-5 6.40.
func (t opalTransport) Do(ctx context.Context, c scsi.Command) (scsi.Reply, error) {
	if c.CDB[0] != 0xa2 {
		return t.Transport.Do(ctx, c)
	}
	if c.CDB[1] != 1 || c.CDB[2] != 0 || c.CDB[3] != 1 || c.Direction != scsi.In {
		return unknownField, nil
	}
	return answer(c, levelZero(t.opal.locked())), nil
}

// levelZero is the Level 0 Discovery of an Opal drive, TCG Core 2.01, 3.3.6.4: with an owner who has locked it, or with none.
func levelZero(locked bool) []byte {
	locking := byte(0x09) // supported, encrypts
	if locked {
		locking = 0x0f // enabled and locked too
	}
	b := append(make([]byte, 48), 0x00, 0x02, 0x10, 12, locking)
	b = append(append(b, make([]byte, 11)...), 0x02, 0x03, 0x10, 16)
	b = append(b, make([]byte, 16)...)
	b[3] = byte(len(b) - 4)
	return b
}
