package devices

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"rasure/cmd/message"
)

// Target is a claimed disk, and the only thing through which one can be written. While it is open nobody can mount the
// disk or claim it, on the whole machine. Only [Host.Claim] makes one. Its methods may be called by several goroutines
// at a time.
type Target struct {
	host       *Host
	disk       Disk
	port       Port
	confirmed  bool
	firmware   Firmware // nil where no command reaches it
	noFirmware error    // why
	bound      bound
	unknown    message.Text

	others []*Target // that were joined, see [Target.Join]; nil: none
	joined Disk      // with them
	bytes  Port      // of all of them
}

// Disk returns the disk as it was when it was found, with its zones, or with the namespaces that were joined.
func (t *Target) Disk() Disk {
	if t.others != nil {
		return t.joined
	}
	return t.disk
}

// contents is what is read and written.
func (t *Target) contents() Port {
	if t.others != nil {
		return t.bytes
	}
	return t.port
}

// ReadAt reads from the disk. Buffer, offset and length are aligned to the logical block.
func (t *Target) ReadAt(p []byte, off int64) (int, error) { return t.contents().ReadAt(p, off) }

// WriteAt overwrites. Buffer, offset and length are aligned to the logical block.
func (t *Target) WriteAt(p []byte, off int64) (int, error) { return t.contents().WriteAt(p, off) }

// Sync makes the disk write its cache out. Success does not mean that the disk is still there: an SD card whose reader was
// gone reported success. Only [Target.Check] after it shows that.
func (t *Target) Sync() error { return t.contents().Sync() }

// DropCache makes later reads come from the disk and not from memory.
func (t *Target) DropCache() error { return t.contents().DropCache() }

// Close releases the disk.
func (t *Target) Close() error { return t.port.Close() }

// RereadPartitions makes the kernel read the partition table again, after one was written; of joined namespaces those of all. Where the device has
// none or somebody reads an old one at this moment, it fails; plugging the disk in again has the same effect.
func (t *Target) RereadPartitions() error {
	err := errors.ErrUnsupported
	if p, ok := t.port.(interface{ RereadPartitions() error }); ok {
		err = p.RereadPartitions()
	}
	for _, o := range t.others {
		err = errors.Join(err, o.RereadPartitions())
	}
	return err
}

// Direct reports whether reads and writes are known to go past the page cache.
func (t *Target) Direct() bool { return t.DirectIO() == DirectYes }

// DirectIO reports whether reads and writes go past the page cache. For an image that is not always known.
func (t *Target) DirectIO() DirectIO {
	for _, o := range t.others {
		if d := o.DirectIO(); d != DirectYes {
			return d
		}
	}
	if p, ok := t.port.(interface{ DirectIO() DirectIO }); ok {
		return p.DirectIO()
	}
	return DirectYes
}

// UsersUnknown returns why not all processes that use the disk could be seen when it was claimed; the zero Text if they could. Only
// an image is claimed all the same.
func (t *Target) UsersUnknown() message.Text { return t.unknown }

// Confirmed reports whether the drive itself repeated its serial number through the open descriptor when it was claimed, as
// ATA, SCSI and NVMe drives do. Where it is false (virtio, MMC, images, a USB stick whose bridge reports its own number) device
// number, disk sequence and size identify the disk.
func (t *Target) Confirmed() bool {
	for _, o := range t.others {
		if !o.Confirmed() {
			return false
		}
	}
	return t.confirmed
}

// Identify asks the drive for its identity, now. What it cannot be asked for is "". The error is errors.ErrUnsupported where
// no drive takes commands. It returns when ctx ends, also where the drive does not answer.
func (t *Target) Identify(ctx context.Context) (Identity, error) {
	return await(ctx, func() (Identity, error) { return identify(ctx, t.port, t.disk) }, nil)
}

// Check makes sure that the disk is still the one that was claimed, and there: before every pass, and again after its
// flush. [Lost] is true of the error if it is gone or replaced; a *[ChangedError] alone means that its size changed, or the file, the
// offset or the size limit of its loop device.
func (t *Target) Check() error {
	h, check := t.host.limited()
	if err := check(t.check(h)); err != nil {
		return message.Errorf("checking %s: %w", Printable(t.disk.Name), err)
	}
	for _, o := range t.others {
		if err := o.Check(); err != nil {
			return err
		}
	}
	return nil
}

// transient are states of a SCSI disk or NVMe controller from which it comes back: Linux scsi_sysfs.c and nvme.h. mpt3sas blocks a disk while
// its link is away.
var transient = []string{"resetting", "connecting", "blocked", "created-blocked", "quiesce"}

func (t *Target) check(h *Host) error {
	s, err := t.port.State()
	if err != nil {
		return err
	}
	d := t.disk
	if err := sameState(d, s); err != nil {
		if s.Size == 0 || s.Number != d.Number || s.Seq != d.Seq {
			return h.lost(d, err)
		}
		return err
	}
	if err := t.bound.same(h, d, t.port); err != nil {
		return err
	}
	if d.Bus == File {
		return nil
	}
	// The descriptor of a disk that is gone can still look well for a moment; sysfs knows.
	now, err := h.describe(d.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return h.lost(d, message.Errorf("sysfs has no %s", d.Name))
	case err != nil:
		return err
	case now.Number != d.Number || now.Seq != d.Seq:
		return h.lost(d, sameState(d, State{now.Number, now.Seq, now.Size}))
	}
	if state := h.offline(now); slices.Contains(transient, state) {
		return message.Errorf("%w: it is %s: %w", ErrLost, Printable(state), ErrAway)
	} else if state != "" {
		return message.Errorf("%w: it is %s", ErrLost, Printable(state))
	}
	return nil
}

// lost is the error of a disk that is gone. An NVMe drive outlives its namespace: its controller, or its subsystem, is above it in sysfs.
func (h *Host) lost(d Disk, why error) error {
	if d.Protocol == ProtocolNVMe && d.Serial != "" && Printable(strings.TrimSpace(h.attr(path.Dir(d.topology), "serial"))) == d.Serial {
		return message.Errorf("%w: %w: %w", ErrLost, ErrRemoved, why)
	}
	return message.Errorf("%w: %w", ErrLost, why)
}
