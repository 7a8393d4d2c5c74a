package firmware_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/nvme"
)

// What a drive says is one thing, what was erased another: the second is for the markers to find out.
func TestNVMeSanitize_Lies(t *testing.T) {
	t.Parallel()
	for lie, c := range map[devicetest.NVMeLie]struct {
		phase       devices.ErasePhase // "": the command was refused
		words       string             // in the state's detail or the error
		first, last bool               // what is left
	}{
		devicetest.NVMeErasesNothing:  {devices.EraseDone, "completed without error", true, true},
		devicetest.NVMeErasesPart:     {devices.EraseDone, "completed without error", false, true},
		devicetest.NVMeStuck:          {devices.EraseRunning, "", true, true},
		devicetest.NVMeFails:          {devices.EraseFailed, "failed", true, true},
		devicetest.NVMeDeallocates:    {devices.EraseDone, "deallocated blocks against the request", false, false},
		devicetest.NVMeSilent:         {devices.EraseFailed, "another operation", true, true},
		devicetest.NVMeMasks:          {devices.EraseDone, "completed without error", false, false},
		devicetest.NVMeSlowLog:        {devices.EraseDone, "completed without error", false, false},
		devicetest.NVMeOtherOperation: {devices.EraseFailed, "another operation (00000202h) than was sent (00000204h)", false, false},
		devicetest.NVMeBlankLog:       {devices.EraseFailed, "another operation", true, true},
		devicetest.NVMeOddState:       {devices.EraseUnknown, "reserved state 7", true, true},
		devicetest.NVMeResets:         {devices.EraseDone, "completed without error", false, false},
		devicetest.NVMeDenies:         {"", "operation denied", true, true},
		devicetest.NVMeLocked:         {"", "the drive is locked", true, true},
		devicetest.NVMePMR:            {"", "persistent memory is enabled", true, true},
		devicetest.NVMeNoKeep:         {devices.EraseDone, "completed without error", false, false},
	} {
		t.Run(string(lie), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n, target := nvmeDrive(t, nvmeTraits(), 1)
				m := method(t, target, devices.NVMeSanitizeCrypto)
				n.Change(func(t *devicetest.NVMeTraits) { t.Lies = []devicetest.NVMeLie{lie} })
				s, err := erased(t, target, m)
				if s.Phase != c.phase || (err != nil) != (c.phase == "") || !strings.Contains(s.Detail.String()+text(err), c.words) {
					t.Errorf("%+v, %v", s, err)
				}
				if a, b := leftOf(n.Space(1)); a != c.first || b != c.last {
					t.Errorf("left: %v at the beginning, %v at the end", a, b)
				}
			})
		})
	}
}

// TestNVMeSanitize_OldSuccess: a success from before the command does not count.
func TestNVMeSanitize_OldSuccess(t *testing.T) {
	t.Parallel()
	kept, dropped := nvme.Sanitize{Action: nvme.SanitizeCrypto, NoDeallocate: true}, nvme.Sanitize{Action: nvme.SanitizeCrypto}
	for name, c := range map[string]struct {
		old   nvme.Sanitize
		lie   devicetest.NVMeLie
		polls int
		phase devices.ErasePhase
		cdw10 uint32 // that was sent
	}{
		"and ours is carried out":                      {kept, "", 2, devices.EraseDone, 0x004},
		"and ours is carried out at once":              {kept, "", 0, devices.EraseDone, 0x004},
		"of another kind, and ours is done at once":    {dropped, "", 0, devices.EraseDone, 0x204},
		"and ours is not carried out":                  {kept, devicetest.NVMeSilent, 2, devices.EraseUnknown, 0x004},
		"of another kind, and ours is not":             {dropped, devicetest.NVMeSilent, 2, devices.EraseUnknown, 0x204},
		"on a drive that cannot keep, and ours is not": {dropped, devicetest.NVMeSilent, 2, devices.EraseDone, 0x004}, // the markers decide
		"on a drive that cannot keep, and ours is":     {dropped, "", 0, devices.EraseDone, 0x004},
	} {
		synctest.Test(t, func(t *testing.T) {
			traits := nvmeTraits()
			if traits.Polls = c.polls; strings.Contains(name, "cannot keep") {
				traits.SANICAP |= 1 << 29
			}
			n, target := nvmeDrive(t, traits, 1)
			n.OldSuccess(c.old)
			n.Port(1).WriteAt(secret(), 0) // as the markers are
			m := method(t, target, devices.NVMeSanitizeCrypto)
			if s, err := target.State(context.Background(), m); err != nil || s.Phase != devices.EraseDone {
				t.Errorf("%s: before: %+v, %v", name, s, err)
			}
			if c.lie != "" {
				n.Change(func(t *devicetest.NVMeTraits) { t.Lies = []devicetest.NVMeLie{c.lie} })
			}
			s, err := erased(t, target, m)
			if err != nil || s.Phase != c.phase {
				t.Errorf("%s: %+v, %v", name, s, err)
			}
			sent := n.Sent()
			slices.Reverse(sent)
			if i := slices.IndexFunc(sent, func(c nvme.Command) bool { return c.Opcode == 0x84 }); sent[i].CDW[0] != c.cdw10 {
				t.Errorf("%s: sent %x", name, sent[i].CDW[0])
			}
		})
	}
}

