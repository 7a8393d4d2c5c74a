package devices

import (
	"path"
	"strconv"
	"strings"
)

// Heat is how warm a disk says it is.
type Temperature struct {
	Celsius  int // degrees, as the limits are
	Limit    int // from here on the drive calls it too warm itself; 0: it does not tell
	Critical int // from here on it may slow down or stop; 0: it does not tell
}

// Over is the drive's own limit that it has reached, the critical one if both; 0: none.
func (t Temperature) ExceededLimit() int {
	switch {
	case t.Critical > 0 && t.Celsius >= t.Critical:
		return t.Critical
	case t.Limit > 0 && t.Celsius >= t.Limit:
		return t.Limit
	}
	return 0
}

// Temperature returns how warm the disk is; false where it does not say, or the kernel's driver for it (nvme, drivetemp) is not there.
// Reading it sends the drive commands, and waits as long as it does not answer: ask seldom.
func (h *Host) Temperature(d Disk) (Temperature, bool) {
	if d.topology == "" {
		return Temperature{}, false
	}
	places := []string{path.Join(d.topology, "device")}
	if d.Protocol == ProtocolNVMe {
		places = append(places, h.controllers(d)...)
	}
	for _, place := range places {
		for _, at := range []string{place, path.Join(place, "hwmon")} { // drivetemp's class directory lies between, nvme's does not
			for _, name := range h.names(at) {
				if !strings.HasPrefix(name, "hwmon") || name == "hwmon" {
					continue
				}
				// For nvme the first is the composite temperature (drivers/nvme/host/hwmon.c).
				celsius, ok := h.degrees(at, name, "temp1_input")
				if !ok {
					continue
				}
				limit, _ := h.degrees(at, name, "temp1_max") // nvme: WCTEMP, or the threshold that somebody has set; drivetemp: SCT
				critical, _ := h.degrees(at, name, "temp1_crit")
				return Temperature{celsius, max(limit, 0), max(critical, 0)}, true
			}
		}
	}
	return Temperature{}, false
}

// degrees reads thousandths of a degree (Documentation/hwmon/sysfs-interface). What no thermometer in a running computer shows is no
// temperature: some drives say 0 K, and 65535 K where they have no limit.
func (h *Host) degrees(elem ...string) (celsius int, ok bool) {
	n, err := strconv.Atoi(h.attr(elem...))
	if err != nil || n <= -100_000 || n >= 200_000 {
		return 0, false
	}
	return n / 1000, true
}
