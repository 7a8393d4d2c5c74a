package wipe_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/wipe"
)

// A machine with a SATA and a SAS disk of 4 MiB. These tests go the whole way: claim, codec, translation layer, drive.
const twoDisks = `
-- sys/block/ --
sda -> ../devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda
sdb -> ../devices/pci0000:00/0000:01:00.0/host1/port-1:0/end_device-1:0/target1:0:0/1:0:0:0/block/sdb
-- sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/ --
vendor ATA
model SIMULATED
rev 1.0
state running
vpd_pg80.hex 00 80 00 08 53 41 54 41 30 30 30 31
vpd_pg83.hex 00 83 00 0c 01 03 00 08 50 00 c5 00 11 11 22 22
vpd_pgb1.hex 00 b1 00 3c 1c 20 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
-- sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda/ --
dev 8:0
size 8192
removable 0
ro 0
hidden 0
diskseq 1
queue/logical_block_size 512
queue/physical_block_size 512
queue/rotational 1
queue/zoned none
inflight 0 0
holders/
device -> ../../../0:0:0:0
-- sys/devices/pci0000:00/0000:01:00.0/host1/port-1:0/end_device-1:0/target1:0:0/1:0:0:0/ --
vendor MAKER
model SIMULATED SAS
rev 1.0
state running
vpd_pg80.hex 00 80 00 08 53 41 53 30 30 30 30 31
vpd_pg83.hex 00 83 00 0c 01 03 00 08 50 00 c5 00 33 33 44 44
vpd_pgb1.hex 00 b1 00 3c 1c 20 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
-- sys/devices/pci0000:00/0000:01:00.0/host1/port-1:0/end_device-1:0/target1:0:0/1:0:0:0/block/sdb/ --
dev 8:16
size 8192
removable 0
ro 0
hidden 0
diskseq 2
queue/logical_block_size 512
queue/physical_block_size 512
queue/rotational 1
queue/zoned none
inflight 0 0
holders/
device -> ../../../1:0:0:0
-- proc/1/mountinfo --
22 1 0:1 / / rw - tmpfs tmpfs rw
-- proc/1/ --
comm init
ns/mnt -> mnt:[4026531841]
fd/
-- proc/swaps --
Filename Type Size Used Priority
`

// simulated is a claimed disk with a simulated drive behind it.
type simulated struct {
	*testing.T
	*devices.Target
	host  *devices.Host
	disk  devices.Disk
	drive *devicetest.Drive
}

func newSimulated(t *testing.T, name string, wire func(*devicetest.Drive, devices.Disk)) *simulated {
	t.Helper()
	h := devicetest.FromArchive(t, []byte(twoDisks))
	d, err := h.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	s := &simulated{T: t, host: h, disk: d, drive: devicetest.Plug(t, h, name)}
	wire(s.drive, d)
	s.claim()
	return s
}

func newSATA(t *testing.T, lie devicetest.Lie) (*simulated, *devicetest.SATA) {
	t.Helper()
	var sata *devicetest.SATA
	s := newSimulated(t, "sda", func(d *devicetest.Drive, disk devices.Disk) { sata = devicetest.NewSATA(d, disk, lie) })
	return s, sata
}

func newSAS(t *testing.T, lie devicetest.Lie) (*simulated, *devicetest.SAS) {
	t.Helper()
	var sas *devicetest.SAS
	s := newSimulated(t, "sdb", func(d *devicetest.Drive, disk devices.Disk) { sas = devicetest.NewSAS(d, disk, lie) })
	return s, sas
}

// claim claims the disk, as another process would.
func (s *simulated) claim() {
	s.Helper()
	target, err := s.host.Claim(context.Background(), s.disk, devices.ClaimOptions{})
	if err != nil {
		s.Fatal(err)
	}
	s.Target = target
}

