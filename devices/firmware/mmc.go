package firmware

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/mmc"
)

// mmcDriver erases an eMMC: it unmaps every area, then the drive purges what is not mapped. The areas (two boot partitions, up to
// four of general purpose) have nodes of their own, which are claimed with the disk's.
type mmcDriver struct {
	handle devices.Handle
	disk   devices.Disk
	t      mmc.Transport
	areas  []mmcArea

	mu       sync.Mutex          // guards what follows
	progress int                 // in 65536ths; -1 where no erase is running
	outcome  *devices.EraseState // of our erase; nil until it has ended
}

func newMMCDriver(h devices.Handle) *mmcDriver {
	return &mmcDriver{handle: h, disk: h.Disk(), t: h.Port().MMC(), progress: -1}
}

// Methods has one method. An area that it cannot erase, because it has no node or is protected, makes it unusable: an erase that
// leaves out the boot partitions is not a purge.
func (f *mmcDriver) Methods(ctx context.Context) ([]devices.Method, error) {
	c, err := mmc.ReadExtCSD(ctx, f.t)
	if err != nil {
		return nil, err
	}
	m := devices.Method{ID: devices.MMCEraseSanitize, Level: devices.LevelOf(devices.MMCEraseSanitize, f.disk.Medium), Estimate: f.estimate(&c), Blocking: true, AlsoErases: []string{}}
	switch {
	case !c.Sanitize:
		m.Unusable = message.Of("the drive does not offer sanitize")
	case slices.Contains(c.BootWP[:], mmc.ForEver):
		m.Unusable = message.Of("a boot partition is permanently write-protected")
	case slices.Contains(c.BootWP[:], mmc.UntilPowerOff):
		m.Unusable = message.Of("a boot partition is write-protected until the drive loses power")
	default:
		if _, err := f.nodes(&c); err != nil {
			m.Unusable = message.Of("%v", err)
		}
	}
	return []devices.Method{m}, nil
}

// estimate is the time that the register gives for unmapping. It gives none for the sanitize.
func (f *mmcDriver) estimate(c *mmc.ExtCSD) time.Duration {
	if c.EraseGroup == 0 {
		return 0
	}
	return time.Duration(f.disk.Size/c.EraseGroup) * c.EraseTimeout
}

// unmapBytes is how much one command unmaps: our choice, so that there is progress to report and a point to stop at.
const unmapBytes = 1 << 30

// Begin does the whole erase: these commands are answered when they are done. Cancelling ctx stops between two commands; after an
// interruption the erase starts again from the beginning.
func (f *mmcDriver) Begin(ctx context.Context, m devices.Method, _ devices.Secret) error {
	f.set(-1, nil)
	c, err := mmc.ReadExtCSD(ctx, f.t)
	if err != nil {
		return err
	}
	if !c.Sanitize || m.ID != devices.MMCEraseSanitize {
		return methodError(m.ID, notOffered)
	}
	if int64(c.Sectors)*512 != f.disk.Size {
		return message.Errorf("%s: the drive reports %d sectors, and the kernel %d bytes", m.ID, c.Sectors, f.disk.Size)
	}
	if err := f.claim(&c); err != nil {
		return err
	}
	return errors.Join(f.erase(ctx, &c), f.close())
}

// erase unmaps the areas and then the user area, and lets the drive purge.
func (f *mmcDriver) erase(ctx context.Context, c *mmc.ExtCSD) error {
	for _, a := range f.areas {
		if err := f.unmap(ctx, a.port.MMC(), c, a.size); err != nil {
			return f.failed(message.Errorf("erasing area %s: %w", a.name, err))
		}
	}
	if err := f.unmap(ctx, f.t, c, f.disk.Size); err != nil {
		return f.failed(message.Errorf("erasing the user area: %w", err))
	}
	if err := mmc.Run(ctx, f.t, mmc.Sanitize(mmc.MaxTimeout)); err != nil {
		return f.failed(message.Errorf("sanitize: %w", err))
	}
	for _, a := range f.areas {
		if err := a.erased(c); err != nil {
			return f.failed(err)
		}
	}
	f.set(-1, &devices.EraseState{Phase: devices.EraseDone, Progress: -1, Raw: []byte{},
		Detail: message.Of("the drive completed erase and sanitize of %d areas without error, and all areas except the user area read as erased", 1+len(f.areas))})
	return nil
}

func (f *mmcDriver) unmap(ctx context.Context, t mmc.Transport, c *mmc.ExtCSD, size int64) error {
	chunk := int64(unmapBytes)
	if c.EraseGroup > 0 {
		chunk = max(chunk/c.EraseGroup, 1) * c.EraseGroup // whole groups: the drive would round to them
	}
	for from := int64(0); from < size; from += chunk {
		to := min(from+chunk, size)
		if err := mmc.Run(ctx, t, mmc.Erase(c, uint32(from/512), uint32(to/512-1), mmc.MaxTimeout)...); err != nil {
			return err
		}
		f.set(int(65535*float64(to)/float64(f.disk.Size)), nil)
	}
	return nil
}

// failed keeps the drive's answer. An answer that was not received does not mean that the erase failed.
func (f *mmcDriver) failed(err error) error {
	e := devices.EraseState{Phase: devices.EraseUnknown, Progress: -1, Raw: []byte{}, Detail: message.Of("%v", err)}
	var status *mmc.StatusError
	switch {
	case errors.As(err, &status):
		e.Phase, e.Raw = devices.EraseFailed, binary.BigEndian.AppendUint32(nil, uint32(status.Status))
	case errors.Is(err, errNotErased):
		e.Phase = devices.EraseFailed
	}
	f.set(-1, &e)
	return err
}

func (f *mmcDriver) set(progress int, outcome *devices.EraseState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.progress, f.outcome = progress, outcome
}

// State may be called while Begin runs. The drive keeps no record: what another process began is not known.
func (f *mmcDriver) State(context.Context, devices.Method) (devices.EraseState, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.outcome != nil:
		return *f.outcome, nil
	case f.progress >= 0:
		return devices.EraseState{Phase: devices.EraseRunning, Progress: f.progress, Raw: []byte{}}, nil
	}
	return devices.EraseState{Phase: devices.EraseIdle, Progress: -1, Raw: []byte{}, Detail: message.Of("an eMMC keeps no record of erases")}, nil
}

// Recover has nothing to do: an interrupted drive accepts commands as before.
func (f *mmcDriver) Recover(context.Context, devices.Method, devices.Secret) error { return nil }
