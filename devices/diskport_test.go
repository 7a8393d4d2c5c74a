package devices_test

import (
	"strings"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
)

const (
	xhci = "sys/devices/pci0000:00/0000:00:14.0/"
	sas  = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/host0/"
)

func TestPort(t *testing.T) {
	t.Parallel()
	const expander = sas + "port-0:0/expander-0:0/"
	const slots = "-- " + sas + "port-0:0/expander-0:0/port-0:0:9/end_device-0:0:9/target0:0:9/0:0:9:0/enclosure/0:0:9:0/"
	slot := func(id, number string) string { // where sda is; 0:0:9:0 is the enclosure's own logical unit
		return slots + " --\nid " + id + "\n" + slots + "Slot 04/ --\nslot " + number + "\nlocate 0\n-- " + expander +
			"port-0:0:0/end_device-0:0:0/target0:0:0/0:0:0:0/ --\n"
	}
	link := "enclosure_device:Slot 04 -> ../../../../port-0:0:9/end_device-0:0:9/target0:0:9/0:0:9:0/enclosure/0:0:9:0/Slot 04\n"
	phy := "-- " + expander + "port-0:0:0/ --\nphy-0:0:12 -> ../phy-0:0:12\nphy-0:0:9 -> ../phy-0:0:9\n"
	for _, c := range []struct{ host, more, disk, want string }{
		{"bench", "", "sda", "usb 1-1"},
		{"bench", "", "sde", "usb 1-5"},
		{"bench", "", "sdf", "usb 1-5 lun 1"},
		{"bench", "", "mmcblk0", "mmc 0"},
		{"bench", "", "mmcblk0boot1", "mmc 0 boot1"},
		{"desktop", "", "sda", "ata 1"},
		{"desktop", "", "sdb", "ata 2"},
		{"laptop", "", "sda", "usb 1-4"},
		{"laptop", "", "nvme0n1", "nvme 0000:05:00.0"},
		{"laboratory", "", "nvme0n1", "nvme 0000:00:01.0"},
		{"laboratory", "", "sdc", "virtio 0000:00:03.0 0:0"},
		{"laboratory", "", "vda", "virtio 0000:00:06.0"},
		{"laboratory", "", "mmcblk0", "mmc 0"},
		{"laboratory", "", "sdb", "usb 2-2"},
		{"laboratory", "", "sde", ""}, // its phys are not in the archive, and its end device's number is no place
		{"live-stick", "", "loop0", ""},
		{"nvme-multipath", "", "nvme0n1", "nvme 0000:00:02.0"}, // the first way
		{"nvme-multipath", "", "nvme3n1", ""},                  // of another machine
		{"storage", "", "sdg", "scsi 0000:02:00.0 0:5"},
		{"storage", "", "sdf", ""}, // a volume of a RAID adapter
		{"storage", "", "sdh", ""}, // Fibre Channel
		{"storage", "", "sdi", ""}, // iSCSI
		{"storage", phy, "sda", "sas 0:0:9"},
		{"storage", phy + slot("0x500304801f2e3a3f", "4") + link, "sda", "enclosure 500304801f2e3a3f slot 4"},
		{"storage", phy + slot("0x4801f2e3a3f", "17") + link, "sda", "enclosure 000004801f2e3a3f slot 17"}, // the kernel writes no zeros before it
		{"storage", phy + slot("0x0", "4") + link, "sda", "sas 0:0:9"},                                     // no identifier
		{"storage", phy + slot("0x1", "\x1b[2J") + link, "sda", "sas 0:0:9"},
		{"storage", phy + slot("\x1b[2J", "4") + link, "sda", "sas 0:0:9"},
		{"storage", phy + slot("0x500304801f2e3a3f", "4") + "enclosure_device:x -> ../../../../../../../../../../../etc\n", "sda", "sas 0:0:9"},
		{"storage", "-- " + expander + "port-0:0:0/ --\nphy-\x1b -> ../x\n", "sda", ""},
		{"laptop", "-- sys/devices/pci0000:00/0000:00:1c.4/0000:05:00.0/nvme/nvme0/nvme0n1/nsid --\n3\n", "nvme0n1", "nvme 0000:05:00.0 namespace 3"},
	} {
		got := find(t, machine(t, c.host, c.more), c.disk).Port
		if got != c.want {
			t.Errorf("%s of %s: %q, want %q", c.disk, c.host, got, c.want)
		}
		if got != "" && devices.CheckPort(got) != nil {
			t.Errorf("%q is refused", got)
		}
	}
}

