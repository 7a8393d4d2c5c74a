package jobs

import (
	"math"

	"rasure/devices"
	"rasure/wipe"
)

// Estimate is about how many minutes the passes of a plan take on a disk; 0 where there is no telling. The zero plan is one pass that is
// read back. It is a guess by the kind of the disk, for the time before anything is measured.
func Estimate(d devices.Disk, p wipe.Plan) int {
	rate := usualRate(d)
	if rate == 0 || d.Size <= 0 {
		return 0
	}
	sweeps := 2.0
	if len(p.Scheme.Passes) > 0 {
		sweeps = 0
		for _, pass := range p.Scheme.Passes {
			sweeps++
			if pass.Verify && p.Verify == wipe.Full {
				sweeps++
			}
		}
	}
	return int(math.Ceil(sweeps * float64(d.Size) / rate / 60))
}

// usualRate is what disks of this kind do on average over all of them, in bytes per second; 0: not known. Our choice: magnetic disks of the last
// fifteen years, and what is left of a link behind its protocol.
func usualRate(d devices.Disk) float64 {
	rate := map[devices.Medium]float64{devices.Magnetic: 130e6, devices.Flash: 350e6}[d.Medium]
	switch d.Bus {
	case devices.NVMe:
		rate = 1500e6
	case devices.SD, devices.MMC:
		rate = 20e6
	case devices.Virtio, devices.Loop, devices.File, devices.BusUnknown:
		return 0
	}
	if rate == 0 && d.Bus == devices.USB {
		rate = 30e6 // a stick
	}
	if d.Bridge != nil && d.Bridge.Megabits > 0 {
		rate = min(rate, float64(d.Bridge.Megabits)*1e6/8*0.6)
	}
	return rate
}