// A reset may lose the command or its answer: the drive has it only if its log reports it, and not an older one.
func TestNVMeSanitize_CommandLost(t *testing.T) {
	t.Parallel()
	for _, old := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			traits := nvmeTraits()
			traits.SANICAP |= 1 << 29
			n, target := nvmeDrive(t, traits, 1)
			if old {
				n.OldSuccess(nvme.Sanitize{Action: nvme.SanitizeCrypto})
			}
			m := method(t, target, devices.NVMeSanitizeCrypto)
			n.Change(func(t *devicetest.NVMeTraits) {
				t.Lies = []devicetest.NVMeLie{devicetest.NVMeSilent, devicetest.NVMeResets}
			})
			if err := target.Begin(context.Background(), m, ""); !errors.Is(err, nvme.ErrAborted) {
				t.Errorf("with an old success %v: Begin() = %v", old, err)
			}
		})
	}
}

// A drive that lost power continues, and reports that to another process.
func TestNVMeSanitize_PowerLoss(t *testing.T) {
	t.Parallel()
	traits := nvmeTraits()
	traits.Polls = 5
	n, target := nvmeDrive(t, traits, 1)
	ctx, m := context.Background(), method(t, target, devices.NVMeSanitizeBlock)
	if err := target.Begin(ctx, m, ""); err != nil {
		t.Fatal(err)
	}
	n.PowerLoss()
	h := machine(t, "laboratory", "-- sys/devices/pci0000:00/0000:00:01.0/nvme/nvme0/nvme0n1/diskseq --\n20\n")
	d := find(t, h, "nvme0n1")
	n.Space(1).SetState(devices.State{Number: d.Number, Seq: d.Seq, Size: d.Size})
	devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) { return n.Port(1), nil })
	again, err := claim(h, d)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := again.ReadAt(devicetest.Aligned(512, 0), 0); !errors.Is(err, syscall.EIO) {
		t.Errorf("it can be read: %v", err)
	}
	for _, id := range []devices.MethodID{devices.NVMeSanitizeBlock, devices.NVMeFormatUser} {
		if m := method(t, again, id); !strings.Contains(m.Unusable.String(), "is already sanitizing") {
			t.Errorf("%s: %q", id, m.Unusable)
		}
	}
	phases := []devices.ErasePhase{}
	for range 4 {
		s, err := again.State(ctx, m)
		if err != nil {
			t.Fatal(err)
		}
		phases = append(phases, s.Phase)
	}
	if a, b := leftOf(n.Space(1)); a || b || phases[0] != devices.EraseRunning || phases[3] != devices.EraseDone {
		t.Errorf("%v; left %v, %v", phases, a, b)
	}
}

// TestNVMeSanitize_Failed: after a failed sanitize the drive accepts only another one.
func TestNVMeSanitize_Failed(t *testing.T) {
	t.Parallel()
	n, target := nvmeDrive(t, nvmeTraits(devicetest.NVMeFails), 1)
	ctx, m := context.Background(), method(t, target, devices.NVMeSanitizeCrypto)
	if s, err := erased(t, target, m); err != nil || s.Phase != devices.EraseFailed {
		t.Fatalf("%+v, %v", s, err)
	}
	if err := target.Recover(ctx, m, ""); code(err) != nvme.SanitizeHasFailed {
		t.Errorf("Recover() = %v", err)
	}
	if m := method(t, target, devices.NVMeFormatUser); !strings.Contains(m.Unusable.String(), "a sanitize failed on the drive") {
		t.Errorf("format: %q", m.Unusable)
	}
	n.Change(func(t *devicetest.NVMeTraits) { t.Lies = nil })
	if s, err := erased(t, target, method(t, target, devices.NVMeSanitizeCrypto)); err != nil || s.Phase != devices.EraseDone {
		t.Errorf("another: %+v, %v", s, err)
	}
	if err := target.Recover(ctx, m, ""); err != nil {
		t.Errorf("Recover() of what is well = %v", err)
	}
}

// TestNVMeSanitize_Keep: blocks stay mapped only on a drive that says that it writes to the media afterwards, and how long that takes.
func TestNVMeSanitize_Keep(t *testing.T) {
	t.Parallel()
	for sanicap, cdw10 := range map[uint32]uint32{0x00000001: 0x004, 0x40000001: 0x004, 0x80000001: 0x204, 0xa0000001: 0x004} {
		synctest.Test(t, func(t *testing.T) {
			traits := nvmeTraits()
			traits.SANICAP = sanicap
			n, target := nvmeDrive(t, traits, 1)
			m := method(t, target, devices.NVMeSanitizeCrypto)
			if s, err := erased(t, target, m); err != nil || s.Phase != devices.EraseDone {
				t.Errorf("%+v, %v", s, err)
			}
			sent := n.Sent()
			if i := slices.IndexFunc(sent, func(c nvme.Command) bool { return c.Opcode == 0x84 }); sent[i].CDW[0] != cdw10 {
				t.Errorf("SANICAP %08x: sent %x, want %x", sanicap, sent[i].CDW[0], cdw10)
			}
			if want := sanicap == 0x80000001; (m.Estimate == time.Minute) != want {
				t.Errorf("SANICAP %08x: takes %v", sanicap, m.Estimate)
			}
		})
	}
}
