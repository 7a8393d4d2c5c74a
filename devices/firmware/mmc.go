package firmware

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"

	"rasure/devices"
	"rasure/devices/mmc"
)

// mmcDriver erases an eMMC: every area is unmapped, then the drive purges what is not mapped. The areas (two for booting, up
// to four of general purpose) have nodes of their own, which are claimed with the disk's.
type mmcDriver struct {
	handle devices.Handle
	disk   devices.Disk
	t      mmc.Transport
	areas  []mmcArea

	mu       sync.Mutex          // guards what follows
	progress int                 // in 65536ths, -1 where nothing is going on
	outcome  *devices.EraseState // of our operation; nil until it has ended
}

// mmcArea is an area beside the user's, claimed.
type mmcArea struct {
	name string // "boot0"
	port devices.Port
	size int64
}

func newMMCDriver(h devices.Handle) *mmcDriver {
	return &mmcDriver{handle: h, disk: h.Disk(), t: h.Port().MMC(), progress: -1}
}

// Methods has one. What it cannot erase for lack of a node or because it is protected makes it unusable: a purge that leaves
// out what held the system's loader is none.
func (f *mmcDriver) Methods(ctx context.Context) ([]devices.Method, error) {
	c, err := mmc.ReadExtCSD(ctx, f.t)
	if err != nil {
		return nil, err
	}
	m := devices.Method{ID: devices.MMCEraseSanitize, Level: devices.LevelOf(devices.MMCEraseSanitize, f.disk.Medium), Estimate: f.takes(&c), Blocking: true, AlsoErases: []string{}}
	switch {
	case !c.Sanitize:
		m.Unusable = "the drive does not offer sanitize"
	case slices.Contains(c.BootWP[:], mmc.ForEver):
		m.Unusable = "a boot area is write protected for ever"
	case slices.Contains(c.BootWP[:], mmc.UntilPowerOff):
		m.Unusable = "a boot area is write protected until the drive loses power"
	default:
		if _, err := f.nodes(&c); err != nil {
			m.Unusable = err.Error()
		}
	}
	return []devices.Method{m}, nil
}

// takes is what the register tells of the unmapping; of the time that a sanitize takes it tells nothing.
func (f *mmcDriver) takes(c *mmc.ExtCSD) time.Duration {
	if c.EraseGroup == 0 {
		return 0
	}
	return time.Duration(f.disk.Size/c.EraseGroup) * c.EraseTimeout
}

// nodes finds the disks that the drive's other areas are, in the order of their names. Each must be there.
func (f *mmcDriver) nodes(c *mmc.ExtCSD) ([]devices.Disk, error) {
	sizes := map[string]int64{}
	if c.Boot > 0 {
		sizes["boot0"], sizes["boot1"] = c.Boot, c.Boot
	}
	for i, n := range c.General {
		if n > 0 {
			sizes[fmt.Sprintf("gp%d", i)] = n
		}
	}
	var all []devices.Disk
	for _, area := range []string{"boot0", "boot1", "gp0", "gp1", "gp2", "gp3"} {
		if sizes[area] == 0 {
			continue
		}
		d, err := f.handle.Area(area)
		switch {
		case err != nil:
			return nil, err
		case d.Size != sizes[area]:
			return nil, fmt.Errorf("%s has %d bytes, and the drive says %d", d.Name, d.Size, sizes[area])
		}
		all = append(all, d)
	}
	return all, nil
}

// claim opens the nodes of the areas, exclusively, and makes sure of each as Host.Claim does. A boot area's node is read-only
// because the kernel wants it so: commands are not writes, and pass.
func (f *mmcDriver) claim(c *mmc.ExtCSD) error {
	disks, err := f.nodes(c)
	if err != nil {
		return err
	}
	for _, d := range disks {
		port, err := f.handle.ClaimArea(d)
		if err != nil {
			return errors.Join(err, f.close())
		}
		f.areas = append(f.areas, mmcArea{strings.TrimPrefix(d.Name, f.disk.Name), port, d.Size})
	}
	return nil
}

// close gives the nodes of the areas back.
func (f *mmcDriver) close() error {
	var errs []error
	for _, a := range f.areas {
		errs = append(errs, a.port.Close())
	}
	f.areas = nil
	return errors.Join(errs...)
}

// mmcPiece is what we chose: how much is unmapped by one command, so that there is progress to be told and a point to stop at.
const mmcPiece = 1 << 30

// Begin does all of it: these commands are answered when they are done. Cancelling it stops between two commands; a drive
// that was cut off begins anew.
func (f *mmcDriver) Begin(ctx context.Context, m devices.Method, _ devices.Secret) error {
	f.set(-1, nil)
	c, err := mmc.ReadExtCSD(ctx, f.t)
	if err != nil {
		return err
	}
	if !c.Sanitize || m.ID != devices.MMCEraseSanitize {
		return fmt.Errorf("%s: the drive does not offer it", m.ID)
	}
	if int64(c.Sectors)*512 != f.disk.Size {
		return fmt.Errorf("%s: the drive says that it has %d sectors, and the kernel %d bytes", m.ID, c.Sectors, f.disk.Size)
	}
	if err := f.claim(&c); err != nil {
		return err
	}
	return errors.Join(f.erase(ctx, &c), f.close())
}

