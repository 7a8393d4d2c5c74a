package firmware_test

import (
	"context"
	"strings"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/scsi"
)

var scsiBlock = devices.Method{ID: devices.SCSISanitizeBlock}

// claimSAS claims the SAS disk of the storage server with a simulated drive behind it, and something broken before that.
func claimSAS(t *testing.T, lie devicetest.Lie, answers map[byte]scsi.Reply, data []byte) (*devices.Target, *devicetest.SAS) {
	t.Helper()
	h := machine(t, "storage", "")
	d := find(t, h, "sdc")
	drive := devicetest.Plug(t, h, "sdc")
	sas := devicetest.NewSAS(drive, d, lie)
	devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) {
		return brokenPort{drive.Open(), broken{sas, answers, data}}, nil
	})
	target, err := claim(h, d)
	if err != nil {
		t.Fatal(err)
	}
	return target, sas
}

// TestSCSISanitize: a sanitize is done only after our command, or if it was seen running.
func TestSCSISanitize(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	target, sas := claimSAS(t, devicetest.Honest, nil, nil)
	phase := func(want devices.ErasePhase, progress int) {
		t.Helper()
		if s, err := target.State(ctx, scsiBlock); err != nil || s.Phase != want || s.Progress != progress || len(s.Raw) != 18 {
			t.Errorf("State() = %+v, %v, want %s", s, err, want)
		}
	}
	phase(devices.EraseIdle, -1)
	if all, err := target.Methods(ctx); err != nil || len(all) != 3 || all[0].ID != devices.SCSISanitizeCrypto || all[0].Level != devices.Purge || !all[0].Unusable.IsZero() {
		t.Errorf("Methods() = %v, %v", all, err)
	}
	expectAreas(t, target, devices.HiddenArea{Kind: devices.SCSICapacity})
	sas.PowerCycle() // it owes a unit attention now, which Begin must hear out
	if err := target.Begin(ctx, scsiBlock, ""); err != nil {
		t.Fatal(err)
	}
	phase(devices.EraseRunning, 0x5555)
	if all, err := target.Methods(ctx); err != nil || all[0].Unusable.IsZero() {
		t.Errorf("a drive that sanitizes is offered another: %v, %v", all, err)
	}
	phase(devices.EraseDone, -1)
	if s, err := target.State(ctx, devices.Method{ID: devices.SCSISanitizeCrypto}); err != nil || s.Phase != devices.EraseDone {
		t.Errorf("State() = %+v, %v", s, err) // it was seen running, and a drive does not say what kind it was
	}
	if err := target.Begin(ctx, devices.Method{ID: devices.ATASanitizeBlock}, ""); err == nil {
		t.Error("a method of another command set was begun")
	}
}

// TestSCSISanitize_OtherSense: sense data about something else are unknown.
func TestSCSISanitize_OtherSense(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for in, want := range map[string]devices.ErasePhase{
		"70 00 02 00 00 00 00 0a 00 00 00 00 04 1b 00 80 40 00": devices.EraseRunning,
		"72 02 04 1b 00 00 00 08 02 06 00 00 80 40 00 00 00 00": devices.EraseRunning,
		"70 00 02 00 00 00 00 0a 00 00 00 00 04 1b 00 00 00 00": devices.EraseRunning, // without progress
		"70 00 03 00 00 00 00 0a 00 00 00 00 31 03 00 00 00 00": devices.EraseFailed,
		"72 03 31 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00": devices.EraseFailed,
		"70 00 02 00 00 00 00 0a 00 00 00 00 04 04 00 80 10 00": devices.EraseUnknown, // formatting
		"70 00 03 00 00 00 00 0a 00 00 00 00 31 00 00 00 00 00": devices.EraseUnknown, // medium format corrupted
		"70 00 04 00 00 00 00 0a 00 00 00 00 44 00 00 00 00 00": devices.EraseUnknown,
		"71 00 00 00 00 00 00 0a 00 00 00 00 00 00 00 00 00 00": devices.EraseUnknown, // of an earlier command
		"00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00": devices.EraseUnknown, // no sense data at all
		"70 00 02 00 00 00 00 0a 00 00 00 00 04 01 00 00 00 00": "",                   // becoming ready: ask again
		"70 00 00 00 00 00 00 0a 00 00 00 00 00 00 00 00 00 00": devices.EraseIdle,
		"70 00 00 00 00 00 00 0a 00 00 00 00 5e 01 00 00 00 00": devices.EraseIdle, // idle condition, by timer
	} {
		target, _ := claimSAS(t, devicetest.Honest, map[byte]scsi.Reply{0x03: {Residual: 252 - 18}}, sense(in))
		s, err := target.State(ctx, scsiBlock)
		if (err != nil) != (want == "") || s.Phase != want {
			t.Errorf("%s: %+v, %v, want %q", in, s, err, want)
		}
	}
}

