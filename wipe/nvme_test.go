package wipe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/nvme"
	"rasure/wipe"
)

// chipSize is little, so that a test is quick, and large enough that most blocks hold no marker: remains of a secret are seen.
const chipSize = 24 << 20

// claimed takes hold of a disk of a machine made from text, shrunk to that.
func claimed(t *testing.T, host, name, at string, attach func(*devices.Host, devices.Disk)) *devices.Target {
	t.Helper()
	text, err := os.ReadFile("../devices/testdata/hosts/" + host + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	h := devicetest.FromArchive(t, fmt.Appendf(text, "-- %s/size --\n%d\n", at, chipSize/512))
	d, err := h.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	attach(h, d)
	target, err := h.Claim(context.Background(), d, devices.ClaimOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { target.Close() })
	return target
}

// fill writes the secret all over a medium.
func fill(d *devicetest.Drive, size int64) {
	b := bytes.Repeat([]byte("top secret."), 1<<20/11+1)[:1<<20]
	for off := int64(0); off < size; off += 1 << 20 {
		d.Poke(b, off)
	}
}

// newNVMe is a simulated drive full of a secret behind the NVMe disk of the laboratory.
func newNVMe(t *testing.T, lies ...devicetest.NVMeLie) (*devicetest.NVMe, *devices.Target) {
	t.Helper()
	drive := devicetest.NewDrive(chipSize, 512)
	fill(drive, chipSize)
	n := devicetest.NewNVMe(devicetest.NVMeTraits{Serial: "NVME0001", Model: "QEMU NVMe Ctrl", SANICAP: 0x80000003, Polls: 2, Lies: lies}, drive)
	return n, plugNVMe(t, n)
}

func plugNVMe(t *testing.T, n *devicetest.NVMe) *devices.Target {
	t.Helper()
	return claimed(t, "laboratory", "nvme0n1", "sys/devices/pci0000:00/0000:00:01.0/nvme/nvme0/nvme0n1", func(h *devices.Host, d devices.Disk) {
		n.Space(1).SetState(devices.State{Number: d.Number, Seq: d.Seq, Size: d.Size})
		devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) { return n.Port(1), nil })
	})
}

// offered plans a purge of what the drive offers.
func offered(t *testing.T, target *devices.Target) wipe.Plan {
	t.Helper()
	methods, err := target.Methods(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	hidden, err := target.Hidden(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return plan(t, target.Disk(), wipe.PlanOptions{Level: wipe.Purge, Offer: &devices.Capabilities{Methods: methods, Hidden: hidden}})
}

// left reports whether anything of the secret can be found.
func left(d *devicetest.Drive) bool {
	b := make([]byte, chipSize)
	d.Peek(b, 0)
	return bytes.Contains(b, []byte("top secret."))
}

// TestNVMeLies: every way in which an NVMe drive may fail to do what it reports, from the command to the verdict.
func TestNVMeLies(t *testing.T) {
	t.Parallel()
	for lie, want := range map[devicetest.NVMeLie]struct {
		outcome wipe.Outcome
		codes   string
		left    bool
	}{
		"":                            {wipe.Verified, "", false},
		devicetest.NVMeErasesNothing:  {wipe.Failed, wipe.CodeMarkersKept, true},
		devicetest.NVMeErasesPart:     {wipe.Failed, wipe.CodeMarkersKept, true},
		devicetest.NVMeStuck:          {wipe.Interrupted, wipe.CodeInterrupted, true},
		devicetest.NVMeFails:          {wipe.Failed, wipe.CodeEraseFailed, true},
		devicetest.NVMeDeallocates:    {wipe.Verified, "", false},
		devicetest.NVMeSilent:         {wipe.Failed, wipe.CodeEraseFailed, true},
		devicetest.NVMeOtherOperation: {wipe.Failed, wipe.CodeEraseFailed, false},
		devicetest.NVMeBlankLog:       {wipe.Failed, wipe.CodeEraseFailed, true},
		devicetest.NVMeOddState:       {wipe.Unknown, wipe.CodeEraseUnknown, false}, // asked so often, it has ended
		devicetest.NVMeResets:         {wipe.Verified, "", false},
		devicetest.NVMeDenies:         {wipe.Failed, wipe.CodeMarkersKept, true},
		devicetest.NVMePMR:            {wipe.Failed, wipe.CodeMarkersKept, true},
		devicetest.NVMeMasks:          {wipe.Verified, "", false},
		devicetest.NVMeSlowLog:        {wipe.Verified, "", false},
		devicetest.NVMeNoKeep:         {wipe.Verified, "", false},
		devicetest.NVMeStale:          {wipe.Failed, wipe.CodeIdentityChanged, false},
	} {
		t.Run(string(lie), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n, target := newNVMe(t)
				p := offered(t, target)
				n.Change(func(t *devicetest.NVMeTraits) { t.Lies = []devicetest.NVMeLie{lie} })
				ctx, stop := context.WithTimeout(context.Background(), time.Hour)
				defer stop()
				if want.outcome == wipe.Interrupted { // it would wait for ever, and rightly
					time.AfterFunc(10*time.Minute, stop)
				}
				r, _ := wipe.Run(ctx, target, p, purging(wipe.RunOptions{ErrorBudget: time.Second}))
				expect(t, r, want.outcome, want.codes)
				if got := left(n.Space(1)); got != want.left {
					t.Errorf("the secret is left: %v", got)
				}
				if r.Firmware.Outcome == wipe.Failed && len(r.Passes) > 0 {
					t.Errorf("something weaker was done instead: %+v", r.Passes)
				}
			})
		})
	}
}

