package wipe_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/wipe"
)

const psid devices.Secret = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

// lockedSATA is a SATA drive whose owner has locked it.
func lockedSATA(t *testing.T) (*simulated, *devicetest.Opal, *devices.Capabilities) {
	t.Helper()
	opal := &devicetest.Opal{PSID: string(psid)}
	s := newSimulated(t, "sda", func(d *devicetest.Drive, disk devices.Disk) {
		devicetest.NewSATA(d, disk, devicetest.Honest).Trusted = true
	})
	s.Close()
	devicetest.Attach(s.host, s.disk.Path, func(bool) (devices.Port, error) { return opal.Port(s.drive), nil })
	s.claim()
	c, err := s.Capabilities(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return s, opal, &c
}

// TestFree: a locked drive is erased only if its PSID is given, and then as if it had never been locked.
func TestFree(t *testing.T) {
	t.Parallel()
	for _, level := range []wipe.Level{wipe.Clear, wipe.Purge} {
		s, opal, offer := lockedSATA(t)
		o := wipe.PlanOptions{Level: level, Offer: offer}
		var locked *wipe.LockedError
		if _, err := wipe.PlanFor(s.disk, o); !errors.As(err, &locked) {
			t.Errorf("%s: a plan for a locked drive: %v", level, err)
		}
		o.PSID = true
		p, err := wipe.PlanFor(s.disk, o)
		if err != nil || p.Method != nil && p.Method.ID == devices.TCGPSIDRevert || p.Warnings[0].IsZero() {
			t.Fatalf("%s: %+v, %v", level, p, err)
		}
		r, err := wipe.Run(context.Background(), s.Target, p, purging(wipe.RunOptions{PSID: psid}))
		if err != nil || verdict(r) != "verified freed-by-psid" || opal.Tries() != 1 || r.Plan.Level != level {
			t.Errorf("%s: %s, %v, %d tries", level, verdict(r), err, opal.Tries())
		}
	}
}

// TestFree_Mistyped: a PSID that the drive refuses, or that is missing, leaves a job that can be resumed with the right one. The drive is not
// reverted twice, and no state has the PSID.
func TestFree_Mistyped(t *testing.T) {
	t.Parallel()
	s, opal, offer := lockedSATA(t)
	p, err := wipe.PlanFor(s.disk, wipe.PlanOptions{Offer: offer, PSID: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []devices.Secret{"", psid[1:] + "X"} {
		r, err := wipe.Run(context.Background(), s.Target, p, purging(wipe.RunOptions{PSID: wrong}))
		if verdict(r) != "interrupted interrupted" || len(r.Passes) > 0 {
			t.Errorf("%q: %s, %v", string(wrong), verdict(r), err)
		}
	}
	var kept []byte
	ctx, stop := context.WithCancel(context.Background())
	o := wipe.RunOptions{PSID: psid, SaveStateSync: func(st wipe.State) error {
		kept, err = json.Marshal(st)
		stop() // directly after the revert
		return err
	}}
	if r, err := wipe.Run(ctx, s.Target, p, purging(o)); r.Outcome != wipe.Interrupted {
		t.Errorf("stopped: %s, %v", verdict(r), err)
	}
	var st wipe.State
	if err := json.Unmarshal(kept, &st); err != nil {
		t.Fatal(err)
	}
	if string(kept) == "" || !st.Report.Freed || strings.Contains(string(kept), string(psid)) {
		t.Errorf("the state: %s", kept)
	}
	r, err := wipe.Run(context.Background(), s.Target, p, purging(wipe.RunOptions{Resume: &st}))
	if verdict(r) != "verified freed-by-psid" || opal.Tries() != 2 {
		t.Errorf("resumed: %s, %v, %d tries", verdict(r), err, opal.Tries())
	}
}

// TestFree_KeepsOwner: a drive that accepts the revert and stays locked is not overwritten.
func TestFree_KeepsOwner(t *testing.T) {
	t.Parallel()
	s, opal, offer := lockedSATA(t)
	opal.KeepsOwner = true
	p, err := wipe.PlanFor(s.disk, wipe.PlanOptions{Offer: offer, PSID: true})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := wipe.Run(context.Background(), s.Target, p, purging(wipe.RunOptions{PSID: psid})); verdict(r) != "interrupted interrupted" || len(r.Passes) > 0 {
		t.Errorf("%s, %v", verdict(r), err)
	}
}
