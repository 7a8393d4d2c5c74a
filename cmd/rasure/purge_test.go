package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"rasure/certify"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/devicetest"
)

// erasable gives a disk firmware that can erase it.
func (d *benchDisk) erasable(lie devicetest.Lie, methods ...devices.MethodID) *devicetest.Firmware {
	f := &devicetest.Firmware{Lie: lie}
	for _, id := range methods {
		f.Offers = append(f.Offers, devices.Method{ID: id, Level: devices.LevelOf(id, devices.MediumUnknown), AlsoErases: []string{},
			Blocking: strings.HasPrefix(string(id), "ata-security")})
	}
	d.SetFirmware(f)
	return f
}

// purge purges a disk. With stop it is interrupted once the drive has received the command to erase itself.
func (b *bench) purge(want int, d *benchDisk, f *devicetest.Firmware, stop bool, flags ...string) ([]wipeResult, string) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	if stop {
		go func() {
			for len(f.Sent()) == 0 && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(50 * time.Millisecond)
			cancel()
		}()
	}
	return b.jobs(ctx, want, append(append(words(d), "--level", "purge"), flags...))
}

func TestPurge(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, b *bench) {
		d := b.plug("sda", "S1")
		f := d.erasable(devicetest.Honest, devices.ATASanitizeBlock, devices.ATASecurityErase)
		f.Areas = []devices.HiddenArea{{Kind: devices.HPA, Bytes: 512, Detail: message.Of("a sector")}}
		plan, _ := b.run(fault.Done, "plan", "sda", "--level", "purge")
		says(t, plan, "ata-sanitize-block, level purge: chosen", "ata-security-erase, level clear: not chosen: on a medium of this kind (unknown) it reaches only clear", "hpa: 512 bytes")
		show, _ := b.run(fault.Done, "show", "sda")
		says(t, show, "ata-sanitize-block, level purge", "hpa: 512 bytes (a sector)")
		show, _ = b.run(fault.Done, "show", "sda", "--json")
		says(t, show, `"id": "ata-sanitize-block"`, `"estimated_seconds": 0`, `"kind": "hpa"`, `"firmware_not_asked": ""`)
		jobs, _ := b.purge(fault.Done, d, f, false)
		c := b.certificate(jobs[0], "verified")
		if c.Level != "purge" || c.Firmware == nil || c.Firmware.Method != "ata-sanitize-block" || c.Firmware.Markers.Gone != benchSize || c.Disk.Hidden != "examined" ||
			len(f.Sent()) != 1 || len(c.Passes) != 1 || c.Passes[0].Verified != benchSize {
			t.Errorf("%+v\n%+v", c, c.Firmware)
		}
		if bytes.Contains(d.bytes(), []byte("secret!!")) {
			t.Error("a secret is still there")
		}
		page, _ := b.run(fault.Done, "cert", "show", jobs[0].Certificate)
		says(t, page, "The drive's own erase: ata-sanitize-block", "purge (requested: purge)")
		b.run(fault.Done, "check", "sda", "--cert", jobs[0].Certificate)
		b.audit(map[string]int64{"verified": 1})
	})
}

