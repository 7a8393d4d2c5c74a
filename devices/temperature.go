package devices

import (
	"context"
	"path"
	"strconv"
	"strings"
)

// Temperature is what a disk reports, in degrees Celsius.
type Temperature struct {
	Celsius  int
	Limit    int // from here on the drive itself calls it too warm; 0: not reported
	Critical int // from here on it may slow down or stop; 0: not reported
}

// ExceededLimit is the drive's own limit that it has reached, the critical one if both; 0: none.
func (t Temperature) ExceededLimit() int {
	switch {
	case t.Critical > 0 && t.Celsius >= t.Critical:
		return t.Critical
	case t.Limit > 0 && t.Celsius >= t.Limit:
		return t.Limit
	}
	return 0
}

// Temperature returns how warm the disk is; false where it does not report it, or the kernel's driver for it (nvme, drivetemp) is not loaded.
// Reading it sends the drive commands: ask seldom. It returns when ctx ends, also where the drive does not answer.
func (h *Host) Temperature(ctx context.Context, d Disk) (Temperature, bool) {
	if d.topology == "" {
		return Temperature{}, false
	}
	type reading struct {
		Temperature
		ok bool
	}
	r, err := await(ctx, func() (reading, error) {
		t, ok := h.readTemperature(d)
		return reading{t, ok}, nil
	}, nil)
	return r.Temperature, err == nil && r.ok
}

func (h *Host) readTemperature(d Disk) (Temperature, bool) {
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

// degrees reads thousandths of a degree (Documentation/hwmon/sysfs-interface). Values that cannot occur in a running computer are
// dropped: some drives report 0 K, and 65535 K where they have no limit.
func (h *Host) degrees(elem ...string) (celsius int, ok bool) {
	n, err := strconv.Atoi(h.attr(elem...))
	if err != nil || n <= -100_000 || n >= 200_000 {
		return 0, false
	}
	return n / 1000, true
}
