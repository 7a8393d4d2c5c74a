package firmware

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/mmc"
)

// mmcArea is a claimed area other than the user area.
type mmcArea struct {
	name string // "boot0"
	port devices.Port
	size int64 // bytes
}

// nodes finds the disks of the drive's other areas, in the order of their names. Each must have one, of its size.
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
		if err != nil {
			return nil, err
		}
		if d.Size != sizes[area] {
			return nil, message.Errorf("%s has %d bytes, and the drive reports %d", d.Name, d.Size, sizes[area])
		}
		all = append(all, d)
	}
	return all, nil
}

// claim opens the nodes of the areas exclusively.
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

// close closes the nodes of the areas.
func (f *mmcDriver) close() error {
	var errs []error
	for _, a := range f.areas {
		errs = append(errs, a.port.Close())
	}
	f.areas = nil
	return errors.Join(errs...)
}

var errNotErased = message.New("does not read as erased")

// erased reads the whole area back. No marker can be written to it, because the kernel keeps its node read-only, but that every
// byte reads as the register defines erased memory can be checked.
func (a mmcArea) erased(c *mmc.ExtCSD) error {
	want := byte(0)
	if c.ErasedOnes {
		want = 0xff
	}
	if err := a.port.DropCache(); err != nil {
		return message.Errorf("area %s: %w", a.name, err)
	}
	b := aligned(128 << 10) // the size of an area is a multiple of that
	for off := int64(0); off < a.size; off += int64(len(b)) {
		if n, err := a.port.ReadAt(b, off); n != len(b) {
			return message.Errorf("reading area %s at byte %d: %w", a.name, off, err)
		}
		for i := range b {
			if b[i] != want {
				return message.Errorf("area %s %w at byte %d", a.name, errNotErased, off+int64(i))
			}
		}
	}
	return nil
}

// aligned returns a buffer of n bytes that O_DIRECT accepts.
func aligned(n int) []byte {
	const page = 4096
	b := make([]byte, n+page)
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) % page
	return b[skip:][:n:n]
}

// Hidden returns the areas other than the user area.
func (f *mmcDriver) Hidden(ctx context.Context) ([]devices.HiddenArea, error) {
	c, err := mmc.ReadExtCSD(ctx, f.t)
	if err != nil {
		return nil, err
	}
	boot, general := devices.HiddenArea{Kind: devices.MMCBoot, Bytes: 2 * c.Boot}, devices.HiddenArea{Kind: devices.MMCGeneral}
	if c.Boot > 0 {
		boot.Detail = protectedBoot(c.BootWP[0] != mmc.Unprotected, c.BootWP[1] != mmc.Unprotected)
	}
	for _, n := range c.General {
		general.Bytes += n
	}
	replay := devices.HiddenArea{Kind: devices.MMCRPMB, Bytes: c.Replay}
	if c.Replay > 0 {
		replay.Detail = message.Of("no command erases it")
	}
	return []devices.HiddenArea{boot, general, replay}, nil
}

func protectedBoot(first, second bool) message.Text {
	switch {
	case first && second:
		return message.Of("boot0 and boot1 are write-protected")
	case first:
		return message.Of("boot0 is write-protected")
	case second:
		return message.Of("boot1 is write-protected")
	}
	return message.Text{}
}

// Restore refuses: the areas are erased where they are.
func (f *mmcDriver) Restore(_ context.Context, a devices.HiddenArea) error {
	return message.Errorf("there is no restorable %s", a.Kind)
}
