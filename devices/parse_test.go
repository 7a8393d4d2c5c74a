package devices_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
)

func TestParseMountinfo(t *testing.T) {
	t.Parallel()
	got, err := devices.ParseMountinfo([]byte("36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 shared:2 - ext3 /dev/ro\\134ot rw,errors=continue\n" +
		"24 1 0:5 / /a\\01 rw - tmpfs  rw\n")) // a source may be empty
	want := []devices.Mount{
		{ID: 36, Number: devices.Number{Major: 98}, Root: "/mnt1", Point: "/mnt 2", FSType: "ext3", Source: `/dev/ro\ot`, Options: "rw,errors=continue"},
		{ID: 24, Number: devices.Number{Minor: 5}, Root: "/", Point: `/a\01`, FSType: "tmpfs", Source: "", Options: "rw"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	for _, bad := range []string{"x\n", "x 2 8:0 / / rw - a b c\n", "1 2 3 / / rw - a b c\n", "1 2 8:0 / / - a b c\n", "1 2 8:0 / / rw - a b\n", "1 2 8:0 / / rw a b c\n"} {
		if _, err := devices.ParseMountinfo([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func FuzzParseMountinfo(f *testing.F) {
	for _, host := range []string{"laptop", "live-stick", "virtual-server"} {
		_, table, _ := strings.Cut(archive(f, host), "-- proc/1/mountinfo --\n")
		table, _, _ = strings.Cut(table, "-- ")
		f.Add([]byte(table))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		mounts, err := devices.ParseMountinfo(b)
		if err == nil && len(mounts) != strings.Count(string(b), "\n")+min(len(b)-strings.LastIndex(string(b), "\n")-1, 1) {
			t.Errorf("%d mounts of %q", len(mounts), b)
		}
	})
}

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"8:0", "259:12", "4294967295:4294967295", "8", ":", "+8:0", "8:0\n", "0x8:0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := devices.ParseNumber(s)
		if again, err2 := devices.ParseNumber(n.String()); err2 != nil || again != n {
			t.Errorf("%v is not read again: %v, %v", n, again, err2)
		}
		if err == nil && strings.Trim(s, "0123456789:") != "" {
			t.Errorf("ParseNumber(%q) = %v", s, n)
		}
	})
}

// FuzzAttributes gives sysfs files any text: a disk is read right or not at all.
func FuzzAttributes(f *testing.F) {
	f.Add("8:0", "468862128", "1", "512")
	f.Add("259:2", "18014398509481983", "18446744073709551615", "4096")
	f.Add("8", "18014398509481984", "-1", "0")
	f.Add("", "1e3", " 1", "9223372036854775807")
	f.Fuzz(func(t *testing.T, dev, size, seq, block string) {
		files := devicetest.NewFiles()
		files.Mkdir("proc")
		files.Link("sys/block/sdx", "../devices/x/block/sdx")
		for name, text := range map[string]string{"dev": dev, "size": size, "diskseq": seq, "queue/logical_block_size": block, "ro": "0"} {
			files.Write("sys/devices/x/block/sdx/"+name, text)
		}
		disks, err := (&devices.Host{Root: files}).Disks()
		if err != nil && len(disks) > 0 {
			t.Errorf("%v, and yet %+v", err, disks)
		}
		for _, d := range disks {
			if d.Size < 0 || d.Size%512 != 0 || d.LogicalBlock <= 0 {
				t.Errorf("%q %q %q %q: %+v", dev, size, seq, block, d)
			}
		}
	})
}

// FuzzHazards gives proc any text: the look ends, and a mounted disk whose line is whole is found.
func FuzzHazards(f *testing.F) {
	f.Add("1 1 0:40 / / rw - overlay overlay rw,lowerdir=/a:/b\\134:c,upperdir=/d,workdir=/e\n", "/swap file 1 0 -2\n")
	f.Add("1 1 0:40 / / rw - overlay overlay rw,lowerdir=/,upperdir=/\n2 1 7:0 / /a ro - squashfs /dev/loop0 ro\n", "/dev/sda1 partition 1 0 -2\n")
	f.Add("1 1 0:40 / /b rw - btrfs /dev/mapper/x:/dev/../dev/sda rw\n", "\\040\n")
	const line = "99 1 8:17 / /mnt rw - ext4 /dev/sdb1 rw\n"
	base := archive(f, "desktop")
	f.Fuzz(func(t *testing.T, mounts, swaps string) {
		h := fromText(t, base)
		files := h.Root.(*devicetest.Files)
		files.Write("proc/1/mountinfo", line+mounts)
		files.Write("proc/swaps", "Filename\n"+swaps)
		d := find(t, h, "sdb")
		got, err := h.Hazards(d)
		if err == nil && !slices.ContainsFunc(got, func(z devices.Hazard) bool { return z.Kind == devices.Mounted }) {
			t.Errorf("got %v", got)
		}
		for _, z := range got {
			if devices.Printable(z.Detail.String()) != z.Detail.String() && len(z.Detail.String()) < 256 {
				t.Errorf("%q can reach a terminal", z.Detail)
			}
		}
	})
}