// erase unmaps the areas and then the user's, and has the drive purge.
func (f *mmcDriver) erase(ctx context.Context, c *mmc.ExtCSD) error {
	for _, a := range f.areas {
		if err := f.unmap(ctx, a.port.MMC(), c, a.size); err != nil {
			return f.failed(fmt.Errorf("erasing area %s: %w", a.name, err))
		}
	}
	if err := f.unmap(ctx, f.t, c, f.disk.Size); err != nil {
		return f.failed(fmt.Errorf("erasing: %w", err))
	}
	if err := mmc.Run(ctx, f.t, mmc.Sanitize(mmc.MaxTimeout)); err != nil {
		return f.failed(fmt.Errorf("sanitize: %w", err))
	}
	for _, a := range f.areas {
		if err := a.erased(c); err != nil {
			return f.failed(err)
		}
	}
	f.set(-1, &devices.EraseState{Phase: devices.EraseDone, Progress: -1, Raw: []byte{}, Detail: fmt.Sprintf("erase and sanitize of %d areas were answered without error, and all but the user's area read as erased", 1+len(f.areas))})
	return nil
}

func (f *mmcDriver) unmap(ctx context.Context, t mmc.Transport, c *mmc.ExtCSD, size int64) error {
	piece := int64(mmcPiece)
	if c.EraseGroup > 0 {
		piece = max(piece/c.EraseGroup, 1) * c.EraseGroup // whole groups: the drive would round to them
	}
	for from := int64(0); from < size; from += piece {
		to := min(from+piece, size)
		if err := mmc.Run(ctx, t, mmc.Erase(c, uint32(from/512), uint32(to/512-1), mmc.MaxTimeout)...); err != nil {
			return err
		}
		f.set(int(65535*float64(to)/float64(f.disk.Size)), nil)
	}
	return nil
}

var errNotErased = errors.New("holds something else than erased memory")

// erased reads an area back, all of it: no marker can be written to one whose node the kernel keeps read-only, but that it reads
// as the register says that erased memory does, from one end to the other, can be seen.
func (a mmcArea) erased(c *mmc.ExtCSD) error {
	want := byte(0)
	if c.ErasedOnes {
		want = 0xff
	}
	if err := a.port.DropCache(); err != nil {
		return fmt.Errorf("area %s: %w", a.name, err)
	}
	b := aligned(128 << 10) // areas are multiples of that
	for off := int64(0); off < a.size; off += int64(len(b)) {
		if n, err := a.port.ReadAt(b, off); n != len(b) {
			return fmt.Errorf("reading area %s at %d: %w", a.name, off, err)
		}
		for i := range b {
			if b[i] != want {
				return fmt.Errorf("area %s %w at byte %d", a.name, errNotErased, off+int64(i))
			}
		}
	}
	return nil
}

// aligned gives a buffer that O_DIRECT takes.
func aligned(n int) []byte {
	const page = 4096
	b := make([]byte, n+page)
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) % page
	return b[skip:][:n:n]
}

// failed keeps what the drive answered; what did not come back is not known to have failed.
func (f *mmcDriver) failed(err error) error {
	e := devices.EraseState{Phase: devices.EraseUnknown, Progress: -1, Raw: []byte{}, Detail: err.Error()}
	var told *mmc.StatusError
	switch {
	case errors.As(err, &told):
		e.Phase, e.Raw = devices.EraseFailed, binary.BigEndian.AppendUint32(nil, uint32(told.Status))
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

// State may be asked for while Begin works. A drive keeps no record: where another process began it, nothing is known.
func (f *mmcDriver) State(context.Context, devices.Method) (devices.EraseState, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.outcome != nil:
		return *f.outcome, nil
	case f.progress >= 0:
		return devices.EraseState{Phase: devices.EraseRunning, Progress: f.progress, Raw: []byte{}}, nil
	}
	return devices.EraseState{Phase: devices.EraseIdle, Progress: -1, Raw: []byte{}, Detail: "an eMMC keeps no record of what it erased"}, nil
}

// Recover has nothing to do: a drive that was cut off takes commands as before.
func (f *mmcDriver) Recover(context.Context, devices.Method, devices.Secret) error { return nil }

// Hidden tells of the areas beside the user's.
func (f *mmcDriver) Hidden(ctx context.Context) ([]devices.HiddenArea, error) {
	c, err := mmc.ReadExtCSD(ctx, f.t)
	if err != nil {
		return nil, err
	}
	boot, general := devices.HiddenArea{Kind: devices.MMCBoot, Bytes: 2 * c.Boot}, devices.HiddenArea{Kind: devices.MMCGeneral}
	for i, p := range c.BootWP {
		if c.Boot > 0 && p != mmc.Unprotected {
			boot.Detail = strings.TrimPrefix(boot.Detail+fmt.Sprintf("; boot%d is write protected", i), "; ")
		}
	}
	for _, n := range c.General {
		general.Bytes += n
	}
	replay := devices.HiddenArea{Kind: devices.MMCRPMB, Bytes: c.Replay}
	if c.Replay > 0 {
		replay.Detail = "no command erases it"
	}
	return []devices.HiddenArea{boot, general, replay}, nil
}

// Restore has nothing to do: the areas are erased where they are.
func (f *mmcDriver) Restore(_ context.Context, a devices.HiddenArea) error {
	return fmt.Errorf("%s cannot be restored", a.Kind)
}