// TestPortOfUSB3 plugs a slow stick and a fast disk into one socket, which is a port of two buses, also behind a hub.
func TestPortOfUSB3(t *testing.T) {
	t.Parallel()
	// port makes the links that the kernel makes for a device: to its port, and from there to the port of the other bus.
	port := func(at, name, peer string) string {
		return "-- " + at + " --\nport -> " + name + "\n-- " + at + name + "/ --\npeer -> ../" + peer + "\n"
	}
	for _, c := range []struct{ more, want string }{
		{port(xhci+"usb1/1-1/", "usb1-port1", "usb2-port7"), "usb 1-1"},
		{port(xhci+"usb1/1-1/", "usb1-port1", "usb0-port7"), "usb 0-7"},
		{port(xhci+"usb1/1-1/", "usb1-port1", "0-2.1-port4"), "usb 0-2.1.4"},
		{port(xhci+"usb1/1-1/", "usb1-port1", "0-2.\x1b-port4"), ""},
		{port(xhci+"usb1/1-1/", "usb1-port1", "nothing"), "usb 1-1"},
	} {
		if got := find(t, machine(t, "bench", c.more), "sda").Port; got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestPeerPort finds the other port of a socket, at a root hub and at a hub.
func TestPeerPort(t *testing.T) {
	t.Parallel()
	h := machine(t, "bench", "-- sys/bus/usb/devices/ --\nusb1 -> ../../../devices/pci0000:00/0000:00:14.0/usb1\n1-5 -> ../../../devices/pci0000:00/0000:00:14.0/usb1/1-5\n"+
		"-- "+xhci+"usb1/1-0:1.0/usb1-port2/ --\npeer -> ../../../usb2/2-0:1.0/usb2-port2\n-- "+xhci+"usb1/1-5/1-5:1.0/1-5-port3/ --\npeer -> ../../../../usb2/2-5/2-5:1.0/2-5-port3\n")
	for port, want := range map[string]string{"usb 1-2": "usb 2-2", "usb 1-2 lun 1": "usb 2-2", "usb 1-5.3": "usb 2-5.3", "usb 1-3": "", "usb 1-5.4": "", "ata 3": "", "usb ../1-2": "", "": ""} {
		if got := h.PeerPort(port); got != want {
			t.Errorf("%q: %q, want %q", port, got, want)
		}
	}
}

// TestPortOfATA has a port multiplier and the second drive of a parallel cable.
func TestPortOfATA(t *testing.T) {
	t.Parallel()
	text := archive(t, "desktop")
	for to, want := range map[string]string{"target0:4:0/0:4:0:0": "ata 1.4", "target0:0:1/0:0:1:0": "ata 1.1", "target0:0:0/0:0:0:0": "ata 1"} {
		h := devicetest.FromArchive(t, []byte(strings.ReplaceAll(text, "target0:0:0/0:0:0:0", to)))
		if got := find(t, h, "sda").Port; got != want {
			t.Errorf("%s: %q, want %q", to, got, want)
		}
	}
}

// TestPortStays gives a disk in the same socket other names and numbers, as after a restart with another order of hosts.
func TestPortStays(t *testing.T) {
	t.Parallel()
	text := archive(t, "bench")
	other := strings.NewReplacer("/host1/", "/host41/", "target1:0:0/1:0:0:0", "target41:0:0/41:0:0:0", "block/sda", "block/sdz", "sda ->", "sdz ->").Replace(text)
	if a, z := find(t, fromText(t, text), "sda").Port, find(t, fromText(t, other), "sdz").Port; a != z || a != "usb 1-1" {
		t.Errorf("%q became %q", a, z)
	}
}

func TestCheckPort(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "usb", "usb 1", "usb 1-", "usb 1-2.", "USB 1-2", "usb 1-2 ", " usb 1-2", "usb 1-2\n", "usb 1-2 lun", "ata3", "ata 3.", "sas 0",
		"sas 0:1:2:3", "enclosure 5003 slot 4", "nvme", "nvme ../../x", "nvme 0000:01:00.0 lun x", "scsi 0000:02:00.0 0:5:1", "mmc 0 boot1/..", "loop 0",
		"nvme " + strings.Repeat("1", 100), "usb 1-2\x1b[2J"} {
		if err := devices.CheckPort(bad); err == nil {
			t.Errorf("%q is taken", bad)
		} else if strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("%q", err)
		}
	}
}
