package devices

import (
	"errors"

	"rasure/cmd/message"
)

// RescanSize has the kernel ask a SCSI disk for its size and its blocks again, after they were formatted. It fails where that cannot be done:
// unplugging the disk has the same effect.
func (h *Host) RescanSize(d Disk) error {
	if h.Rescan == nil || d.Protocol != ProtocolSCSI {
		return errors.ErrUnsupported
	}
	if err := h.Rescan(h.follow(d.topology, "device") + "/rescan"); err != nil {
		return message.Errorf("having the kernel look at %s again: %w", Printable(d.Name), err)
	}
	return nil
}
