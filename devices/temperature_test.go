package devices_test

import (
	"testing"

	"rasure/devices"
)

func TestTemperature(t *testing.T) {
	t.Parallel()
	const sda, nvme = "sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0", "sys/devices/pci0000:00/0000:00:1c.4/0000:05:00.0/nvme/nvme0"
	for _, c := range []struct {
		host, disk, with string
		want             devices.Temperature
		ok               bool
	}{
		{"desktop", "sda", "", devices.Temperature{}, false},
		{"desktop", "sda", "-- " + sda + "/hwmon/hwmon2/ --\ntemp1_input 38499\n", devices.Temperature{Celsius: 38}, true},
		{"desktop", "sda", "-- " + sda + "/hwmon/hwmon2/ --\ntemp1_input warm\n", devices.Temperature{}, false},
		{"laptop", "nvme0n1", "-- " + nvme + "/hwmon1/ --\ntemp1_input 41850\ntemp2_input 50850\n", devices.Temperature{Celsius: 41}, true},
		{"laptop", "nvme0n1", "-- " + nvme + "/hwmon1/ --\ntemp2_input 50850\n", devices.Temperature{}, false},
		{"desktop", "sda", "-- " + sda + "/hwmon/hwmon2/ --\ntemp1_input 61000\ntemp1_max 60000\ntemp1_crit 70000\n", devices.Temperature{61, 60, 70}, true},
		{"laptop", "nvme0n1", "-- " + nvme + "/hwmon1/ --\ntemp1_input 41850\ntemp1_max 65261850\ntemp1_crit -1000\n", devices.Temperature{Celsius: 41}, true},
		{"laptop", "nvme0n1", "-- " + nvme + "/hwmon1/ --\ntemp1_input -273150\n", devices.Temperature{}, false}, // 0 K: it does not tell
		{"laptop", "nvme0n1", "-- " + nvme + "/hwmon1/ --\ntemp1_input 41850\ntemp1_max nonsense\n", devices.Temperature{Celsius: 41}, true},
	} {
		h := machine(t, c.host, c.with)
		if got, ok := h.Temperature(t.Context(), find(t, h, c.disk)); got != c.want || ok != c.ok {
			t.Errorf("%s with %q: %+v, %v, want %+v, %v", c.disk, c.with, got, ok, c.want, c.ok)
		}
	}
}

func TestExceededLimit(t *testing.T) {
	t.Parallel()
	for heat, want := range map[devices.Temperature]int{{90, 0, 0}: 0, {69, 70, 80}: 0, {70, 70, 80}: 70, {80, 70, 80}: 80, {85, 0, 80}: 80, {85, 80, 0}: 80, {0, 0, 0}: 0} {
		if got := heat.ExceededLimit(); got != want {
			t.Errorf("%+v is over %d, want %d", heat, got, want)
		}
	}
}
