package firmware_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/scsi"
)

// claimSATA claims a disk of the desktop with a simulated drive behind it; before is called before the claim.
func claimSATA(t *testing.T, name string, lie devicetest.Lie, before func(*devicetest.SATA)) (*devices.Target, *devicetest.SATA) {
	t.Helper()
	h := machine(t, "desktop", "")
	d := find(t, h, name)
	sata := devicetest.NewSATA(devicetest.Plug(t, h, name), d, lie)
	if before != nil {
		before(sata)
	}
	target, err := claim(h, d)
	if err != nil {
		t.Fatal(err)
	}
	return target, sata
}

// TestATAMethods: the strongest method comes first.
func TestATAMethods(t *testing.T) {
	t.Parallel()
	target, _ := claimSATA(t, "sdb", devicetest.Frozen, nil)
	all, err := target.Methods(context.Background())
	got := ""
	for _, m := range all {
		got += fmt.Sprintf("%s %s %s %v %v\n", m.ID, m.Level, m.Estimate, m.Blocking, !m.Unusable.IsZero())
		if m.AlsoErases == nil {
			t.Errorf("%s: a list is null", m.ID)
		}
	}
	enhanced := devices.LevelOf(devices.ATASecurityEraseEnhanced, target.Disk().Medium)
	want := "ata-sanitize-crypto purge 0s false false\nata-sanitize-block purge 0s false false\nata-sanitize-overwrite purge 0s false false\n" +
		"ata-security-erase-enhanced " + string(enhanced) + " 2m0s true true\nata-security-erase clear 4m0s true true\n"
	if err != nil || got != want {
		t.Errorf("got %s%v, want %s", got, err, want)
	}
}

// TestATARestore: hidden areas are found and restored.
func TestATARestore(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	target, sata := claimSATA(t, "sdb", devicetest.Honest, func(s *devicetest.SATA) { s.Hide(1000, 500, false) })
	size := func() int64 { return sata.Bytes() }
	was := size()
	hpa := devices.HiddenArea{Kind: devices.HPA, Bytes: 1000 * 512, Restorable: true}
	dco := devices.HiddenArea{Kind: devices.DCO, Bytes: 500 * 512}
	expectAreas(t, target, hpa, dco)
	if err := target.Restore(ctx, dco); err == nil {
		t.Error("an overlay was restored below a host protected area")
	}
	if err := target.Restore(ctx, devices.HiddenArea{Kind: devices.AMAC}); err == nil {
		t.Error("what is not there was restored")
	}
	if err := target.Restore(ctx, hpa); err != nil || size() != was+1000*512 {
		t.Errorf("Restore(hpa) = %v, size %d", err, size())
	}
	dco.Restorable = true
	expectAreas(t, target, devices.HiddenArea{Kind: devices.HPA}, dco)
	if err := target.Restore(ctx, dco); err != nil || size() != was+1500*512 {
		t.Errorf("Restore(dco) = %v, size %d", err, size())
	}
	expectAreas(t, target, devices.HiddenArea{Kind: devices.HPA}, devices.HiddenArea{Kind: devices.DCO})
	if err := target.Restore(ctx, hpa); err == nil {
		t.Error("what is not there any more was restored")
	}

	target, sata = claimSATA(t, "sdb", devicetest.Honest, func(s *devicetest.SATA) { s.Hide(1000, 0, true) })
	amac := devices.HiddenArea{Kind: devices.AMAC, Bytes: 1000 * 512, Restorable: true}
	expectAreas(t, target, amac)
	if err := target.Restore(ctx, amac); err != nil || sata.Bytes() != was+1000*512 {
		t.Errorf("Restore(amac) = %v, size %d", err, sata.Bytes())
	}
}

// expectAreas compares all but the words for people.
func expectAreas(t *testing.T, target *devices.Target, want ...devices.HiddenArea) {
	t.Helper()
	got, err := target.Hidden(context.Background())
	for i := range got {
		if got[i].Bytes != 0 && got[i].Detail.IsZero() {
			t.Errorf("%s is not explained", got[i].Kind)
		}
		got[i].Detail = message.Text{}
	}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("Hidden() = %v, %v, want %v", got, err, want)
	}
}

