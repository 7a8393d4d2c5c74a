package view_test

import (
	"bytes"
	"strings"
	"testing"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/view"
	"rasure/devices"
	"rasure/wipe/scheme"
)

// TestPrintSchemes holds that every scheme is listed with its source, and with a time only where a disk was named.
func TestPrintSchemes(t *testing.T) {
	print := func(d devices.Disk) string {
		var out bytes.Buffer
		view.PrintSchemes(&cli.Console{Out: &out}, d)
		return out.String()
	}
	all := len(scheme.All())
	none := print(devices.Disk{})
	if got := strings.Count(none, "\n  source "); got != all || strings.Contains(none, "\n  time ") {
		t.Errorf("%d of %d sources, without a disk:\n%s", got, all, none)
	}
	disk := print(devices.Disk{Medium: devices.Magnetic, Bus: devices.SATA, Size: 4e12})
	if got := strings.Count(disk, "\n  time "); got != all || !strings.Contains(disk, "clear-random       One random pass\n                   random+verify\n  time             about 14h48m") {
		t.Errorf("%d of %d times:\n%s", got, all, disk)
	}
	if p := view.Schemes(devices.Disk{Medium: devices.Magnetic, Size: 4e12}); len(p) != all || p[0].Estimate == 0 || p[0].Bytes != 8e12 {
		t.Errorf("%+v", p[0])
	}
}
