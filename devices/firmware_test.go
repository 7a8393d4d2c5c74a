package devices_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/devicetest"
)

// TestTargetFirmware: a claimed disk has the driver of its firmware.
func TestTargetFirmware(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "")
	drive := devicetest.Plug(t, h, "sdb")
	m := devices.Method{ID: devices.ATASanitizeBlock, Level: devices.Purge}
	drive.SetFirmware(&devicetest.Firmware{Offers: []devices.Method{m}, Steps: 1})
	drive.Poke([]byte("secret"), 0)
	target, err := claim(h, find(t, h, "sdb"))
	if err != nil {
		t.Fatal(err)
	}

	ctx := context.Background()
	if all, err := target.Methods(ctx); err != nil || len(all) != 1 || all[0].ID != m.ID {
		t.Fatalf("Methods() = %v, %v", all, err)
	}
	if err := target.Begin(ctx, devices.Method{ID: m.ID, Unusable: message.Of("frozen")}, ""); err == nil {
		t.Error("a method that cannot be used was begun")
	}
	if err := target.Begin(ctx, m, ""); err != nil {
		t.Fatal(err)
	}
	for _, want := range []devices.ErasePhase{devices.EraseRunning, devices.EraseDone} {
		if s, err := target.State(ctx, m); err != nil || s.Phase != want {
			t.Errorf("State() = %v, %v, want %s", s, err, want)
		}
	}
	got := make([]byte, 6)
	if drive.Peek(got, 0); string(got) == "secret" {
		t.Error("nothing was erased")
	}
}

// TestTargetFirmware_None: a disk without firmware has the reason.
func TestTargetFirmware_None(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "")
	devicetest.Plug(t, h, "sdb")
	target, err := claim(h, find(t, h, "sdb"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := target.Methods(context.Background()); !errors.Is(err, devices.ErrNoFirmware) {
		t.Errorf("Methods() = %v", err)
	}
	if _, err := target.Hidden(context.Background()); !errors.Is(err, devices.ErrNoFirmware) {
		t.Errorf("Hidden() = %v", err)
	}
}

// TestLevelOf: no method claims more than it reaches.
func TestLevelOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id   devices.MethodID
		on   devices.Medium
		want devices.Level
	}{
		{devices.ATASanitizeBlock, devices.Flash, devices.Purge},
		{devices.ATASecurityEraseEnhanced, devices.Magnetic, devices.Purge},
		{devices.ATASecurityEraseEnhanced, devices.Flash, devices.Clear},
		{devices.ATASecurityEraseEnhanced, devices.MediumUnknown, devices.Clear},
		{devices.ATASecurityErase, devices.Magnetic, devices.Clear},
		{devices.NVMeFormatUser, devices.Flash, devices.Clear},
		{devices.NVMeFormatCrypto, devices.Flash, devices.Clear},
		{devices.NVMeSanitizeCrypto, devices.Flash, devices.Purge},
		{devices.TCGPSIDRevert, devices.Flash, devices.Clear},
		{"made-up", devices.Magnetic, devices.Clear},
	} {
		if got := devices.LevelOf(c.id, c.on); got != c.want {
			t.Errorf("LevelOf(%s, %s) = %s, want %s", c.id, c.on, got, c.want)
		}
	}
	if devices.ATASecurityErase.Covers(devices.HPA) || !devices.ATASanitizeCrypto.Covers(devices.HPA) || devices.MMCEraseSanitize.Covers(devices.MMCRPMB) {
		t.Error("hidden areas are taken for erased that are not, or the other way round")
	}
}

// TestSecret: a secret is not printed.
func TestSecret(t *testing.T) {
	t.Parallel()
	if s := fmt.Sprintf("%s %v %+v %#v %q", devices.ATAPassword, devices.ATAPassword, devices.ATAPassword, devices.ATAPassword,
		devices.ATAPassword); s != `(secret) (secret) (secret) (secret) "(secret)"` {
		t.Error(s)
	}
}
