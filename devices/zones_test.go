package devices_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
)

func TestZonesOf(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	zone := func(at, n, capacity int64, random bool) devices.Zone {
		return devices.Zone{Offset: at * mib, Length: n * mib, Capacity: capacity * mib, Random: random}
	}
	for name, c := range map[string]struct {
		zones []devices.Zone
		size  int64
		gaps  []devices.Gap
		err   string
	}{
		"without gaps":     {[]devices.Zone{zone(0, 4, 4, true), zone(4, 4, 4, false), zone(8, 2, 2, false)}, 10, nil, ""},
		"a run of gaps":    {[]devices.Zone{zone(0, 4, 4, true), zone(4, 4, 3, false), zone(8, 4, 3, false), zone(12, 4, 3, false)}, 16, []devices.Gap{{7 * mib, mib, 4 * mib, 3}}, ""},
		"a shorter last":   {[]devices.Zone{zone(0, 4, 3, false), zone(4, 4, 3, false), zone(8, 3, 1, false)}, 11, []devices.Gap{{3 * mib, mib, 4 * mib, 2}, {9 * mib, 2 * mib, 2 * mib, 1}}, ""},
		"a hole":           {[]devices.Zone{zone(0, 4, 4, false), zone(5, 4, 4, false)}, 9, nil, "must follow each other"},
		"beyond the end":   {[]devices.Zone{zone(0, 4, 4, false), zone(4, 4, 4, false)}, 7, nil, "must follow each other"},
		"before the end":   {[]devices.Zone{zone(0, 4, 4, false)}, 7, nil, "cover 4194304 bytes of 7340032"},
		"too much in them": {[]devices.Zone{zone(0, 4, 5, false)}, 4, nil, "must follow each other"},
		"no zones":         {nil, 4, nil, "cover 0 bytes"},
	} {
		z, err := devices.ZonesOf(c.zones, c.size*mib)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, %v", name, z, err)
			}
			continue
		}
		if err != nil || z.Count != len(c.zones) || len(z.Gaps) != len(c.gaps) {
			t.Fatalf("%s: %+v, %v", name, z, err)
		}
		for i := range c.gaps {
			if z.Gaps[i] != c.gaps[i] {
				t.Errorf("%s: gap %+v, want %+v", name, z.Gaps[i], c.gaps[i])
			}
		}
	}
	odd := []devices.Zone{}
	for i := range int64(40) {
		odd = append(odd, devices.Zone{Offset: i * mib, Length: mib, Capacity: mib - i*i*512})
	}
	if z, err := devices.ZonesOf(odd, 40*mib); err == nil {
		t.Errorf("zones that all differ: %+v", z)
	}
}

// zonedHost is the machine "storage" with a kernel that shows the zones of sdd.
func zonedHost(t *testing.T) (*devices.Host, devices.Disk) {
	t.Helper()
	archive, err := os.ReadFile("testdata/hosts/storage.txtar")
	if err != nil {
		t.Fatal(err)
	}
	h := devicetest.FromArchive(t, archive)
	d, err := h.Find("sdd")
	if err != nil {
		t.Fatal(err)
	}
	at, err := h.Root.(*devicetest.Files).ReadLink("sys/block/sdd")
	if err != nil {
		t.Fatal(err)
	}
	at = "sys/block/" + at
	files := h.Root.(*devicetest.Files)
	files.Write(at+"/queue/nr_zones", "16\n")
	files.Write(at+"/queue/max_open_zones", "128\n")
	files.Write(at+"/queue/max_active_zones", "14\n")
	if d, err = h.Find("sdd"); err != nil || d.Queue.Zones != 16 || d.Queue.OpenZones != 14 {
		t.Fatalf("%+v, %v", d.Queue, err)
	}
	return h, d
}

func TestClaimZoned(t *testing.T) {
	t.Parallel()
	h, d := zonedHost(t)
	zone := d.Size / 16
	drive := devicetest.NewZoned(d.Size, d.LogicalBlock, zone, zone-4096, 1, 0)
	drive.SetState(devices.State{Number: d.Number, Seq: d.Seq, Size: d.Size})
	var now devices.Port = drive
	devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) { return struct{ devices.Port }{now}, nil })
	if _, err := h.Claim(context.Background(), d, devices.ClaimOptions{}); err == nil || !strings.Contains(err.Error(), "reports no zones") {
		t.Errorf("a port without zones: %v", err)
	}
	devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) { return drive.Open(), nil })
	target, err := h.Claim(context.Background(), d, devices.ClaimOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if z := target.Disk().Zones; z == nil || z.Count != 16 || z.Conventional != 1 || z.GapBytes() != 15*4096 {
		t.Errorf("%+v", z)
	}
	all, err := target.Zones()
	if err != nil || len(all) != 16 {
		t.Fatalf("%v, %v", all, err)
	}
	if err := target.ResetZone(all[0].Offset, all[0].Length); err == nil {
		t.Error("a conventional zone was reset")
	}
	if err := target.ResetZone(all[1].Offset, all[1].Length); err != nil {
		t.Error(err)
	}
	drive.Divide(zone, zone-8192, 1) // as after a FORMAT
	if _, err := target.Zones(); err == nil || !strings.Contains(err.Error(), "other zones than before") {
		t.Errorf("other zones: %v", err)
	}
}

func TestDriveManaged(t *testing.T) {
	t.Parallel()
	h, d := zonedHost(t)
	files := h.Root.(*devicetest.Files)
	at, _ := files.ReadLink("sys/block/sdd")
	at = "sys/block/" + at
	files.Write(at+"/queue/zoned", "none\n")
	files.Write(at+"/device/scsi_disk/"+"0:0:0:0/zoned_cap", "drive-managed\n")
	d, err := h.Find("sdd")
	if err != nil || d.Queue.Zoned != devices.DriveManaged || d.Queue.Zones != 0 {
		t.Errorf("%+v, %v", d.Queue, err)
	}
}
