package firmware_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/devicetest"
)

var ctx = context.Background()

// TestSecurityErase_LostAnswer: a password whose answer was lost does not stay set.
func TestSecurityErase_LostAnswer(t *testing.T) {
	t.Parallel()
	m := devices.Method{ID: devices.ATASecurityErase}
	for _, loses := range []uint8{0xf1, 0xf4, 0xf6} {
		target, sata := claimSATA(t, "sdb", devicetest.LosesAnswer, func(s *devicetest.SATA) { s.Loses = loses })
		if loses == 0xf6 {
			sata.Lie = devicetest.Fails // F4 fails, and the answer of the F6 that follows is lost
			before := devices.Secret("rasure")
			if err := target.Begin(ctx, m, before); err == nil {
				t.Error("a failed erase was taken")
			}
			sata.Lie = devicetest.LosesAnswer
			if err := target.Recover(ctx, m, before); err != nil {
				t.Errorf("Recover() = %v", err)
			}
		} else if err := target.Begin(ctx, m, devices.ATAPassword); err == nil {
			t.Errorf("%02xh: no error", loses)
		}
		if enabled, locked := sata.Password(); enabled || locked {
			t.Errorf("%02xh: the password stays: set %v, locked %v", loses, enabled, locked)
		}
	}
}

// TestUnlock_Lost: whether UNLOCK and DISABLE PASSWORD succeeded is decided by IDENTIFY DEVICE, not by their answers.
func TestUnlock_Lost(t *testing.T) {
	t.Parallel()
	m := devices.Method{ID: devices.ATASecurityErase}
	for _, loses := range []uint8{0xf2, 0xf6} {
		target, sata := claimSATA(t, "sdb", devicetest.ResetMidway, func(s *devicetest.SATA) { s.Loses = loses })
		if err := target.Begin(ctx, m, devices.ATAPassword); err == nil {
			t.Fatal("an erase that was cut off was taken")
		}
		sata.Lie = devicetest.LosesAnswer
		if err := target.Recover(ctx, m, devices.ATAPassword); err != nil {
			t.Errorf("%02xh: Recover() = %v", loses, err)
		}
		if enabled, locked := sata.Password(); enabled || locked {
			t.Errorf("%02xh: the password stays", loses)
		}
	}
}

// TestUnlock_EraseOnly: a drive that was cut off in its erase and accepts no UNLOCK is freed by another erase.
func TestUnlock_EraseOnly(t *testing.T) {
	t.Parallel()
	m := devices.Method{ID: devices.ATASecurityErase}
	target, sata := claimSATA(t, "sdb", devicetest.RefusesUnlock, nil)
	if err := target.Begin(ctx, m, devices.ATAPassword); err == nil {
		t.Fatal("an erase that was cut off was taken")
	}
	if err := target.Recover(ctx, m, devices.ATAPassword); err != nil {
		t.Errorf("Recover() = %v", err)
	}
	if enabled, locked := sata.Password(); enabled || locked {
		t.Error("the password stays")
	}
	if s, err := target.State(ctx, m); err != nil || s.Phase != devices.EraseIdle {
		t.Errorf("State() = %+v, %v: freeing a drive is not its erase", s, err)
	}
	// Another's password: one UNLOCK, and one erase that is refused too.
	target, sata = claimSATA(t, "sdb", devicetest.LockedByOther, nil)
	if err := target.Recover(ctx, m, devices.ATAPassword); err == nil {
		t.Error("a drive was unlocked with a wrong password")
	}
	if n := len(slices.DeleteFunc(sata.Sent(), func(c uint8) bool { return c != 0xf2 && c != 0xf4 })); n > 3 {
		t.Errorf("a wrong password was tried %d times", n)
	}
}

