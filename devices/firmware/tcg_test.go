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
