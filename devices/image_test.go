package devices_test

import (
	"slices"
	"testing"
)

// TestImage looks at sticks of the boot image, known by the names of their partitions on a machine that runs from the image.
func TestImage(t *testing.T) {
	const image = "-- etc/rasure/image --\nrasure 0.1.0\n"
	partition := func(name string) string {
		return "-- sys/devices/pci0000:00/0000:00:1f.2/ata2/host1/target1:0:0/1:0:0:0/block/sdb/sdb1/uevent --\nMAJOR=8\nPARTN=1\nPARTNAME=" + name + "\n"
	}
	for name, c := range map[string]struct {
		more string
		want []string
	}{
		"boot stick":              {image + partition("RASURE-BOOT"), []string{"system: this machine runs from sdb: it holds rasure's boot image"}},
		"state stick":             {image + partition("RASURE-STATE"), []string{"system: this machine runs from sdb: it holds the state of a station"}},
		"another name":            {image + partition("RASURE-STATES"), []string{}},
		"no name":                 {image, []string{}},
		"started from another":    {partition("RASURE-STATE"), []string{}},
		"started from another, 2": {partition("RASURE-BOOT"), []string{}},
	} {
		if got := hazards(t, machine(t, "desktop", c.more), "sdb"); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
