package devices

import (
	"testing"
	"unsafe"
)

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
