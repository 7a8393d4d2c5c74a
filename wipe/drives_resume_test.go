package wipe_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/wipe"
)

// leave runs a job until the drive has the command, and drops it there as a killed process does. It returns the record that
// was made before.
func (s *simulated) leave(id devices.MethodID, sent func() bool) *wipe.State {
	s.Helper()
	var text []byte
	ctx, stop := stopWhenSent(sent)
	defer stop()
	r, err := s.purge(ctx, id, wipe.RunOptions{SaveStateSync: func(st wipe.State) error {
		text, _ = json.Marshal(st)
		return nil
	}})
	if r.Outcome != wipe.Interrupted {
		s.Fatalf("%s, %v", verdict(r), err)
	}
	var st wipe.State
	if err := json.Unmarshal(text, &st); err != nil {
		s.Fatal(err)
	}
	s.Close()
	s.claim() // another process: it knows nothing but the record
	return &st
}

// goOn resumes from a record.
func (s *simulated) goOn(st *wipe.State) (wipe.Report, error) {
	o := wipe.RunOptions{Resume: st, ErrorBudget: time.Second}
	return wipe.Run(context.Background(), s.Target, st.Report.Plan, purging(o))
}

func TestResumeATASanitize(t *testing.T) {
	t.Parallel()
	s, sata := newSATA(t, devicetest.Stuck) // it does not end before the test ends it
	st := s.leave(devices.ATASanitizeBlock, func() bool { return sanitizes(sata) > 3 })
	sata.Lie = devicetest.Honest
	sata.PowerCycle()
	r, err := s.goOn(st)
	if verdict(r) != "verified" || r.Firmware.Tries != 1 {
		t.Errorf("%s, %v, sent %d times", verdict(r), err, r.Firmware.Tries)
	}
}

func sanitizes(s *devicetest.SATA) (n int) {
	for _, command := range s.Sent() {
		if command == 0xb4 {
			n++
		}
	}
	return n
}

func TestResumeSCSISanitize(t *testing.T) {
	t.Parallel()
	s, sas := newSAS(t, devicetest.Stuck)
	st := s.leave(devices.SCSISanitizeBlock, func() bool { return len(sas.Sent()) > 0 })
	sas.Lie = devicetest.Honest
	sas.PowerCycle()
	if r, err := s.goOn(st); verdict(r) != "verified" || len(sas.Sent()) != 1 {
		t.Errorf("%s, %v, sent % x", verdict(r), err, sas.Sent())
	}

	// A drive that has finished meanwhile keeps no record of it, so the command is sent again.
	s, sas = newSAS(t, devicetest.Stuck)
	st = s.leave(devices.SCSISanitizeBlock, func() bool { return len(sas.Sent()) > 0 })
	sas.Lie = devicetest.Honest
	sas.Finish()
	if r, err := s.goOn(st); verdict(r) != "verified" || len(sas.Sent()) != 2 {
		t.Errorf("ended meanwhile: %s, %v, sent % x", verdict(r), err, sas.Sent())
	}
}

// cycleWhenGone gives a drive its power back when it has lost it. A timer once gave it back before, on a busy machine, and the drive stayed
// away for ever.
func cycleWhenGone(t *testing.T, d interface {
	Gone() bool
	PowerCycle()
}) {
	ctx := t.Context()
	go func() {
		for !d.Gone() && ctx.Err() == nil {
			time.Sleep(5 * time.Millisecond)
		}
		d.PowerCycle()
	}()
}

func TestResumePowerLoss(t *testing.T) {
	t.Parallel()
	s, sata := newSATA(t, devicetest.PowerLoss)
	cycleWhenGone(t, sata)
	if r, err := s.purge(context.Background(), devices.ATASanitizeBlock, wipe.RunOptions{}); verdict(r) != "verified" {
		t.Errorf("SATA: %s, %v", verdict(r), err)
	}
	s, sas := newSAS(t, devicetest.PowerLoss)
	cycleWhenGone(t, sas)
	if r, err := s.purge(context.Background(), devices.SCSISanitizeBlock, wipe.RunOptions{}); verdict(r) != "verified" {
		t.Errorf("SAS: %s, %v", verdict(r), err)
	}
}

