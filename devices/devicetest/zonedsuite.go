package devicetest

import (
	"bytes"
	"testing"

	"rasure/devices"
)

// TestZonedPort tests what every [devices.ZonedPort] must do. open gives a new [devices.Port] on each call, with four zones of 64 KiB or more that
// are not conventional; its contents are lost.
func TestZonedPort(t *testing.T, open func(t *testing.T) devices.Port) {
	for _, rule := range []struct {
		name string
		test func(t *testing.T, p devices.Port, z devices.ZonedPort, zone devices.Zone, at int)
	}{
		{"a zone is written in its order and to its capacity", writesZone},
		{"what is not at the write pointer is refused", keepsOrder},
		{"nothing is written beyond the capacity", keepsCapacity},
		{"a zone that was finished takes no writes until it is reset", finishesZone},
		{"only a whole zone is reset", resetsWhole},
	} {
		t.Run(rule.name, func(t *testing.T) {
			p := open(t)
			t.Cleanup(func() { p.Close() })
			z, ok := p.(devices.ZonedPort)
			if !ok {
				t.Fatal("the port has no zones")
			}
			all, err := z.Zones()
			if err != nil {
				t.Fatal(err)
			}
			s, err := p.State()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := devices.ZonesOf(all, s.Size); err != nil {
				t.Fatal(err)
			}
			for i, zone := range all {
				if zone.Random || i+1 < len(all) && all[i+1].Random {
					continue
				}
				if err := z.ResetZone(zone.Offset, zone.Length); err != nil {
					t.Fatal(err)
				}
				rule.test(t, p, z, zone, i)
				return
			}
			t.Fatal("no zone is written in its order")
		})
	}
}

const zoneUnit = 4096 // fits every write granularity there is

func stateOf(t *testing.T, z devices.ZonedPort, i int, want devices.ZoneState) {
	t.Helper()
	all, err := z.Zones()
	if err != nil {
		t.Fatal(err)
	}
	if got := all[i].State; got != want {
		t.Errorf("the zone is %s, want %s", got, want)
	}
}

func fillZone(t *testing.T, p devices.Port, zone devices.Zone, fill byte) {
	t.Helper()
	const piece = 64 << 10
	b := Aligned(piece, fill)
	for off := int64(0); off < zone.Capacity; off += piece {
		write(t, p, b[:min(piece, zone.Capacity-off)], zone.Offset+off)
	}
}

func writesZone(t *testing.T, p devices.Port, z devices.ZonedPort, zone devices.Zone, i int) {
	stateOf(t, z, i, devices.ZoneEmpty)
	write(t, p, Aligned(zoneUnit, 1), zone.Offset)
	stateOf(t, z, i, devices.ZoneActive)
	if err := z.ResetZone(zone.Offset, zone.Length); err != nil {
		t.Fatal(err)
	}
	fillZone(t, p, zone, 2)
	stateOf(t, z, i, devices.ZoneFull)
	got := Aligned(zoneUnit, 0)
	if _, err := p.ReadAt(got, zone.Offset+zone.Capacity-zoneUnit); err != nil || !bytes.Equal(got, Aligned(zoneUnit, 2)) {
		t.Errorf("the end of the zone does not hold what was written: %v", err)
	}
}

func refusesWrite(t *testing.T, p devices.Port, off int64, why string) {
	t.Helper()
	if _, err := p.WriteAt(Aligned(zoneUnit, 3), off); err == nil {
		t.Errorf("a write %s was taken", why)
	}
}

func keepsOrder(t *testing.T, p devices.Port, z devices.ZonedPort, zone devices.Zone, _ int) {
	refusesWrite(t, p, zone.Offset+zoneUnit, "after the write pointer")
	write(t, p, Aligned(2*zoneUnit, 1), zone.Offset)
	refusesWrite(t, p, zone.Offset, "before the write pointer")
	write(t, p, Aligned(zoneUnit, 1), zone.Offset+2*zoneUnit)
}

func keepsCapacity(t *testing.T, p devices.Port, z devices.ZonedPort, zone devices.Zone, _ int) {
	fillZone(t, p, zone, 1)
	if zone.Capacity < zone.Length {
		refusesWrite(t, p, zone.Offset+zone.Capacity, "beyond the capacity")
	}
	refusesWrite(t, p, zone.Offset, "into a full zone")
}

func finishesZone(t *testing.T, p devices.Port, z devices.ZonedPort, zone devices.Zone, i int) {
	write(t, p, Aligned(zoneUnit, 1), zone.Offset)
	if err := z.FinishZone(zone.Offset, zone.Length); err != nil {
		t.Fatal(err)
	}
	stateOf(t, z, i, devices.ZoneFull)
	refusesWrite(t, p, zone.Offset+zoneUnit, "into a finished zone")
	if err := z.ResetZone(zone.Offset, zone.Length); err != nil {
		t.Fatal(err)
	}
	write(t, p, Aligned(zoneUnit, 4), zone.Offset)
}

func resetsWhole(t *testing.T, p devices.Port, z devices.ZonedPort, zone devices.Zone, i int) {
	write(t, p, Aligned(zoneUnit, 1), zone.Offset)
	if z.ResetZone(zone.Offset+zoneUnit, zone.Length) == nil || z.ResetZone(zone.Offset, zone.Length/2) == nil {
		t.Error("a part of a zone was reset")
	}
	stateOf(t, z, i, devices.ZoneActive)
}
