package firmware_test

import (
	"context"
	"strings"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
)

// The number on the label erases a drive that encrypts, and what nobody can show is that it did so from the first write on.
func TestPSIDRevert(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lie   devicetest.NVMeLie
		psid  devices.Secret
		phase devices.ErasePhase
		err   string
		left  bool
	}{
		"right":             {"", psid, devices.EraseDone, "", false},
		"wrong":             {"", psid[:31] + "X", devices.EraseLocked, "refused the PSID", true},
		"no PSID":           {"", "1234", devices.EraseLocked, "32 letters and digits", true},
		"nothing is erased": {devicetest.NVMeErasesNothing, psid, devices.EraseDone, "", true},
		"it stays locked":   {devicetest.NVMeKeepsOwner, psid, devices.EraseFailed, "", false},
	} {
		traits := nvmeTraits()
		traits.PSID = string(psid)
		n, target := nvmeDrive(t, traits, 1)
		m := method(t, target, devices.TCGPSIDRevert)
		if m.Level != devices.Clear || !m.Unusable.IsZero() || !m.Blocking {
			t.Errorf("%s: offered %+v", name, m)
		}
		n.Change(func(t *devicetest.NVMeTraits) { t.Lies = []devicetest.NVMeLie{c.lie} })
		err := target.Begin(context.Background(), m, c.psid)
		if (err == nil) != (c.err == "") || !strings.Contains(text(err), c.err) || strings.Contains(text(err), string(c.psid)) {
			t.Errorf("%s: Begin() = %v", name, err)
		}
		if s, err := target.State(context.Background(), m); err != nil || s.Phase != c.phase {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		if a, _ := leftOf(n.Space(1)); a != c.left {
			t.Errorf("%s: left %v", name, a)
		}
	}
}

const psid devices.Secret = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

// TestPSIDRevert_SCSI: a SATA and a SAS drive report that they are locked, by SECURITY PROTOCOL IN, and are freed.
func TestPSIDRevert_SCSI(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"SATA", "SAS", "SATA without it"} {
		machineName, disk := "desktop", "sdb"
		if name == "SAS" {
			machineName, disk = "storage", "sdc"
		}
		h := machine(t, machineName, "")
		d := find(t, h, disk)
		drive, opal := devicetest.Plug(t, h, disk), &devicetest.Opal{PSID: string(psid)}
		if name == "SAS" {
			devicetest.NewSAS(drive, d, devicetest.Honest)
		} else {
			devicetest.NewSATA(drive, d, devicetest.Honest).Trusted = name == "SATA"
		}
		devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) { return opal.Port(drive), nil })
		target, err := claim(h, d)
		if err != nil {
			t.Fatal(err)
		}
		defer target.Close()
		c, err := target.Capabilities(ctx)
		m := c.Revert()
		if name == "SATA without it" {
			if err != nil || m != nil {
				t.Errorf("a drive without trusted computing was asked: %+v, %v", m, err)
			}
			continue
		}
		if err != nil || m == nil || !m.Locked || m.Level != devices.Clear || !m.Unusable.IsZero() {
			t.Fatalf("%s: %+v, %v", name, c.Methods, err)
		}
		if err := target.Begin(ctx, *m, psid[:31]+"X"); err == nil {
			t.Errorf("%s: a wrong PSID was accepted", name)
		}
		if s, err := target.State(ctx, *m); err != nil || s.Phase != devices.EraseLocked {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		if err := target.Begin(ctx, *m, psid); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if s, err := target.State(ctx, *m); err != nil || s.Phase != devices.EraseDone {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		if c, err := target.Capabilities(ctx); err != nil || c.Revert() == nil || c.Revert().Locked {
			t.Errorf("%s: afterwards %+v, %v", name, c.Methods, err)
		}
	}
}
