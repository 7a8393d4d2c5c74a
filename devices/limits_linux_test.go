package devices_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
)

// TestLimits runs out of descriptors and memory at every kind of look: it must be named, and never be taken for a disk that is gone or has
// no hazard.
func TestLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err   error
		words string
	}{
		{syscall.EMFILE, "rasure may not open enough files"},
		{syscall.ENFILE, "too many files open"},
		{syscall.ENOMEM, "too little memory"},
	} {
		for _, file := range []string{"block/sdb/size", "block/sdb/ro", "block/sdb/holders", "device/state", "1:0:0:0/vpd_pg80", "proc/swaps", "proc/1/mountinfo", "proc/1/fd", "sys/block"} {
			h := machine(t, "desktop", "")
			d := find(t, h, "sdb")
			plug(t, h, "sdb", attributes(t, h, satadir), nil)
			target, err := claim(h, d)
			if err != nil {
				t.Fatal(err)
			}
			h.Root = scarce{h.Root.(*devicetest.Files), file, c.err}
			looks := map[string]error{}
			_, looks["Disks"] = h.Disks()
			_, looks["Hazards"] = h.Hazards(d)
			_, looks["Claim"] = claim(h, d)
			_, looks["Find"] = h.Find("WD-WMAM9XE78956")
			looks["Check"] = target.Check()
			seen := 0
			for look, err := range looks {
				if err == nil {
					continue
				}
				seen++
				var limit *devices.LimitError
				if !errors.As(err, &limit) || devices.Lost(err) || !strings.Contains(err.Error(), c.words) {
					t.Errorf("%s, %v: %s: %v", file, c.err, look, err)
				}
			}
			if looks["Hazards"] == nil || looks["Claim"] == nil || seen < 2 {
				t.Errorf("%s, %v: %v", file, c.err, looks)
			}
		}
	}
	h := machine(t, "desktop", "")
	devicetest.Attach(h, "/dev/sdb", func(bool) (devices.Port, error) { return nil, syscall.EMFILE })
	var limit *devices.LimitError
	if _, err := claim(h, find(t, h, "sdb")); !errors.As(err, &limit) {
		t.Errorf("opening: %v", err)
	}
}
