package health_test

import (
	"slices"
	"testing"

	"rasure/devices"
	"rasure/devices/ata"
	"rasure/devices/devicetest"
	"rasure/devices/health"
)

// TestRead_ListedBridge: a USB bridge that the settings list is asked, and only what it was shown to carry.
func TestRead_ListedBridge(t *testing.T) {
	t.Parallel()
	const identify, smart, readLog, sanitize = 0xec, 0xb0, 0x2f, 0xb4
	for name, c := range map[string]struct {
		firmware string
		parts    []ata.Part
		want     string // verdict and codes
		sent     []uint8
	}{
		"all":             {"0209", ata.Parts, "good", []uint8{identify, sanitize, smart, readLog}},
		"other firmware":  {"0210", ata.Parts, "unknown not-asked", nil},
		"no registers":    {"0209", []ata.Part{ata.PartIdentify, ata.PartSMART, ata.PartLogs, ata.PartStatistics}, "good", []uint8{identify, smart, readLog}},
		"no statistics":   {"0209", []ata.Part{ata.PartIdentify, ata.PartSMART, ata.PartLogs}, "unknown not-asked", []uint8{identify, smart, readLog}},
		"no logs":         {"0209", []ata.Part{ata.PartIdentify, ata.PartSMART}, "unknown not-asked", []uint8{identify, smart}},
		"nothing but who": {"0209", []ata.Part{ata.PartIdentify}, "unknown not-asked not-asked not-asked", []uint8{identify}},
	} {
		h := machine(t, "laptop")
		h.Bridges = func() []devices.ListedBridge {
			return []devices.ListedBridge{{ID: "152d:0578", Firmware: c.firmware, Carries: c.parts}}
		}
		d := find(t, h, "sda")
		s := devicetest.NewSATA(devicetest.Plug(t, h, "sda"), d, devicetest.Honest)
		s.Adapter, s.Logs = devicetest.Bridge, true
		m := smartOf(t, "ata-wd30efrx")
		m.Errors = sum(append([]byte{1}, make([]byte, 511)...))
		s.SetSMART(m)
		r := health.Read(t.Context(), h, d)
		if got := codes(r); got != c.want {
			t.Errorf("%s: %s %v, want %s", name, got, r.Reasons, c.want)
		}
		sent := []uint8{}
		for _, op := range s.Sent() {
			if !slices.Contains(sent, op) {
				sent = append(sent, op)
			}
		}
		if !slices.Equal(sent, c.sent) {
			t.Errorf("%s: sent % x, want % x", name, sent, c.sent)
		}
	}
}

// TestRead_Dock: a drive behind a dock is not asked, because the one in another bay may answer.
func TestRead_Dock(t *testing.T) {
	t.Parallel()
	const unit = "sys/devices/pci0000:00/0000:00:14.0/usb1/1-4/1-4:1.0/host12/target12:0:0/12:0:0:"
	h := machine(t, "laptop")
	h.Bridges = func() []devices.ListedBridge {
		return []devices.ListedBridge{{ID: "152d:0578", Firmware: "0209", Carries: ata.Parts}}
	}
	f := h.Root.(*devicetest.Files)
	f.Remove(unit + "0/vpd_pg89")
	f.Write(unit+"1/type", "0\n")
	d := find(t, h, "sda")
	s := devicetest.NewSATA(devicetest.Plug(t, h, "sda"), d, devicetest.Honest)
	if r := health.Read(t.Context(), h, d); codes(r) != "unknown not-asked" || len(s.Sent()) > 0 {
		t.Errorf("%v, sent % x", r.Reasons, s.Sent())
	}
}
