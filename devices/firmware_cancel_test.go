package devices_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices"
	"rasure/devices/devicetest"
)

// silentDrive is a driver whose drive does not answer. Like SG_IO it ignores ctx.
type silentDrive struct{ released chan struct{} }

func (d *silentDrive) wait() { <-d.released }

func (d *silentDrive) Methods(context.Context) ([]devices.Method, error) { d.wait(); return nil, nil }
func (d *silentDrive) Hidden(context.Context) ([]devices.HiddenArea, error) {
	d.wait()
	return nil, nil
}
func (d *silentDrive) Restore(context.Context, devices.HiddenArea) error { d.wait(); return nil }
func (d *silentDrive) Begin(context.Context, devices.Method, devices.Secret) error {
	d.wait()
	return nil
}
func (d *silentDrive) Recover(context.Context, devices.Method, devices.Secret) error {
	d.wait()
	return nil
}
func (d *silentDrive) State(context.Context, devices.Method) (devices.EraseState, error) {
	d.wait()
	return devices.EraseState{}, nil
}

// TestTargetFirmware_Cancel asks a drive that does not answer, and cancels.
func TestTargetFirmware_Cancel(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "")
	devicetest.Plug(t, h, "sdb")
	drive := &silentDrive{}
	h.Firmware = func(devices.Handle) (devices.Firmware, error) { return drive, nil }
	target, err := claim(h, find(t, h, "sdb"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		call  func(ctx context.Context) error
		limit time.Duration
	}{
		"Methods":      {func(ctx context.Context) error { _, err := target.Methods(ctx); return err }, 0},
		"Hidden":       {func(ctx context.Context) error { _, err := target.Hidden(ctx); return err }, 0},
		"State":        {func(ctx context.Context) error { _, err := target.State(ctx, devices.Method{}); return err }, 0},
		"Capabilities": {func(ctx context.Context) error { _, err := target.Capabilities(ctx); return err }, 0},
		"Recover":      {func(ctx context.Context) error { return target.Recover(ctx, devices.Method{}, "") }, 5 * time.Second},
		"Restore":      {func(ctx context.Context) error { return target.Restore(ctx, devices.HiddenArea{}) }, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive.released = make(chan struct{})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				began := time.Now()
				go func() { // a drive that never answers would also hang the test
					time.Sleep(time.Hour)
					close(drive.released)
				}()
				err := c.call(ctx)
				if took := time.Since(began); took != time.Minute+c.limit || err == nil || errors.Is(err, devices.ErrNoFirmware) {
					t.Errorf("returned %v after %v", err, took)
				}
				time.Sleep(2 * time.Hour)
			})
		})
	}
}

// TestRecover_Cancelled unlocks a drive although ctx has already ended: it must not stay locked.
func TestRecover_Cancelled(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "")
	drive := devicetest.Plug(t, h, "sdb")
	m := devices.Method{ID: devices.ATASecurityErase, Level: devices.Clear, Blocking: true}
	drive.SetFirmware(&devicetest.Firmware{Offers: []devices.Method{m}, Lie: devicetest.ResetMidway})
	target, err := claim(h, find(t, h, "sdb"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := target.Begin(ctx, m, devices.ATAPassword); err == nil {
		t.Fatal("the reset was not reported")
	}
	cancel()
	if err := target.Recover(ctx, m, devices.ATAPassword); err != nil {
		t.Errorf("Recover() = %v", err)
	}
	if s, err := target.State(t.Context(), m); err != nil || s.Phase != devices.EraseIdle {
		t.Errorf("afterwards: %v, %v", s, err)
	}
}
