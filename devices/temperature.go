package devices

import (
	"path"
	"strconv"
	"strings"
)

// Temperature returns how warm the disk says it is, in degrees Celsius; false where it does not say, or the kernel's driver for it (nvme,
// drivetemp) is not there. Reading it sends the drive a command: ask seldom.
func (h *Host) Temperature(d Disk) (celsius int, ok bool) {
	if d.topology == "" {
		return 0, false
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
				// Documentation/hwmon/sysfs-interface: thousandths of a degree. For nvme the first is the composite temperature.
				if n, err := strconv.Atoi(h.attr(at, name, "temp1_input")); err == nil {
					return n / 1000, true
				}
			}
		}
	}
	return 0, false
}
