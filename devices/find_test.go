package devices_test

import (
	"errors"
	"strings"
	"testing"

	"rasure/devices"
)

func TestFind(t *testing.T) {
	t.Run("every name of a disk", findNames)
	t.Run("link to a disk", findLink)
	t.Run("partition", findPartition)
	t.Run("serial of two disks", findAmbiguous)
	t.Run("block device that is not a disk", findNotADisk)
	t.Run("serial beside an unreadable disk", findUncertain)
	t.Run("image file", findImage)
}

func findNames(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", `-- dev/disk/by-id/ --
ata-WDC -> ../../sdb
loop -> loop
absolute -> /dev/sdb
`)
	for _, arg := range []string{"sdb", "/dev/sdb", "/dev/disk/by-id/../../sdb", "WD-WMAM9XE78956", "wd-wmam9xe78956",
		"t10.ATA     WDC WD800JD-00MSA1                           WD-WMAM9XE78956"} {
		if d, err := h.Find(arg); err != nil || d.Name != "sdb" || d.Path != "/dev/sdb" {
			t.Errorf("Find(%q) = %s, %v", arg, d.Name, err)
		}
	}
	for _, arg := range []string{"", "sdz", "/dev/sdz", "WD-WMAM9XE7895", "/dev/disk/by-id/loop", "/", "..", "sdb/", "\x1b[2J"} {
		if d, err := h.Find(arg); err == nil && arg != "sdb/" || err != nil && strings.Contains(err.Error(), "\x1b") {
			t.Errorf("Find(%q) = %s, %v", arg, d.Name, err)
		}
	}
}

func findLink(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "-- dev/sdb --\n-- dev/disk/by-id/ --\nata-WDC -> ../../sdb\nabsolute -> /dev/disk/by-id/ata-WDC\n")
	for _, arg := range []string{"/dev/disk/by-id/ata-WDC", "/dev/disk/by-id/absolute"} {
		if d, err := h.Find(arg); err != nil || d.Name != "sdb" {
			t.Errorf("Find(%q) = %s, %v", arg, d.Name, err)
		}
	}
}

func findPartition(t *testing.T) {
	t.Parallel()
	for host, arg := range map[string]string{"desktop": "sdb1", "laptop": "/dev/nvme0n1p2", "bench": "mmcblk0p1"} {
		_, err := machine(t, host, "").Find(arg)
		var p *devices.PartitionError
		if !errors.As(err, &p) || !strings.HasSuffix(arg, p.Partition) || !strings.HasPrefix(p.Partition, p.Disk) {
			t.Errorf("Find(%q) = %v", arg, err)
		}
	}
}

func findAmbiguous(t *testing.T) {
	t.Parallel()
	_, err := machine(t, "bench", "").Find("1234567890")
	var a *devices.AmbiguousError
	if !errors.As(err, &a) || strings.Join(a.Disks, " ") != "/dev/sda /dev/sdb" {
		t.Errorf("got %v", err)
	}
}

func findNotADisk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ host, arg, reason string }{
		{"laptop", "dm-1", "LVM volume vg-root"},
		{"laptop", "/dev/dm-0", "encrypted volume (dm-crypt) luks-crypt"},
		{"laptop", "zram0", "memory"},
		{"storage", "md127", "raid1 array"},
		{"desktop", "sr0", "optical"},
		{"nvme-multipath", "nvme0c0n1", "name the disk itself"},
		{"live-stick", "loop1", "without a file"},
	} {
		_, err := machine(t, c.host, "").Find(c.arg)
		var r *devices.RefusedError
		if !errors.As(err, &r) || r.Hazards[0].Kind != devices.NotPhysical || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("Find(%q) = %v, want %q in it", c.arg, err, c.reason)
		}
	}
}

func findUncertain(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "-- sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda/size --\nmany\n")
	if d, err := h.Find("WD-WMAM9XE78956"); err == nil {
		t.Errorf("found %s", d.Name)
	}
	if _, err := h.Find("sdb"); err != nil {
		t.Error(err)
	}
}

func findImage(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "-- srv/disk.img --\n0123456789\n-- srv/link -> disk.img --\n")
	d, err := h.Find("/srv/link")
	if err != nil || d.Path != "/srv/disk.img" || d.Name != "disk.img" || d.Bus != devices.File || d.Medium != devices.Image || d.Size != 11 {
		t.Errorf("Find() = %+v, %v", d, err)
	}
}