// purge runs one method.
func (s *simulated) purge(ctx context.Context, id devices.MethodID, o wipe.RunOptions) (wipe.Report, error) {
	s.Helper()
	all, err := s.Methods(ctx)
	if err != nil {
		s.Fatal(err)
	}
	only := []devices.Method{}
	for _, m := range all {
		if m.ID == id {
			only = append(only, m)
		}
	}
	p, err := wipe.PlanFor(s.disk, wipe.PlanOptions{Level: wipe.Purge, Offer: &devices.Capabilities{Methods: only}})
	if err != nil {
		return wipe.Report{}, err
	}
	o.ErrorBudget = time.Second
	return wipe.Run(ctx, s.Target, p, purging(o))
}

// stopWhenSent ends the context a moment after the drive has got a command that never ends.
func stopWhenSent(sent func() bool) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	go func() {
		for ctx.Err() == nil && !sent() {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(30 * time.Millisecond)
		stop()
	}()
	return ctx, stop
}

// verdict is the outcome and the codes of what limits it.
func verdict(r wipe.Report) string {
	words := []string{string(r.Outcome)}
	for _, e := range r.Exceptions {
		words = append(words, e.Code)
	}
	return strings.Join(words, " ")
}

// judgement is a lie of a drive, or of what is in front of it, and what the report of a purge by that method says.
type judgement struct {
	method devices.MethodID
	lie    devicetest.Lie
	want   string
}

// judge purges a new drive for each lie. A job that would wait for ever is stopped once the command was sent, as sent reports.
func judge(t *testing.T, all []judgement, plug func(*testing.T, devicetest.Lie) (s *simulated, sent func() bool)) {
	t.Helper()
	for _, c := range all {
		t.Run(string(c.method)+" "+string(c.lie), func(t *testing.T) {
			t.Parallel()
			s, sent := plug(t, c.lie)
			if !strings.HasPrefix(c.want, "interrupted") {
				sent = func() bool { return false }
			}
			ctx, stop := stopWhenSent(sent)
			defer stop()
			r, err := s.purge(ctx, c.method, wipe.RunOptions{})
			if got := verdict(r); got != c.want {
				t.Errorf("%s, want %s: %v, %+v", got, c.want, err, r.Exceptions)
			}
		})
	}
}

func TestATALies(t *testing.T) {
	t.Parallel()
	judge(t, []judgement{
		{devices.ATASanitizeCrypto, devicetest.Honest, "verified"},
		{devices.ATASanitizeBlock, devicetest.Honest, "verified"},
		{devices.ATASanitizeOverwrite, devicetest.Honest, "verified"},
		{devices.ATASanitizeBlock, devicetest.NothingErased, "failed markers-kept"},
		{devices.ATASanitizeBlock, devicetest.ErasesPart, "failed markers-kept"},
		{devices.ATASanitizeCrypto, devicetest.LeavesLast, "failed markers-kept"},
		{devices.ATASanitizeBlock, devicetest.Fails, "failed erase-failed"},
		{devices.ATASanitizeBlock, devicetest.FailsOpen, "failed erase-failed"},
		{devices.ATASanitizeBlock, devicetest.OldSuccess, "failed markers-kept"},
		{devices.ATASanitizeBlock, devicetest.ErasesTwice, "verified"},
		{devices.ATASanitizeBlock, devicetest.StaleIdentify, "verified"},
		{devices.ATASanitizeBlock, devicetest.Stuck, "interrupted interrupted"},
		{devices.ATASecurityEraseEnhanced, devicetest.Honest, "verified"},
		{devices.ATASecurityEraseEnhanced, devicetest.NothingErased, "failed markers-kept"},
		{devices.ATASecurityEraseEnhanced, devicetest.ErasesPart, "failed markers-kept"},
		{devices.ATASecurityEraseEnhanced, devicetest.LeavesLast, "failed markers-kept"},
		{devices.ATASecurityEraseEnhanced, devicetest.Fails, "failed markers-kept"},
		{devices.ATASecurityEraseEnhanced, devicetest.ResetMidway, "failed erase-locked"},
		{devices.ATASecurityEraseEnhanced, devicetest.StillLocked, "failed erase-locked"},
		{devices.ATASecurityEraseEnhanced, devicetest.StaleIdentify, "failed markers-kept"},
		{devices.ATASecurityEraseEnhanced, devicetest.NoRegisters, "verified"}, // needs none: IDENTIFY shows it
		{devices.ATASecurityEraseEnhanced, devicetest.FixedSense, "verified"},
	}, func(t *testing.T, lie devicetest.Lie) (*simulated, func() bool) {
		s, sata := newSATA(t, lie)
		return s, func() bool { n := sata.Sent(); return len(n) > 3 && n[len(n)-1] == 0xb4 }
	})
}