// TestATAHidden_NotExamined: an area that cannot be examined is unknown, not none.
func TestATAHidden_NotExamined(t *testing.T) {
	t.Parallel()
	hide := func(s *devicetest.SATA) { s.Hide(1000, 500, false) }
	unknown := func(k devices.HiddenKind) devices.HiddenArea { return devices.HiddenArea{Kind: k, Bytes: -1} }
	for lie, want := range map[devicetest.Lie][]devices.HiddenArea{
		devicetest.OverlayFrozen: {{Kind: devices.HPA, Bytes: 1000 * 512, Restorable: true}, unknown(devices.DCO)},
		devicetest.FixedSense:    {unknown(devices.HPA), {Kind: devices.DCO, Bytes: 1500 * 512}},
		devicetest.NoRegisters:   {unknown(devices.HPA), {Kind: devices.DCO, Bytes: 1500 * 512}},
		devicetest.LockedByOther: {unknown(devices.HPA), unknown(devices.DCO)},
	} {
		target, _ := claimSATA(t, "sdb", lie, hide)
		expectAreas(t, target, want...)
		if err := target.Restore(context.Background(), devices.HiddenArea{Kind: devices.DCO}); err == nil {
			t.Errorf("%s: an overlay was restored", lie)
		}
	}
}

// TestATARestore_Verified: a restore counts only when the drive reports the new size.
func TestATARestore_Verified(t *testing.T) {
	t.Parallel()
	hide := func(s *devicetest.SATA) { s.Hide(1000, 0, false) }
	target, sata := claimSATA(t, "sdb", devicetest.StaleIdentify, hide)
	err := target.Restore(context.Background(), devices.HiddenArea{Kind: devices.HPA})
	if err == nil || !strings.Contains(err.Error(), "cycle its power") {
		t.Errorf("Restore() = %v", err)
	}
	if err := target.Restore(context.Background(), devices.HiddenArea{Kind: devices.HPA}); err == nil || !strings.Contains(err.Error(), "once") {
		t.Errorf("the second Restore() in one power cycle = %v", err)
	}
	sata.PowerCycle()
	expectAreas(t, target, devices.HiddenArea{Kind: devices.HPA}, devices.HiddenArea{Kind: devices.DCO})
}

// TestSecurityErase: a security erase is done only for the process that saw it end.
func TestSecurityErase(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	m := devices.Method{ID: devices.ATASecurityErase}
	target, sata := claimSATA(t, "sdb", devicetest.Honest, nil)
	phase := func(m devices.Method, want devices.ErasePhase) {
		t.Helper()
		if s, err := target.State(ctx, m); err != nil || s.Phase != want || len(s.Raw) == 0 {
			t.Errorf("State(%s) = %+v, %v, want %s", m.ID, s, err, want)
		}
	}
	phase(m, devices.EraseIdle)
	if err := target.Begin(ctx, m, devices.ATAPassword); err != nil {
		t.Fatal(err)
	}
	phase(m, devices.EraseDone)
	phase(devices.Method{ID: devices.ATASecurityEraseEnhanced}, devices.EraseIdle)
	if got, want := hex.EncodeToString(sata.Sent()), "ececf1ecf3f4ec"; !strings.HasPrefix(got, want) {
		t.Errorf("sent %s, want %s", got, want)
	}
	if err := target.Begin(ctx, m, ""); err == nil {
		t.Error("an erase was begun without a password")
	}
	phase(m, devices.EraseIdle) // what was begun last did not end well
}

// TestSecurityErase_OtherPassword: a password that is not ours costs one try.
func TestSecurityErase_OtherPassword(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	m := devices.Method{ID: devices.ATASecurityErase}
	target, sata := claimSATA(t, "sdb", devicetest.LockedByOther, nil)
	if s, err := target.State(ctx, m); err != nil || s.Phase != devices.EraseLocked {
		t.Errorf("State() = %+v, %v", s, err)
	}
	if err := target.Recover(ctx, m, devices.ATAPassword); err == nil || strings.Contains(err.Error(), "rasure") {
		t.Errorf("Recover() = %v", err)
	}
	if err := target.Begin(ctx, m, devices.ATAPassword); err == nil {
		t.Error("a locked drive was erased")
	}
	if got := strings.Count(hex.EncodeToString(sata.Sent()), "f2"); got != 1 {
		t.Errorf("the password was tried %d times", got)
	}
	target, sata = claimSATA(t, "sdb", devicetest.Expired, nil)
	if err := target.Recover(ctx, m, "x"); err == nil || strings.Contains(hex.EncodeToString(sata.Sent()), "f2") {
		t.Errorf("Recover() = %v, sent % x", err, sata.Sent())
	}
}

// TestATARecover: a failed sanitize is left only where the drive allows it.
func TestATARecover(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	m := devices.Method{ID: devices.ATASanitizeBlock}
	for lie, leaves := range map[devicetest.Lie]bool{devicetest.Fails: false, devicetest.FailsOpen: true} {
		target, _ := claimSATA(t, "sdb", lie, nil)
		if err := target.Begin(ctx, m, ""); err != nil {
			t.Fatal(err)
		}
		s, err := target.State(ctx, m)
		for range 5 {
			if s.Phase == devices.EraseRunning {
				s, err = target.State(ctx, m)
			}
		}
		if err != nil || s.Phase != devices.EraseFailed || len(s.Raw) != 12 {
			t.Errorf("%s: %+v, %v", lie, s, err)
		}
		if all, err := target.Methods(ctx); err != nil || !all[0].Unusable.IsZero() {
			t.Errorf("%s: a drive that failed is not offered another sanitize: %v, %v", lie, all, err)
		}
		if err := target.Recover(ctx, m, ""); (err == nil) != leaves {
			t.Errorf("%s: Recover() = %v", lie, err)
		}
	}
}

