package devices

import (
	"io/fs"
	"unsafe"

	"rasure/cmd/message"
)

// Linux, include/uapi/linux/blkzoned.h; the numbers are those of amd64, arm64 and 386.
const (
	blkReportZone = 0xc0101282
	blkResetZone  = 0x40101283
	blkFinishZone = 0x40101288

	reportCapacity = 1 // BLK_ZONE_REP_CAPACITY: capacity is valid

	zoneConventional = 1 // enum blk_zone_type

	condNotWP    = 0 // enum blk_zone_cond
	condEmpty    = 1
	condReadOnly = 13
	condFull     = 14
	condOffline  = 15
)

// blkZone is struct blk_zone, in sectors of 512 bytes.
type blkZone struct {
	Start, Len, WP uint64
	Type, Cond     uint8
	NonSeq, Reset  uint8
	_              [4]uint8
	Capacity       uint64
	_              [24]uint8
}

// zonesAtOnce is our choice: a report of 256 KiB.
const zonesAtOnce = 4096

// zoneReport is struct blk_zone_report.
type zoneReport struct {
	Sector   uint64
	N, Flags uint32
	Zones    [zonesAtOnce]blkZone
}

// blkZoneRange is struct blk_zone_range, in sectors.
type blkZoneRange struct{ Sector, Sectors uint64 }

const sector = 512

// Zones is BLKREPORTZONE from the first to the last.
func (n *node) Zones() ([]Zone, error) {
	s, err := n.State()
	if err != nil {
		return nil, err
	}
	var all []Zone
	r := new(zoneReport)
	for at := int64(0); at < s.Size; {
		r.Sector, r.N, r.Flags = uint64(at/sector), zonesAtOnce, 0
		if err := n.ioctl(blkReportZone, unsafe.Pointer(r)); err != nil {
			return nil, &fs.PathError{Op: "BLKREPORTZONE", Path: n.Name(), Err: err}
		}
		if r.N == 0 || r.N > zonesAtOnce {
			return nil, message.Errorf("the kernel reports %d zones from byte %d on", r.N, at)
		}
		for _, z := range r.Zones[:r.N] {
			zone := z.zone(r.Flags&reportCapacity != 0)
			if zone.Offset != at || zone.Length <= 0 {
				return nil, message.Errorf("the kernel reports a zone at byte %d, not at %d", zone.Offset, at)
			}
			all, at = append(all, zone), zone.End()
		}
	}
	return all, nil
}

func (z blkZone) zone(capacity bool) Zone {
	to := Zone{Offset: int64(z.Start) * sector, Length: int64(z.Len) * sector, Capacity: int64(z.Capacity) * sector, Random: z.Type == zoneConventional, State: ZoneActive}
	if !capacity || to.Random {
		to.Capacity = to.Length
	}
	switch z.Cond {
	case condNotWP, condEmpty:
		to.State = ZoneEmpty
	case condReadOnly:
		to.State = ZoneReadOnly
	case condFull:
		to.State = ZoneFull
	case condOffline:
		to.State = ZoneOffline
	}
	if !to.Writable() && to.Capacity == 0 { // some drives report none of a zone that they gave up: what it held is there all the same
		to.Capacity = to.Length
	}
	return to
}

func (n *node) ResetZone(offset, length int64) error {
	return n.manageZone("BLKRESETZONE", blkResetZone, offset, length)
}

func (n *node) FinishZone(offset, length int64) error {
	return n.manageZone("BLKFINISHZONE", blkFinishZone, offset, length)
}

func (n *node) manageZone(op string, request uint, offset, length int64) error {
	r := blkZoneRange{uint64(offset / sector), uint64(length / sector)}
	if err := n.ioctl(request, unsafe.Pointer(&r)); err != nil {
		return &fs.PathError{Op: op, Path: n.Name(), Err: err}
	}
	return nil
}