// A security erase that is cut off leaves the drive locked with the password of rasure: the next process unlocks it and starts again.
func TestResumeLocked(t *testing.T) {
	t.Parallel()
	s, sata := newSATA(t, devicetest.PowerLoss)
	var text []byte
	ctx, stop := stopWhenSent(func() bool { n := sata.Sent(); return len(n) > 0 && n[len(n)-1] == 0xf4 })
	defer stop()
	r, err := s.purge(ctx, devices.ATASecurityEraseEnhanced, wipe.RunOptions{SaveStateSync: func(st wipe.State) error {
		text, _ = json.Marshal(st)
		return nil
	}})
	if r.Outcome != wipe.Interrupted {
		t.Fatalf("%s, %v", verdict(r), err)
	}
	var st wipe.State
	if err := json.Unmarshal(text, &st); err != nil {
		t.Fatal(err)
	}
	if st.Secret != devices.ATAPassword {
		t.Errorf("the record has not the password")
	}
	sata.PowerCycle()
	s.Close()
	s.claim()
	if e, err := s.State(context.Background(), st.Report.Firmware.Method); err != nil || e.Phase != devices.EraseLocked {
		t.Fatalf("%+v, %v", e, err)
	}
	if r, err = s.goOn(&st); verdict(r) != "verified" || r.Firmware.Tries != 2 {
		t.Errorf("%s, %v", verdict(r), err)
	}
}

func TestFailedEraseUnlocks(t *testing.T) {
	t.Parallel()
	for _, lie := range []devicetest.Lie{devicetest.Fails, devicetest.ResetMidway, devicetest.StillLocked, devicetest.StaleIdentify} {
		s, sata := newSATA(t, lie)
		r, _ := s.purge(context.Background(), devices.ATASecurityEraseEnhanced, wipe.RunOptions{})
		if r.Outcome != wipe.Failed {
			t.Errorf("%s: %s", lie, verdict(r))
		}
		if enabled, locked := sata.Password(); enabled || locked {
			t.Errorf("%s: a password is set (%v), the drive is locked (%v)", lie, enabled, locked)
		}
	}
}

func TestBridgeHangs(t *testing.T) {
	t.Parallel()
	s, sata := newSATA(t, devicetest.Hangs)
	if _, err := s.Methods(context.Background()); err == nil || errors.Is(err, devices.ErrNoFirmware) {
		t.Errorf("Methods() = %v", err)
	}
	if len(sata.Sent()) != 0 {
		t.Errorf("the drive got % x", sata.Sent())
	}
}

func TestHiddenAreasATA(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, sata := newSATA(t, devicetest.Honest)
	sata.Hide(1000, 500, false)
	s.drive.Poke([]byte("secret"), s.disk.Size+600*512)
	all, _ := s.Methods(ctx)
	areas, err := s.Hidden(ctx)
	if err != nil || len(areas) != 2 || areas[0].Bytes != 1000*512 || areas[1].Bytes != 500*512 {
		t.Fatalf("%+v, %v", areas, err)
	}
	offer := &devices.Capabilities{Methods: all, Hidden: areas}
	for _, c := range []struct {
		level wipe.Level
		want  string
		left  bool
	}{{wipe.Clear, "completed-with-exceptions hidden-area-not-erased hidden-area-not-erased", true}, {wipe.Purge, "verified", false}} {
		p, err := wipe.PlanFor(s.disk, wipe.PlanOptions{Level: c.level, Offer: offer})
		if err != nil {
			t.Fatal(err)
		}
		r, err := wipe.Run(ctx, s.Target, p, purging(wipe.RunOptions{}))
		if verdict(r) != c.want {
			t.Errorf("%s: %s, %v", c.level, verdict(r), err)
		}
		got := make([]byte, 6)
		if s.drive.Peek(got, s.disk.Size+600*512); (string(got) == "secret") != c.left {
			t.Errorf("%s: the hidden area holds %q", c.level, got)
		}
	}
}