// broken stands before a drive and answers some commands itself.
type broken struct {
	scsi.Transport
	answers map[byte]scsi.Reply // by operation code
	data    []byte
}

func (b broken) Do(ctx context.Context, c scsi.Command) (scsi.Reply, error) {
	if r, ok := b.answers[c.CDB[0]]; ok {
		copy(c.Data, b.data)
		return r, nil
	}
	return b.Transport.Do(ctx, c)
}

// brokenPort is a drive with something broken before it.
type brokenPort struct {
	devices.Port
	scsi.Transport
}

func (p brokenPort) SCSI() scsi.Transport { return p.Transport }

func claimBroken(t *testing.T, answers map[byte]scsi.Reply, data []byte) *devices.Target {
	t.Helper()
	h := machine(t, "desktop", "")
	d := find(t, h, "sdb")
	drive := devicetest.Plug(t, h, "sdb")
	sata := devicetest.NewSATA(drive, d, devicetest.Honest)
	devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) {
		return brokenPort{drive.Open(), broken{sata, answers, data}}, nil
	})
	target, err := claim(h, d)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// TestATAMethods_AdapterRefuses: an adapter that passes no ATA commands on makes all methods unusable.
func TestATAMethods_AdapterRefuses(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, c := range map[string]struct {
		reply scsi.Reply
		data  []byte
	}{
		"no such command": {scsi.Reply{Status: 2, Sense: sense("70 00 05 00 00 00 00 0a 00 00 00 00 20 00 00 00 00 00")}, nil},
		"zeros":           {scsi.Reply{}, make([]byte, 512)},
		"made up":         {scsi.Reply{}, identifyData(t, "123456789012")}, // as bridges give that pass nothing on
		"aborted":         {scsi.Reply{Status: 2, Sense: sense("f0 00 0b 04 51 40 01 0a 00 00 00 00 00 00 00 00 00 00")}, nil},
	} {
		target := claimBroken(t, map[byte]scsi.Reply{0x85: c.reply}, c.data)
		all, err := target.Methods(ctx)
		if err != nil || len(all) != 5 {
			t.Errorf("%s: Methods() = %v, %v", name, all, err)
		}
		for _, m := range all {
			if m.Unusable.IsZero() {
				t.Errorf("%s: %s can be used", name, m.ID)
			}
		}
		areas, err := target.Hidden(ctx)
		for _, a := range areas {
			if a.Bytes != -1 {
				t.Errorf("%s: %+v", name, a)
			}
		}
		if err != nil || len(areas) == 0 {
			t.Errorf("%s: Hidden() = %v, %v", name, areas, err)
		}
		for _, id := range []devices.MethodID{devices.ATASecurityErase, devices.ATASanitizeBlock} {
			if s, err := target.State(ctx, devices.Method{ID: id}); err != nil || s.Phase != devices.EraseUnknown {
				t.Errorf("%s: State(%s) = %+v, %v", name, id, s, err)
			}
		}
		if err := target.Begin(ctx, devices.Method{ID: devices.ATASecurityErase}, devices.ATAPassword); err == nil {
			t.Errorf("%s: an erase was begun", name)
		}
	}
}

// identifyData is what IDENTIFY DEVICE says of a drive with that serial number.
func identifyData(t *testing.T, serial string) []byte {
	t.Helper()
	sata := devicetest.NewSATA(devicetest.NewDrive(1<<20, 512), devices.Disk{Identity: devices.Identity{Serial: serial}}, devicetest.Honest)
	b := make([]byte, 512)
	cdb := []byte{0x85, 0x08, 0x0e, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xec, 0}
	if r, err := sata.Do(context.Background(), scsi.Command{CDB: cdb, Direction: scsi.In, Data: b}); err != nil || r.Status != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	return b
}

func sense(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// TestATAMethods_NoAnswer: a drive that does not answer is an error.
func TestATAMethods_NoAnswer(t *testing.T) {
	t.Parallel()
	target, _ := claimSATA(t, "sdb", devicetest.Hangs, nil)
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	for _, id := range []devices.MethodID{devices.ATASecurityErase, devices.ATASanitizeBlock} {
		if s, err := target.State(ctx, devices.Method{ID: id}); err == nil {
			t.Errorf("State(%s) = %+v", id, s)
		}
	}
	if err := target.Begin(ctx, devices.Method{ID: "made-up"}, ""); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Begin(made-up) = %v", err)
	}
}
