package wipe

import (
	"time"

	"rasure/devices"
)

// pace is how fast a kind of disk is usually written and read from end to end, in bytes per second.
type pace struct{ write, read float64 }

// paceOf is our choice: what ordinary disks of a kind reach, not the fastest, and not while a cache takes the first gigabytes. A USB link
// that is slower bounds it. False is for what lies on something that is not known.
func paceOf(d devices.Disk) (p pace, ok bool) {
	const MB = 1e6
	switch {
	case d.Medium == devices.Image || d.Bus == devices.Virtio:
		return p, false
	case d.Medium == devices.Magnetic:
		p = pace{150 * MB, 150 * MB} // 7,200 rpm: 210 outside, 100 inside
	case d.Bus == devices.NVMe:
		p = pace{1000 * MB, 2000 * MB}
	case d.Bus == devices.SD:
		p = pace{15 * MB, 60 * MB}
	case d.Bus == devices.MMC:
		p = pace{60 * MB, 150 * MB}
	case d.Bus == devices.USB && d.Removable:
		p = pace{25 * MB, 100 * MB} // a stick
	default:
		p = pace{350 * MB, 450 * MB}
	}
	if d.Bridge != nil && d.Bridge.Megabits > 0 {
		const share = 0.6 // what is left after coding and protocol: 36 MB/s of USB 2
		link := float64(d.Bridge.Megabits) * MB / 8 * share
		p = pace{min(p.write, link), min(p.read, link)}
	}
	return p, true
}

// Estimate is about how long the plan takes on d, by the kind of disk alone: nothing was measured. It is false where the kind says
// nothing, and where the drive does not say how long its own erase takes.
func (p Plan) Estimate(d devices.Disk) (time.Duration, bool) {
	v, ok := paceOf(d)
	if !ok || d.Size <= 0 || p.Method != nil && p.Method.Estimate <= 0 {
		return 0, false
	}
	size, seconds := float64(d.Size), 0.0
	if p.Method != nil {
		markers := size / 20 // written once, read before and after
		seconds += p.Method.Estimate.Seconds() + markers/v.write + 2*markers/v.read
	}
	for _, pass := range p.Scheme.Passes {
		seconds += size / v.write
		switch {
		case !pass.Verify:
		case p.Verify == Full:
			seconds += size / v.read
		case p.Verify == Sample:
			seconds += size / (placeShare / placesPerSection) / v.read
		}
	}
	return time.Duration(seconds * float64(time.Second)), true
}
