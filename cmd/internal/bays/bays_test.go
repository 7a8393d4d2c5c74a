package bays

import (
	"fmt"
	"strings"
	"testing"

	"rasure/cmd/internal/settings"
	"rasure/devices"
)

func disk(name, port string, seq uint64) devices.Disk {
	return devices.Disk{Name: name, Port: port, Seq: seq}
}

var named = []settings.Bay{{Name: "A2", Port: "usb 1-3"}, {Name: "A1", Port: "usb 1-2", Intake: &settings.Intake{}}}

func TestList(t *testing.T) {
	t.Parallel()
	got := []string{}
	for _, s := range List(named, []devices.Disk{disk("loop0", "", 1), disk("sda", "ata 1", 2), disk("sdb", "usb 1-2", 3), disk("sdc", "ata 1", 4)}) {
		name := "-"
		if s.Disk != nil {
			name = s.Disk.Name
		}
		got = append(got, fmt.Sprint(s.Name, "|", s.Port, "|", s.Intake, "|", name))
	}
	if g, want := strings.Join(got, " "), "A2|usb 1-3|false|- A1|usb 1-2|true|sdb |ata 1|false|sda |ata 1|false|sdc"; g != want {
		t.Errorf("%s, want %s", g, want)
	}
	if b := Of([]settings.Bay{{Name: "no port"}}, disk("loop0", "", 1)); b != nil {
		t.Errorf("a loop device is in the bay %q", b.Name)
	}
}

func TestLearner(t *testing.T) {
	t.Parallel()
	system := disk("sda", "ata 1", 1)
	for name, c := range map[string]struct {
		looks [][]devices.Disk // after the first, which has the disk of the system
		want  string           // what arrived, or the beginning of why not
	}{
		"arrives":              {[][]devices.Disk{{system}, {system, disk("sdb", "usb 1-4", 2)}}, "usb 1-4"},
		"nothing":              {[][]devices.Disk{{system}, {system}}, ""},
		"leaves":               {[][]devices.Disk{{}}, ""},
		"comes back":           {[][]devices.Disk{{}, {disk("sda", "ata 1", 2)}}, "ata 1"},
		"moved":                {[][]devices.Disk{{disk("sda", "ata 2", 1)}}, "ata 2"},
		"another medium":       {[][]devices.Disk{{disk("sda", "ata 1", 7)}}, "ata 1"},
		"named":                {[][]devices.Disk{{system, disk("sdb", "usb 1-2", 2)}}, "sdb is in the bay A1"},
		"no port":              {[][]devices.Disk{{system, disk("loop0", "", 2)}}, "loop0 is in no socket"},
		"two":                  {[][]devices.Disk{{system, disk("sdb", "usb 1-4", 2), disk("sdc", "usb 1-40", 3)}}, "2 disks arrived together"},
		"two without port":     {[][]devices.Disk{{system, disk("loop0", "", 2), disk("loop1", "", 3)}}, "2 disks arrived together"},
		"loop and stick":       {[][]devices.Disk{{system, disk("loop0", "", 2), disk("sdb", "usb 1-4", 3)}}, "2 disks arrived together"},
		"card reader":          {[][]devices.Disk{{system, disk("sdc", "usb 1-4 lun 1", 3), disk("sdb", "usb 1-4", 2)}}, "usb 1-4"},
		"soldered with areas":  {[][]devices.Disk{{system, disk("mmcblk0", "mmc 0", 2), disk("mmcblk0boot0", "mmc 0 boot0", 3)}}, "mmc 0"},
		"arrives, named again": {[][]devices.Disk{{system, disk("sdb", "usb 1-3", 2)}, {system}, {system, disk("sdb", "usb 1-5", 3)}}, "usb 1-5"},
	} {
		l := NewLearner(named)
		if d, why := l.Look([]devices.Disk{system}); d != nil || !why.IsZero() {
			t.Errorf("%s: what is there at first arrived: %v, %s", name, d, why)
		}
		got := ""
		for _, look := range c.looks {
			d, why := l.Look(look)
			if got = why.String(); d != nil {
				got = d.Port
			}
		}
		if !strings.HasPrefix(got, c.want) || got != "" && c.want == "" {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	l := NewLearner(nil)
	l.Learnt(settings.Bay{Name: "A9", Port: "ata 1"})
	l.Look(nil)
	if d, why := l.Look([]devices.Disk{system}); d != nil || why.String() != "sda is in the bay A9: plug it into another" {
		t.Errorf("a socket that was just named: %v, %q", d, why)
	}
}
