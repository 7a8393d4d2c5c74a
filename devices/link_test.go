package devices_test

import "testing"

func TestLink(t *testing.T) {
	t.Parallel()
	const xhci, sas = "sys/devices/pci0000:00/0000:00:14.0", "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0"
	for _, c := range []struct{ host, disk, want string }{
		{"bench", "sda", xhci + "/usb1"}, // each has a SCSI host of its own
		{"bench", "sdf", xhci + "/usb1"},
		{"bench", "mmcblk0", "sys/devices/platform/fe330000.mmc/mmc_host/mmc0"},
		{"storage", "sda", sas + "/host0"},
		{"storage", "sde", sas + "/host0"},
		{"storage", "sdf", "sys/devices/pci0000:00/0000:00:02.0/0000:02:00.0/host1"},
		{"desktop", "sda", "sys/devices/pci0000:00/0000:00:1f.2/ata1/host0"}, // a host for each port
		{"desktop", "sdb", "sys/devices/pci0000:00/0000:00:1f.2/ata2/host1"},
		{"laptop", "nvme0n1", ""},
		{"virtual-server", "vda", ""},
	} {
		if got := find(t, machine(t, c.host, ""), c.disk).Link(); got != c.want {
			t.Errorf("%s of %s: %q, want %q", c.disk, c.host, got, c.want)
		}
	}
}
