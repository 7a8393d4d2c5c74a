package firmware_test

import (
	"context"
	"errors"
	"slices"
	"testing"

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
