package devices

import (
	"testing"
	"unsafe"
)

// What was in a zone that the drive gave up counts as not written, and not as a gap that no zone can store.
func TestZoneWithoutCapacity(t *testing.T) {
	t.Parallel()
	for cond, want := range map[uint8]int64{condReadOnly: 8 * sector, condOffline: 8 * sector, condFull: 0} {
		if z := (blkZone{Start: 16, Len: 8, Type: 2, Cond: cond}).zone(true); z.Capacity != want {
			t.Errorf("condition %d: %+v, want a capacity of %d bytes", cond, z, want)
		}
	}
}

func TestZoneStructs(t *testing.T) {
	t.Parallel()
	var z blkZone
	var r zoneReport
	for name, got := range map[string][2]uintptr{
		"blk_zone":       {unsafe.Sizeof(z), 64},
		"type":           {unsafe.Offsetof(z.Type), 24},
		"cond":           {unsafe.Offsetof(z.Cond), 25},
		"capacity":       {unsafe.Offsetof(z.Capacity), 32},
		"nr_zones":       {unsafe.Offsetof(r.N), 8},
		"flags":          {unsafe.Offsetof(r.Flags), 12},
		"zones":          {unsafe.Offsetof(r.Zones), 16},
		"blk_zone_range": {unsafe.Sizeof(blkZoneRange{}), 16},
		"BLKREPORTZONE":  {blkReportZone >> 16 & 0x3fff, 16},
		"BLKRESETZONE":   {blkResetZone >> 16 & 0x3fff, 16},
		"BLKFINISHZONE":  {blkFinishZone >> 16 & 0x3fff, 16},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %d, want %d", name, got[0], got[1])
		}
	}
}
