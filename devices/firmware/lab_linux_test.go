package firmware_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/firmware"
)

// What QEMU's NVMe disks offer is asked of them and carried out through the claim, over one way and over two: a format, and
// nothing that purges.
func TestLaboratoryNVMeFormat(t *testing.T) {
	laboratory(t)
	h := firmware.Live()
	disks, err := h.Disks()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, d := range disks {
		if d.Bus != devices.NVMe {
			continue
		}
		n++
		t.Run(d.Serial, func(t *testing.T) {
			target, err := claim(h, d)
			if err != nil {
				t.Fatal(err)
			}
			defer target.Close()
			ctx := context.Background()
			all, err := target.Methods(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range all {
				t.Logf("%s %s %q", m.ID, m.Level, m.Unusable)
				if usable := m.ID == devices.NVMeFormatUser; (m.Unusable.IsZero()) != usable || m.Level == devices.Purge && usable {
					t.Errorf("%s can be used: %v, for %s", m.ID, m.Unusable.IsZero(), m.Level)
				}
			}
			hidden, err := target.Hidden(ctx)
			t.Logf("hidden: %+v, %v", hidden, err)
			if _, err := target.WriteAt(devicetest.Aligned(4096, 0x55), d.Size-4096); err != nil {
				t.Fatal(err)
			}
			if err := target.Sync(); err != nil {
				t.Fatal(err)
			}
			s, err := erased(t, target, method(t, target, devices.NVMeFormatUser))
			if err != nil || s.Phase != devices.EraseDone {
				t.Fatalf("%+v, %v", s, err)
			}
			if err := target.DropCache(); err != nil {
				t.Fatal(err)
			}
			got := devicetest.Aligned(4096, 0xff)
			if _, err := target.ReadAt(got, d.Size-4096); err != nil || strings.Trim(string(got), "\x00") != "" {
				t.Errorf("the last block is not erased: %v", err)
			}
			if err := target.Check(); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
	if n != 2 {
		t.Errorf("%d NVMe disks", n)
	}
}

// An SD card takes MMC commands and gets none: it knows no purge.
func TestLaboratorySDCard(t *testing.T) {
	laboratory(t)
	h := firmware.Live()
	disks, err := h.Disks()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range disks {
		if d.Bus != devices.SD {
			continue
		}
		target, err := claim(h, d)
		if err != nil {
			t.Fatal(err)
		}
		defer target.Close()
		all, err := target.Methods(context.Background())
		if !errors.Is(err, devices.ErrNoFirmware) {
			t.Errorf("%v, %v", all, err)
		}
		t.Log(err)
		return
	}
	t.Error("there is no SD card")
}
