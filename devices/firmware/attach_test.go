package firmware_test

import (
	"strings"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
)

// TestATARestore_Short: the host protected area of a drive without 48-bit commands is found and restored.
func TestATARestore_Short(t *testing.T) {
	t.Parallel()
	for _, adapter := range []devicetest.Adapter{devicetest.Libata, devicetest.SAS3008} {
		h := machine(t, "desktop", "-- sys/devices/pci0000:00/0000:00:1f.2/ata2/host1/target1:0:0/1:0:0:0/block/sdb/size --\n40000000\n")
		d := find(t, h, "sdb")
		sata := devicetest.NewSATA(devicetest.Plug(t, h, "sdb"), d, devicetest.Honest)
		sata.Short, sata.Adapter = true, adapter
		sata.Hide(1000, 0, false)
		was := sata.Bytes()
		target, err := claim(h, d)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range must(target.Methods(ctx)) {
			if m.ID != devices.ATASecurityErase && m.ID != devices.ATASecurityEraseEnhanced {
				t.Errorf("%s is offered", m.ID)
			}
		}
		carries := adapter == devicetest.Libata
		expectAreas(t, target, devices.HiddenArea{Kind: devices.HPA, Bytes: 1000 * 512, Restorable: carries}, devices.HiddenArea{Kind: devices.DCO})
		if err := target.Restore(ctx, devices.HiddenArea{Kind: devices.HPA}); (err == nil) != carries || (sata.Bytes() == was+1000*512) != carries {
			t.Errorf("%s: Restore() = %v, %d bytes", adapter, err, sata.Bytes())
		}
		if carries {
			expectAreas(t, target, devices.HiddenArea{Kind: devices.HPA}, devices.HiddenArea{Kind: devices.DCO})
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestMultiplied: behind a port multiplier no method is used during which the drive does not answer.
func TestMultiplied(t *testing.T) {
	t.Parallel()
	for _, multiplied := range []bool{false, true} {
		more := ""
		if multiplied {
			more = "-- sys/devices/pci0000:00/0000:00:1f.2/ata2/ --\nlink2/\nlink2.0/\nlink2.15/\n"
		}
		h := machine(t, "desktop", more)
		d := find(t, h, "sdb")
		devicetest.NewSATA(devicetest.Plug(t, h, "sdb"), d, devicetest.Honest)
		target, err := claim(h, d)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range must(target.Methods(ctx)) {
			if m.Unusable.IsZero() == (multiplied && m.Blocking) {
				t.Errorf("multiplied %v: %s: %q", multiplied, m.ID, m.Unusable)
			}
			if err := target.Begin(ctx, devices.Method{ID: m.ID, Blocking: m.Blocking}, devices.ATAPassword); multiplied && m.Blocking && (err == nil || !strings.Contains(err.Error(), "port multiplier")) {
				t.Errorf("Begin(%s) = %v", m.ID, err)
			}
		}
	}
}

// TestPollers: programs that ask drives are named, and nothing else is.
func TestPollers(t *testing.T) {
	t.Parallel()
	if got := machine(t, "desktop", "").Pollers(); !got.IsZero() {
		t.Errorf("%v", got)
	}
	h := machine(t, "desktop", "-- proc/812/comm --\nsmartd\n-- proc/900/comm --\nudisksd\n-- proc/901/comm --\nbash\n")
	if got := h.Pollers().String(); !strings.Contains(got, "smartd (812), udisksd (900)") || strings.Contains(got, "bash") {
		t.Errorf("%v", got)
	}
}
