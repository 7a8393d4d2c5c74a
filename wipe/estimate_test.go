package wipe

import (
	"testing"
	"time"

	"rasure/devices"
)

// TestEstimate holds that the time follows size, passes, reading back, and the slower of disk and USB link.
func TestEstimate(t *testing.T) {
	t.Parallel()
	const TB = 1e12
	disk := devices.Disk{Medium: devices.Magnetic, Bus: devices.SATA, Size: 4 * TB}
	plan := func(scheme string, v VerifyMode) Plan {
		p, err := PlanFor(disk, PlanOptions{Scheme: scheme, Verify: v})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	hours := func(p Plan, d devices.Disk) float64 {
		e, ok := p.Estimate(d)
		if !ok {
			return -1
		}
		return float64(e) / float64(time.Hour)
	}
	once, thrice, unread := plan("clear-random", Full), plan("dod-3", Full), plan("clear-random", None)
	if h := hours(once, disk); h < 14 || h > 16 {
		t.Errorf("4 TB, one pass read back: %.1f hours", h)
	}
	if h := hours(unread, disk); h < 7 || h > 8 {
		t.Errorf("not read back: %.1f hours", h)
	}
	if h := hours(thrice, disk); h < 29 || h > 30 { // of three passes only the last is read back
		t.Errorf("three passes: %.1f hours", h)
	}
	slow := disk
	slow.Bridge = &devices.Bridge{Megabits: 480}
	if h := hours(once, slow); h < 55 || h > 70 {
		t.Errorf("behind USB 2: %.1f hours", h)
	}
	for name, d := range map[string]devices.Disk{"image": {Medium: devices.Image, Size: TB}, "virtio": {Bus: devices.Virtio, Size: TB}, "empty": {Medium: devices.Flash}} {
		if h := hours(once, d); h != -1 {
			t.Errorf("%s: %.1f hours", name, h)
		}
	}
	once.Method = &devices.Method{}
	if h := hours(once, disk); h != -1 {
		t.Errorf("a drive that does not say how long its own erase takes: %.1f hours", h)
	}
	once.Method.Estimate = 100 * time.Hour
	if h := hours(once, disk); h < 115 {
		t.Errorf("the drive's own erase of 100 hours: %.1f hours", h)
	}
}