func TestPurgeUnusable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method devices.MethodID
		lie    devicetest.Lie
		why    string
	}{
		{devices.ATASecurityEraseEnhanced, devicetest.Frozen, "suspend the machine"},
		{devices.ATASecurityEraseEnhanced, devicetest.LockedByOther, "locked with a password"},
		{devices.ATASecurityEraseEnhanced, devicetest.Expired, "too many wrong passwords"},
		{devices.ATASanitizeBlock, devicetest.LockedByOther, "locked with a password"},
		{devices.ATASanitizeBlock, devicetest.SanitizeFrozen, "sanitize is frozen"},
		{devices.ATASanitizeBlock, devicetest.NoRegisters, "does not return the drive's status"},
		{devices.ATASanitizeBlock, devicetest.FixedSense, "does not return the drive's status"},
		{devices.ATASanitizeBlock, devicetest.ZeroCount, "changes the count"},
	} {
		s, sata := newSATA(t, c.lie)
		_, err := s.purge(context.Background(), c.method, wipe.RunOptions{})
		if !errors.Is(err, wipe.ErrPurgeUnavailable) || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s %s: %v", c.method, c.lie, err)
		}
		for _, command := range sata.Sent() {
			if command != 0xec && command != 0xb4 && command != 0x00 {
				t.Errorf("%s %s: command %02x was sent", c.method, c.lie, command)
			}
		}
	}
	// What is frozen for security is not for sanitizing: the strongest that can be used is chosen.
	s, _ := newSATA(t, devicetest.Frozen)
	if r, err := s.purge(context.Background(), devices.ATASanitizeBlock, wipe.RunOptions{}); verdict(r) != "verified" {
		t.Errorf("%s, %v", verdict(r), err)
	}
}

func TestSCSILies(t *testing.T) {
	t.Parallel()
	judge(t, []judgement{
		{devices.SCSISanitizeCrypto, devicetest.Honest, "verified"},
		{devices.SCSISanitizeBlock, devicetest.Honest, "verified"},
		{devices.SCSISanitizeOverwrite, devicetest.Honest, "verified"},
		{devices.SCSISanitizeBlock, devicetest.NothingErased, "failed markers-kept"},
		{devices.SCSISanitizeBlock, devicetest.ErasesPart, "failed markers-kept"},
		{devices.SCSISanitizeCrypto, devicetest.LeavesLast, "failed markers-kept"},
		{devices.SCSISanitizeBlock, devicetest.Fails, "failed erase-failed"},
		{devices.SCSISanitizeBlock, devicetest.FailsOpen, "failed erase-failed"},
		{devices.SCSISanitizeBlock, devicetest.EndsEarly, "failed erase-failed"},
		{devices.SCSISanitizeBlock, devicetest.OldSuccess, "failed markers-kept"},
		{devices.SCSISanitizeBlock, devicetest.ErasesTwice, "verified"},
		{devices.SCSISanitizeBlock, devicetest.ResetMidway, "verified"}, // a reset does not stop it
		{devices.SCSISanitizeBlock, devicetest.Stuck, "interrupted interrupted"},
		{devices.SCSISanitizeBlock, devicetest.Hangs, "interrupted interrupted"},
	}, func(t *testing.T, lie devicetest.Lie) (*simulated, func() bool) {
		s, sas := newSAS(t, lie)
		return s, func() bool { return len(sas.Sent()) > 0 }
	})
	s, sas := newSAS(t, devicetest.Honest)
	sas.Mute = true
	if _, err := s.purge(context.Background(), devices.SCSISanitizeBlock, wipe.RunOptions{}); !errors.Is(err, wipe.ErrPurgeUnavailable) {
		t.Errorf("a drive that does not report its abilities: %v", err)
	}
	if len(sas.Sent()) != 0 {
		t.Errorf("sent % x to find out", sas.Sent())
	}
}