// Each lie of a drive's firmware, and the verdict of the certificate.
func TestPurgeLies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lie     devicetest.Lie
		method  devices.MethodID
		exit    int
		outcome string
		code    string
		passes  int
	}{
		{devicetest.NothingErased, devices.ATASanitizeBlock, fault.Failed, "failed", "markers-kept", 0},
		{devicetest.ErasesPart, devices.SCSISanitizeCrypto, fault.Failed, "failed", "markers-kept", 0},
		{devicetest.LeavesLast, devices.NVMeSanitizeBlock, fault.Failed, "failed", "markers-kept", 0},
		{devicetest.OldSuccess, devices.NVMeSanitizeCrypto, fault.Failed, "failed", "markers-kept", 0},
		{devicetest.NoRegisters, devices.ATASanitizeCrypto, fault.Failed, "failed", "markers-kept", 0},
		{devicetest.Fails, devices.ATASanitizeOverwrite, fault.Failed, "failed", "erase-failed", 0},
		{devicetest.FailsOpen, devices.NVMeSanitizeOverwrite, fault.Failed, "failed", "erase-failed", 0},
		{devicetest.ResetMidway, devices.ATASanitizeBlock, fault.Failed, "failed", "erase-locked", 0},
		{devicetest.Stuck, devices.NVMeSanitizeBlock, fault.Interrupted, "interrupted", "interrupted", 0},
		{devicetest.Hangs, devices.SCSISanitizeBlock, fault.Interrupted, "interrupted", "interrupted", 0},
		{devicetest.ErasesTwice, devices.ATASanitizeBlock, fault.Done, "verified", "", 1},
	} {
		t.Run(string(c.lie), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			d := b.plug("sda", "S1")
			f := d.erasable(c.lie, c.method)
			jobs, text := b.purge(c.exit, d, f, c.outcome == "interrupted")
			cert := b.certificate(jobs[0], c.outcome)
			if code := limit(cert); code != c.code || len(cert.Passes) != c.passes || (cert.Level == "purge") != (c.outcome == "verified") {
				t.Errorf("level %s, %d passes, exception %q, want %q\n%s", cert.Level, len(cert.Passes), code, c.code, text)
			}
			switch {
			case c.outcome == "interrupted":
				says(t, text, "survives power loss", "--resume")
			case c.outcome == "failed":
				says(t, text, "the drive did not erase itself: destroy it physically")
			}
			b.audit(map[string]int64{c.outcome: 1})
		})
	}
}

// limit is the code of the first exception that limits the outcome.
func limit(c *certify.Certificate) string {
	for _, e := range c.Exceptions {
		if e.Code != "hidden-areas-not-examined" {
			return e.Code
		}
	}
	return ""
}

// A purge that the drive cannot do is refused, and no weaker method is used.
func TestPurgeUnavailable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		make func(d *benchDisk)
		want []string
	}{
		{"no firmware", func(*benchDisk) {}, []string{"no firmware commands reach this disk"}},
		{"offers nothing", func(d *benchDisk) { d.erasable(devicetest.Honest) }, []string{"the drive offers no firmware erase"}},
		{"too weak", func(d *benchDisk) { d.erasable(devicetest.Honest, devices.NVMeFormatUser) }, []string{"nvme-format-user: on a medium of this kind (unknown) it reaches only clear"}},
		{"frozen", func(d *benchDisk) { d.erasable(devicetest.Frozen, devices.ATASanitizeBlock) }, []string{"ata-sanitize-block: the firmware of this machine froze it: suspend and resume the machine"}},
		{"locked", func(d *benchDisk) { d.erasable(devicetest.LockedByOther, devices.ATASanitizeBlock) }, []string{"it is locked with a password that is not ours"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			d := b.plug("sda", "S1")
			c.make(d)
			for _, args := range [][]string{{"plan", "sda", "--level", "purge"}, append(words(d), "--level", "purge")} {
				_, text := b.run(fault.Refused, args...)
				says(t, text, append(c.want, "sda: purge unavailable: destroy it physically", "hint: no weaker method is used")...)
			}
			if d.writes() != 0 {
				t.Error("the disk was written to")
			}
			b.left(0)
		})
	}
	b := newBench(t)
	d := b.plug("sda", "S1")
	b.run(fault.BadUsage, append(words(d), "--level", "purge", "--verify", "sample")...)
}

// A drive that is still erasing itself when its job is interrupted can only be resumed.
func TestPurgeResume(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, b *bench) {
		d, other := b.plug("sda", "S1"), b.plug("sdb", "S2")
		f := d.erasable(devicetest.Honest, devices.ATASanitizeBlock)
		f.Steps = 3 // it would take three seconds
		jobs, text := b.purge(fault.Interrupted, d, f, true)
		first := b.certificate(jobs[0], "interrupted")
		says(t, text, "the drive is still running ata-sanitize-block, which survives power loss")

		_, text = b.run(fault.Refused, append(words(d), "--level", "clear")...) // a new job must not begin meanwhile
		says(t, text, "sda: firmware erase ata-sanitize-block, started by job ", "is not confirmed complete", "rasure wipe --resume")
		_, text = b.wipe(fault.Done, other)
		says(t, text, "serial number S1, is still running ata-sanitize-block since ")

		for _, args := range [][]string{{"list"}, {"show", "sda"}, {"plan", "sda"}} {
			_, text = b.run(fault.Done, args...)
			says(t, text, "serial number S1, was commanded to erase itself (ata-sanitize-block)", "resume with: rasure wipe --resume")
		}

		jobs, _ = b.resume(fault.Done, d)
		last := b.certificate(jobs[0], "verified")
		if last.ID != first.ID || last.Level != "purge" || len(f.Sent()) != 1 || len(last.Interruptions) != 1 || last.Firmware.Markers.Key != first.Firmware.Markers.Key {
			t.Errorf("sent %v\n%+v\n%+v", f.Sent(), last.Firmware, first.Firmware)
		}
		b.left(0)
		b.audit(map[string]int64{"verified": 2})
	})
}