// TestCheck_Away: a controller or link that is passing through a state is lost for now, and said so.
func TestCheck_Away(t *testing.T) {
	t.Parallel()
	for state, away := range map[string]bool{"resetting": true, "connecting": true, "deleting": false, "dead": false} {
		h := machine(t, "laboratory", "")
		d := find(t, h, "nvme0n1")
		devicetest.Plug(t, h, "nvme0n1")
		target, err := h.Claim(ctx, d, devices.ClaimOptions{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { target.Close() })
		h.Root.(*devicetest.Files).Write("sys/devices/pci0000:00/0000:00:01.0/nvme/nvme0/state", state+"\n")
		if err := target.Check(); !errors.Is(err, devices.ErrLost) || errors.Is(err, devices.ErrAway) != away {
			t.Errorf("%s: %v", state, err)
		}
	}
}

// TestCheck_Removed: a namespace that the kernel removed differs from a drive that is gone.
func TestCheck_Removed(t *testing.T) {
	t.Parallel()
	const controller = "sys/devices/pci0000:00/0000:00:01.0/nvme/nvme0"
	for _, gone := range []bool{false, true} {
		h := machine(t, "laboratory", "")
		d := find(t, h, "nvme0n1")
		drive := devicetest.Plug(t, h, "nvme0n1")
		target, err := h.Claim(ctx, d, devices.ClaimOptions{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { target.Close() })
		drive.SetState(devices.State{Number: d.Number, Seq: d.Seq})
		if gone {
			h.Root.(*devicetest.Files).Remove(controller)
		}
		if err := target.Check(); !errors.Is(err, devices.ErrLost) || errors.Is(err, devices.ErrRemoved) == gone {
			t.Errorf("gone %v: %v", gone, err)
		}
	}
}

// TestAdapters: what an adapter cannot carry is said before anything is erased, and what can be cured is.
func TestAdapters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		adapter  devicetest.Adapter
		sanitize string // part of why a sanitize is unusable; "" if it is not
		max      string // part of why the host protected area is not restored
		selects  int    // how often the claimed adapter's mode was changed
	}{
		{devicetest.Libata, "", "", 0},
		{devicetest.Libata61, "", "", 0},
		{devicetest.SAS3008, "count", "count", 0},
		{devicetest.H355, "does not return", "no restorable", 0},
		{devicetest.PMC, "does not return", "no restorable", 0},
		{devicetest.Smartpqi, "", "no restorable", 1},
		{devicetest.Deaf, "", "no restorable", 0},
	} {
		hide := func(s *devicetest.SATA) { s.Adapter = c.adapter; s.Hide(1000, 0, false) }
		target, sata := claimSATA(t, "sdb", devicetest.Honest, hide)
		all, err := target.Methods(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			if _, isSanitize := map[devices.MethodID]bool{devices.ATASanitizeCrypto: true, devices.ATASanitizeBlock: true, devices.ATASanitizeOverwrite: true}[m.ID]; !isSanitize {
				continue
			}
			why := m.Unusable.String()
			if (why == "") != (c.sanitize == "") || !strings.Contains(why, c.sanitize) {
				t.Errorf("%s: %s is unusable because %q, want %q", c.adapter, m.ID, why, c.sanitize)
			}
			m.Unusable = message.Text{} // a caller that has the method from elsewhere
			if err := target.Begin(ctx, m, ""); (err == nil) != (c.sanitize == "") {
				t.Errorf("%s: Begin(%s) = %v", c.adapter, m.ID, err)
			}
			break
		}
		if n := sata.Selects(); n != c.selects {
			t.Errorf("%s: the mode was changed %d times", c.adapter, n)
		}
		target, sata = claimSATA(t, "sdb", devicetest.Honest, hide)
		was := sata.Bytes()
		err = target.Restore(ctx, devices.HiddenArea{Kind: devices.HPA})
		if (err == nil) != (c.max == "") || err != nil && (!strings.Contains(err.Error(), c.max) || sata.Bytes() != was) {
			t.Errorf("%s: Restore() = %v, want %q", c.adapter, err, c.max)
		}
	}
}

// TestAdapters_Unclaimed: a drive that nobody claimed is asked, and nothing of its adapter is changed.
func TestAdapters_Unclaimed(t *testing.T) {
	t.Parallel()
	for _, adapter := range []devicetest.Adapter{devicetest.Smartpqi, devicetest.Deaf} {
		h := machine(t, "desktop", "")
		d := find(t, h, "sdb")
		sata := devicetest.NewSATA(devicetest.Plug(t, h, "sdb"), d, devicetest.Honest)
		sata.Adapter = adapter
		c, err := h.Capabilities(ctx, d)
		if err != nil || !c.Methods[0].Unusable.IsZero() || sata.Selects() != 0 {
			t.Errorf("%s: %+v, %v, mode changed %d times", adapter, c.Methods, err, sata.Selects())
		}
	}
}

// TestSAS3008_Sixteen: behind an adapter that zeroes the count, no overwrite is sent that the drive would take for sixteen.
func TestSAS3008_Sixteen(t *testing.T) {
	t.Parallel()
	target, sata := claimSATA(t, "sdb", devicetest.ZeroCount, nil)
	if err := target.Begin(ctx, devices.Method{ID: devices.ATASanitizeOverwrite}, ""); err == nil || !slices.Equal(sata.Sent(), []uint8{0xb4, 0x00}) { // its status, and the trial
		t.Errorf("Begin() = %v, sent % x", err, sata.Sent())
	}
}

// TestHidden_Off: a host protected area feature that is switched off is not called frozen.
func TestHidden_Off(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "")
	d := find(t, h, "sdb")
	sata := devicetest.NewSATA(devicetest.Plug(t, h, "sdb"), d, devicetest.Honest)
	sata.MaxOff = true
	c, err := h.Capabilities(ctx, d)
	if err != nil || c.Hidden[0].Bytes != -1 || !strings.Contains(c.Hidden[0].Detail.String(), "switched off") {
		t.Errorf("%+v, %v", c.Hidden, err)
	}
}