// TestNVMeOldSuccess: the markers are younger than any success in the log.
func TestNVMeOldSuccess(t *testing.T) {
	t.Parallel()
	for lie, want := range map[devicetest.NVMeLie]wipe.Outcome{"": wipe.Verified, devicetest.NVMeSilent: wipe.Failed, devicetest.NVMeErasesNothing: wipe.Failed} {
		synctest.Test(t, func(t *testing.T) {
			n, target := newNVMe(t)
			n.OldSuccess(nvme.Sanitize{Action: nvme.SanitizeCrypto, NoDeallocate: true})
			p := offered(t, target)
			n.Change(func(t *devicetest.NVMeTraits) { t.Lies = []devicetest.NVMeLie{lie} })
			r, _ := wipe.Run(context.Background(), target, p, purging(wipe.RunOptions{}))
			if r.Outcome != want || left(n.Space(1)) != (want == wipe.Failed) {
				t.Errorf("%q: %s [%s], left %v", lie, r.Outcome, codes(r), left(n.Space(1)))
			}
		})
	}
}

// TestNVMeSecond: a second sanitize of a kind on a drive whose log cannot show a difference is judged by the markers, and by all of them.
func TestNVMeSecond(t *testing.T) {
	t.Parallel()
	for lie, want := range map[devicetest.NVMeLie]wipe.Outcome{"": wipe.Verified, devicetest.NVMeSilent: wipe.Failed, devicetest.NVMeErasesPart: wipe.Failed} {
		synctest.Test(t, func(t *testing.T) {
			n, target := newNVMe(t)
			n.Change(func(t *devicetest.NVMeTraits) { t.SANICAP, t.Polls = 0x20000001, 0 })
			n.OldSuccess(nvme.Sanitize{Action: nvme.SanitizeCrypto})
			p := offered(t, target)
			n.Change(func(t *devicetest.NVMeTraits) { t.Lies = []devicetest.NVMeLie{lie, devicetest.NVMeNoErased} })
			r, _ := wipe.Run(context.Background(), target, p, purging(wipe.RunOptions{}))
			if r.Outcome != want || left(n.Space(1)) != (want == wipe.Failed) {
				t.Errorf("%q: %s [%s], left %v", lie, r.Outcome, codes(r), left(n.Space(1)))
			}
		})
	}
}

// The drive loses power in the middle and comes back as another disk of the same name: the job is resumed and completes,
// whether the drive continues by itself or has lost the command.
func TestNVMePowerLoss(t *testing.T) {
	t.Parallel()
	for lie, tries := range map[devicetest.NVMeLie]int{"": 1, devicetest.NVMeForgets: 2} {
		synctest.Test(t, func(t *testing.T) {
			n, target := newNVMe(t, lie)
			n.Change(func(t *devicetest.NVMeTraits) { t.Polls = 20 })
			p := offered(t, target)
			var text []byte
			keep := func(s wipe.State) error { text, _ = json.Marshal(s); return nil }
			o := wipe.RunOptions{SaveStateSync: keep, PollInterval: time.Minute, SaveState: func(s wipe.State) { keep(s) }}
			time.AfterFunc(10*time.Minute, n.PowerLoss)
			r, err := wipe.Run(context.Background(), target, p, o)
			if r.Outcome != wipe.Interrupted {
				t.Fatalf("%q: %s, %v", lie, r.Outcome, err)
			}
			var s wipe.State
			if err := json.Unmarshal(text, &s); err != nil {
				t.Fatal(err)
			}
			r = run(t, plugNVMe(t, n), p, wipe.RunOptions{Resume: &s, PollInterval: time.Minute})
			if r.Outcome != wipe.Verified || r.Firmware.Tries != tries || left(n.Space(1)) {
				t.Errorf("%q: %s [%s] after %d tries", lie, r.Outcome, codes(r), r.Firmware.Tries)
			}
		})
	}
}

func TestNVMeNotPlanned(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*devicetest.NVMeTraits){
		"format only": func(t *devicetest.NVMeTraits) { t.SANICAP, t.OACS, t.FNA = 0, 0x02, 0x04 },
		"no log":      func(t *devicetest.NVMeTraits) { t.Lies = []devicetest.NVMeLie{devicetest.NVMeNoLog} },
	} {
		n, target := newNVMe(t)
		n.Change(change)
		methods, err := target.Methods(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		_, err = wipe.PlanFor(target.Disk(), wipe.PlanOptions{Level: wipe.Purge, Offer: &devices.Capabilities{Methods: methods}})
		if !errors.Is(err, wipe.ErrPurgeUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
		t.Log(err)
	}
}