// The machine loses power while the drive erases itself: the state directory goes back to what it had at that moment.
func TestPurgePowerCut(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, b *bench) {
		d := b.plug("sda", "S1")
		f := d.erasable(devicetest.Honest, devices.ATASanitizeBlock)
		f.Steps = 1
		kept, copied := b.TempDir(), make(chan error, 1)
		go func() {
			for len(f.Sent()) == 0 {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(100 * time.Millisecond)
			copied <- os.CopyFS(kept, os.DirFS(b.at("state")))
		}()
		b.purge(fault.Done, d, f, false)
		if err := errors.Join(<-copied, os.RemoveAll(b.at("state")), os.Rename(kept, b.at("state"))); err != nil {
			t.Fatal(err)
		}
		jobs, _ := b.resume(fault.Done, d)
		c := b.certificate(jobs[0], "verified")
		if c.Level != "purge" || len(f.Sent()) != 1 || len(c.Interruptions) != 1 || c.Interruptions[0].Reason != "vanished" {
			t.Errorf("sent %v, level %s, %+v", f.Sent(), c.Level, c.Interruptions)
		}
		b.audit(map[string]int64{"verified": 1})
	})
}

// Disks that are erased with the named one are claimed too, and their hazards forbid the whole.
func TestPurgeAlsoErases(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d, twin := b.plug("sda", "S1"), b.plug("sdb", "S2")
	f := d.erasable(devicetest.Honest, devices.NVMeSanitizeBlock)
	f.Offers[0].AlsoErases = []string{"sdb"}
	twin.erasable(devicetest.Honest, devices.NVMeSanitizeBlock)
	_, text := b.run(fault.BadUsage, append(words(d, twin), "--level", "purge")...)
	says(t, text, "sda and sdb are one drive, and nvme-sanitize-block erases all of it: name one of them")
	jobs, _ := b.purge(fault.Exceptions, d, f, false)
	if c := b.certificate(jobs[0], "completed-with-exceptions"); limit(c) != "others-not-read-back" || len(c.Firmware.Others) != 1 {
		t.Errorf("%v", c.Exceptions)
	}
	f.Offers[0].AlsoErases = []string{"sdc"} // which does not exist
	_, text = b.purge(fault.Failed, d, f, false)
	says(t, text, "sdc")
}

// A hidden area is reported as an exception, and restored only on request.
func TestHiddenArea(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "S1")
	f := d.erasable(devicetest.Honest)
	f.Areas = []devices.HiddenArea{{Kind: devices.HPA, Bytes: 1 << 20, Restorable: true, Detail: message.Of("native maximum above")}}
	jobs, _ := b.jobs(b.Context(), fault.Exceptions, words(d))
	if c := b.certificate(jobs[0], "completed-with-exceptions"); limit(c) != "hidden-area-not-erased" || c.Level != "none" || c.Hidden[0].Bytes != 1<<20 {
		t.Errorf("%v, %+v", c.Exceptions, c.Hidden)
	}
	before := d.writes()
	_, text := b.run(fault.Refused, append(words(d), "--restore-hidden")...)
	says(t, text, "hpa: 1048576 bytes are addressable now", "nothing was erased", "run the same command again")
	if d.writes() != before || f.Areas[0].Bytes != 0 {
		t.Errorf("%d writes, areas %+v", d.writes()-before, f.Areas)
	}
	b.left(0)
	jobs, _ = b.jobs(b.Context(), fault.Done, words(d))
	b.certificate(jobs[0], "verified")
	_, text = b.run(fault.Refused, append(words(d), "--restore-hidden")...)
	says(t, text, "no restorable hidden area: nothing was changed, and nothing erased")
}
