package devices_test

import "testing"

func TestADiskTellsHowWarmItIsWhereTheKernelHasADriverForIt(t *testing.T) {
	t.Parallel()
	const sda, nvme = "sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0", "sys/devices/pci0000:00/0000:00:1c.4/0000:05:00.0/nvme/nvme0"
	for _, c := range []struct {
		host, disk, with string
		want             int
		ok               bool
	}{
		{"desktop", "sda", "", 0, false},
		{"desktop", "sda", "-- " + sda + "/hwmon/hwmon2/ --\ntemp1_input 38499\n", 38, true},
		{"desktop", "sda", "-- " + sda + "/hwmon/hwmon2/ --\ntemp1_input warm\n", 0, false},
		{"laptop", "nvme0n1", "-- " + nvme + "/hwmon1/ --\ntemp1_input 41850\ntemp2_input 50850\n", 41, true},
		{"laptop", "nvme0n1", "-- " + nvme + "/hwmon1/ --\ntemp2_input 50850\n", 0, false},
	} {
		h := machine(t, c.host, c.with)
		if got, ok := h.Temperature(find(t, h, c.disk)); got != c.want || ok != c.ok {
			t.Errorf("%s with %q: %d, %v, want %d, %v", c.disk, c.with, got, ok, c.want, c.ok)
		}
	}
}
