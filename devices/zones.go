package devices

import (
	"slices"

	"rasure/cmd/message"
)

// Values of [Queue].Zoned.
const (
	HostManaged  = "host-managed"  // it takes writes only in the order of its zones
	HostAware    = "host-aware"    // it takes writes in any order, and is slower then
	DriveManaged = "drive-managed" // it has zones and does not show them
)

// Zone is a part of a zoned disk, in bytes. Linux gives SCSI (ZBC), ATA (ZAC) and NVMe (ZNS) disks one interface,
// include/uapi/linux/blkzoned.h.
type Zone struct {
	Offset   int64
	Length   int64
	Capacity int64 // from Offset on: what can be written. Nothing is stored in the rest
	State    ZoneState
	Random   bool // a conventional zone: it is written in any order, and not reset
}

// ZoneState is the condition of a zone, as far as it matters here.
type ZoneState string

const (
	ZoneEmpty    ZoneState = "empty" // or without a write pointer
	ZoneActive   ZoneState = "active"
	ZoneFull     ZoneState = "full"
	ZoneReadOnly ZoneState = "read-only"
	ZoneOffline  ZoneState = "offline"
)

// Writable reports whether the drive takes writes into the zone.
func (z Zone) Writable() bool { return z.State != ZoneReadOnly && z.State != ZoneOffline }

// End is the offset after the zone.
func (z Zone) End() int64 { return z.Offset + z.Length }

// Zones is how a host-managed disk is divided. It does not change while the disk is attached.
type Zones struct {
	Count        int   `json:"count"`
	Bytes        int64 `json:"zone_bytes"`   // of a zone; the last may be shorter
	Conventional int   `json:"conventional"` // of Count: written in any order
	Gaps         []Gap `json:"gaps"`         // what no zone can store; [] if nothing
}

// Gap is a run of bytes that is there Times times, each Every bytes after the one before.
type Gap struct {
	Offset int64 `json:"offset"`
	Length int64 `json:"length"`
	Every  int64 `json:"every"`
	Times  int64 `json:"times"`
}

// maxGaps is our choice. A drive whose zones all have one capacity has one run of gaps, or two beside conventional zones.
const maxGaps = 16

// GapBytes is what the zones cannot store, in all. A nil *Zones has none.
func (z *Zones) GapBytes() (n int64) {
	if z == nil {
		return 0
	}
	for _, g := range z.Gaps {
		n += g.Length * g.Times
	}
	return n
}

// ZonesOf describes zones that cover size bytes without a hole, in their order; else it returns an error.
func ZonesOf(all []Zone, size int64) (*Zones, error) {
	z := &Zones{Count: len(all), Gaps: []Gap{}}
	at := int64(0)
	for _, zone := range all {
		if zone.Offset != at || zone.Length <= 0 || zone.Capacity < 0 || zone.Capacity > zone.Length || zone.Length > size-at {
			return nil, message.Errorf("the zone at byte %d has %d bytes, of which %d can be written: zones must follow each other", zone.Offset, zone.Length, zone.Capacity)
		}
		z.Bytes, at = max(z.Bytes, zone.Length), zone.End()
		if zone.Random {
			z.Conventional++
		}
		if n := zone.Length - zone.Capacity; n > 0 {
			z.addGap(zone.Offset+zone.Capacity, n)
		}
	}
	switch {
	case at != size:
		return nil, message.Errorf("the zones cover %d bytes of %d", at, size)
	case len(z.Gaps) > maxGaps:
		return nil, message.New("the zones differ too much in their capacity")
	}
	return z, nil
}

// addGap adds a gap behind the others.
func (z *Zones) addGap(off, n int64) {
	if i := len(z.Gaps) - 1; i >= 0 {
		g := &z.Gaps[i]
		step := off - g.Offset - g.Every*(g.Times-1)
		if g.Length == n && (g.Times == 1 || step == g.Every) {
			g.Every, g.Times = step, g.Times+1
			return
		}
	}
	if len(z.Gaps) <= maxGaps {
		z.Gaps = append(z.Gaps, Gap{off, n, n, 1})
	}
}

// ZonedPort is a [Port] of a host-managed disk. Ranges are those of whole zones.
type ZonedPort interface {
	Zones() ([]Zone, error)               // all of them, as they are now
	ResetZone(offset, length int64) error // empties it: its content can no longer be read, and nothing is known of what is stored
	FinishZone(offset, length int64) error
}

// errNoZones is of a disk whose driver shows no zones.
var errNoZones = message.New("the kernel reports no zones of the disk")

func (t *Target) zoned() (ZonedPort, error) {
	if p, ok := t.port.(ZonedPort); ok && t.disk.Zones != nil {
		return p, nil
	}
	return nil, errNoZones
}

// Zones returns the zones as they are now. It fails if they are not those that were claimed, and on a disk that is not host-managed.
func (t *Target) Zones() ([]Zone, error) {
	p, err := t.zoned()
	if err != nil {
		return nil, err
	}
	all, err := p.Zones()
	if err != nil {
		return nil, err
	}
	now, err := ZonesOf(all, t.disk.Size)
	if err != nil {
		return nil, err
	}
	if was := t.disk.Zones; now.Count != was.Count || now.Bytes != was.Bytes || now.Conventional != was.Conventional || !slices.Equal(now.Gaps, was.Gaps) {
		return nil, message.New("the disk is divided into other zones than before")
	}
	return all, nil
}

// ResetZone is [ZonedPort].ResetZone.
func (t *Target) ResetZone(offset, length int64) error {
	p, err := t.zoned()
	if err == nil {
		err = p.ResetZone(offset, length)
	}
	return err
}

// FinishZone is [ZonedPort].FinishZone.
func (t *Target) FinishZone(offset, length int64) error {
	p, err := t.zoned()
	if err == nil {
		err = p.FinishZone(offset, length)
	}
	return err
}

// zonesOf asks an open disk for its zones, if it is host-managed.
func zonesOf(p Port, d Disk) (*Zones, error) {
	if d.Queue.Zoned != HostManaged {
		return nil, nil
	}
	z, ok := p.(ZonedPort)
	if !ok {
		return nil, errNoZones
	}
	all, err := z.Zones()
	if err != nil {
		return nil, message.Errorf("asking for the zones: %w", err)
	}
	return ZonesOf(all, d.Size)
}
