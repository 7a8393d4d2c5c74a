package devices

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
}

// Disk returns the disk as it was when it was found.
func (t *Target) Disk() Disk { return t.disk }

// ReadAt reads from the disk. Buffer, offset and length are aligned to the logical block.
func (t *Target) ReadAt(p []byte, off int64) (int, error) { return t.port.ReadAt(p, off) }

// WriteAt overwrites. Buffer, offset and length are aligned to the logical block.
func (t *Target) WriteAt(p []byte, off int64) (int, error) { return t.port.WriteAt(p, off) }

// Sync has the disk empty its write cache. Success does not mean that the disk is still there: an SD card whose reader was
// gone answered so. Only [Target.Check] after it does.
func (t *Target) Sync() error { return t.port.Sync() }

// DropCache makes later reads come from the disk and not from memory.
func (t *Target) DropCache() error { return t.port.DropCache() }

// Close gives the disk back.
func (t *Target) Close() error { return t.port.Close() }

// RereadPartitions has the kernel look for the partition table anew, after one was written. Where the device has none or
// somebody looks at an old one just now, it fails; plugging the disk in again does the same.
func (t *Target) RereadPartitions() error {
	if p, ok := t.port.(interface{ RereadPartitions() error }); ok {
		return p.RereadPartitions()
	}
	return errors.ErrUnsupported
}

// Direct reports whether reads and writes go past the page cache. They do, but for image files on file systems that
// cannot.
func (t *Target) Direct() bool {
	p, ok := t.port.(interface{ Direct() bool })
	return !ok || p.Direct()
}

// Confirmed reports whether the drive itself repeated its serial number through the open descriptor when it was claimed, as
// ATA, SCSI and NVMe drives do. Where it is false (virtio, MMC, images, a USB stick whose bridge gave its own number) device
// number, disk sequence and size are what tells that the disk is the one that was found.
func (t *Target) Confirmed() bool { return t.confirmed }

// Identify asks the drive who it is, now. What it cannot be asked for is "". The error is errors.ErrUnsupported where there
// is no drive to ask.
func (t *Target) Identify(ctx context.Context) (Identity, error) { return ask(ctx, t.port, t.disk) }

// Check makes sure that the disk is still the one that was claimed, and there: before every pass, and again after its
// flush. [Lost] is true of the error if it is gone or replaced; a *[ChangedError] alone means that its size changed.
func (t *Target) Check() error {
	if err := t.check(); err != nil {
		return fmt.Errorf("checking %s: %w", Printable(t.disk.Name), err)
	}
	return nil
}

func (t *Target) check() error {
	s, err := t.port.State()
	if err != nil {
		return err
	}
	d := t.disk
	if err := sameState(d, s); err != nil {
		if s.Size == 0 || s.Number != d.Number || s.Seq != d.Seq {
			return fmt.Errorf("%w: %w", ErrLost, err)
		}
		return err
	}
	if d.Bus == File {
		return nil
	}
	// The descriptor of a disk that is gone can still look well for a moment; sysfs knows.
	now, err := t.host.describe(d.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: sysfs has no %s", ErrLost, d.Name)
	case err != nil:
		return err
	case now.Number != d.Number || now.Seq != d.Seq:
		return fmt.Errorf("%w: %w", ErrLost, sameState(d, State{now.Number, now.Seq, now.Size}))
	}
	if state := t.host.offline(now); state != "" {
		return fmt.Errorf("%w: it is %s", ErrLost, Printable(state))
	}
	return nil
}
