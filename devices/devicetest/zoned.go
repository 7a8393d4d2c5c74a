package devicetest

import (
	"slices"
	"syscall"

	"rasure/devices"
)

// zone is a zone of a simulated drive.
type zone struct {
	devices.Zone
	written int64 // bytes from its beginning to its write pointer
}

// NewZoned makes a drive with host-managed zones of that many bytes, the last perhaps shorter. The first ones are conventional; of the others each
// stores capacity bytes. No more than active zones may be begun and not full; 0 is no limit.
func NewZoned(size int64, block int, zoneBytes, capacity int64, conventional, active int) *Drive {
	d := NewDrive(size, block)
	d.active = active
	d.Divide(zoneBytes, capacity, conventional)
	return d
}

// Divide makes other zones of the drive, all of them empty.
func (d *Drive) Divide(zoneBytes, capacity int64, conventional int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.zones = nil
	for at := int64(0); at < d.size; at += zoneBytes {
		z := zone{Zone: devices.Zone{Offset: at, Length: min(zoneBytes, d.size-at), State: devices.ZoneEmpty, Random: len(d.zones) < conventional}}
		if z.Capacity = z.Length; !z.Random {
			z.Capacity = min(capacity, z.Length)
		}
		d.zones = append(d.zones, z)
	}
}

// SetZone puts a zone into a state, as a drive does that has lost a head; an active one is half written.
func (d *Drive) SetZone(i int, s devices.ZoneState) {
	d.mu.Lock()
	defer d.mu.Unlock()
	z := &d.zones[i]
	z.State = s
	switch s {
	case devices.ZoneActive:
		z.written = z.Capacity / 2
	case devices.ZoneFull:
		z.written = z.Capacity
	}
}

// Zones is what the drive reports; ENOTTY if it has none.
func (d *Drive) Zones() ([]devices.Zone, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.zones == nil {
		return nil, syscall.ENOTTY
	}
	all := []devices.Zone{}
	for _, z := range d.zones {
		all = append(all, z.Zone)
	}
	return all, nil
}

// ResetZone empties a zone: it reads as zeros.
func (d *Drive) ResetZone(offset, length int64) error {
	err := d.manage(Reset, offset, length)
	if err == nil {
		d.zero(offset, length)
	}
	return err
}

// zero clears what was written of n bytes.
func (d *medium) zero(off, n int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, pg := range d.pages {
		from, to := max(off-i*pageSize, 0), min(off+n-i*pageSize, pageSize)
		if from < to {
			pg.mu.Lock()
			clear(pg.b[from:to])
			pg.mu.Unlock()
		}
	}
}

// FinishZone makes a zone full.
func (d *Drive) FinishZone(offset, length int64) error {
	return d.manage(Finish, offset, length)
}

// Operations on zones, in [Drive.Ops].
const (
	Reset  OpKind = "reset-zone"
	Finish OpKind = "finish-zone"
)

func (d *Drive) manage(k OpKind, offset, length int64) (err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer func() { d.ops = append(d.ops, Op{k, offset, length, err}) }()
	i := slices.IndexFunc(d.zones, func(z zone) bool { return z.Offset == offset && z.Length == length })
	switch {
	case i < 0:
		return syscall.EINVAL // block/blk-zoned.c, blkdev_zone_mgmt
	case d.gone:
		return syscall.ENODEV
	case d.zones[i].Random || !d.zones[i].Writable():
		return syscall.EIO
	}
	if k == Reset {
		d.zones[i].State, d.zones[i].written = devices.ZoneEmpty, 0
	} else {
		d.zones[i].State, d.zones[i].written = devices.ZoneFull, d.zones[i].Capacity
	}
	return nil
}

// zoneError is what the zones answer to a transfer. The caller holds mu.
func (d *medium) zoneError(k OpKind, off, n int64) error {
	for _, z := range d.zones {
		if n == 0 || off >= z.End() || off+n <= z.Offset {
			continue
		}
		switch {
		case z.State == devices.ZoneOffline, k == Write && !z.Writable():
			return syscall.EIO
		case z.Random || k != Write:
		case off != z.Offset+z.written || n > z.Capacity-z.written: // not at the write pointer, or beyond the capacity
			return syscall.EIO
		case z.written == 0 && d.active > 0 && d.begun() >= d.active:
			return syscall.EOVERFLOW // BLK_STS_ZONE_ACTIVE_RESOURCE
		}
	}
	return nil
}

// begun counts zones that are neither empty nor full. The caller holds mu.
func (d *medium) begun() (n int) {
	for _, z := range d.zones {
		if z.State == devices.ZoneActive {
			n++
		}
	}
	return n
}

// advance moves the write pointer. The caller holds mu.
func (d *medium) advance(off, n int64) {
	for i := range d.zones {
		z := &d.zones[i]
		if z.Random || off < z.Offset || off >= z.End() || n == 0 {
			continue
		}
		if z.written += n; z.written == z.Capacity {
			z.State = devices.ZoneFull
		} else {
			z.State = devices.ZoneActive
		}
	}
}