// TestSCSISanitize_NotReady: a drive that is not ready afterwards is not done.
func TestSCSISanitize_NotReady(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	idle := sense("70 00 00 00 00 00 00 0a 00 00 00 00 00 00 00 00 00 00")
	for in, want := range map[string]devices.ErasePhase{
		"70 00 03 00 00 00 00 0a 00 00 00 00 31 03 00 00 00 00": devices.EraseFailed,
		"70 00 02 00 00 00 00 0a 00 00 00 00 04 1b 00 00 00 00": devices.EraseRunning,
		"70 00 02 00 00 00 00 0a 00 00 00 00 3a 00 00 00 00 00": devices.EraseUnknown,
		"": devices.EraseUnknown, // refused without sense data
	} {
		target, _ := claimSAS(t, devicetest.Honest, map[byte]scsi.Reply{0x03: {Residual: 252 - 18}, 0x00: {Status: 2, Sense: sense(in)}}, idle)
		if err := target.Begin(ctx, scsiBlock, ""); err != nil {
			t.Fatal(err)
		}
		if s, err := target.State(ctx, scsiBlock); err != nil || s.Phase != want {
			t.Errorf("%s: %+v, %v, want %s", in, s, err, want)
		}
	}
}

// TestSCSIRecover: a failed sanitize is left only where the drive allows it.
func TestSCSIRecover(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for lie, leaves := range map[devicetest.Lie]bool{devicetest.Fails: false, devicetest.FailsOpen: true} {
		target, sas := claimSAS(t, lie, nil, nil)
		if err := target.Begin(ctx, scsiBlock, ""); err != nil {
			t.Fatal(err)
		}
		sas.Finish()
		if s, err := target.State(ctx, scsiBlock); err != nil || s.Phase != devices.EraseFailed || !strings.Contains(s.Detail.String(), "3/31/03") {
			t.Errorf("%s: %+v, %v", lie, s, err)
		}
		if all, err := target.Methods(ctx); err != nil || len(all) != 3 || !all[0].Unusable.IsZero() {
			t.Errorf("%s: a drive that failed is not offered another sanitize: %v, %v", lie, all, err)
		}
		if err := target.Recover(ctx, scsiBlock, ""); (err == nil) != leaves {
			t.Errorf("%s: Recover() = %v", lie, err)
		}
	}
}

// TestSCSICapacity: blocks that a MODE SELECT took away are found where the drive reports how many it has by default, and restored.
func TestSCSICapacity(t *testing.T) {
	t.Parallel()
	const block, lowered = 512, 1000
	for _, c := range []struct {
		modes devicetest.Modes
		want  devices.HiddenArea
		err   string // part of the error of Restore
	}{
		{devicetest.ModesDefault, devices.HiddenArea{Bytes: lowered * block, Restorable: true}, ""},
		{devicetest.ModesShort, devices.HiddenArea{Bytes: -1}, "no restorable"}, // it has more blocks than fit
		{devicetest.ModesIgnored, devices.HiddenArea{Bytes: lowered * block, Restorable: true}, "as before"},
		{devicetest.ModesRepeat, devices.HiddenArea{}, "no restorable"},
		{devicetest.ModesNoBlock, devices.HiddenArea{Bytes: -1}, "no restorable"},
		{devicetest.ModesNone, devices.HiddenArea{Bytes: -1}, "no restorable"},
	} {
		target, sas := claimSAS(t, devicetest.Honest, nil, nil)
		sas.Modes = c.modes
		sas.Lower(lowered)
		c.want.Kind = devices.SCSICapacity
		expectAreas(t, target, c.want)
		err := target.Restore(ctx, devices.HiddenArea{Kind: devices.SCSICapacity})
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: Restore() = %v", c.modes, err)
		}
		if c.err == "" {
			expectAreas(t, target, devices.HiddenArea{Kind: devices.SCSICapacity})
		}
	}
}
