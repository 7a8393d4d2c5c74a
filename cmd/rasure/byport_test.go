package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/certify"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/settings"
	"rasure/cmd/internal/station"
	"rasure/devices"
	"rasure/devices/devicetest"
)

// newBench2 is a bench whose log has version 2.
func newBench2(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	b.run(fault.Done, "station", "upgrade", "--organisation", "bench", "--yes")
	return b
}

// stick plugs in a USB stick.
func (b *bench) stick(name, port, serial string) *benchDisk {
	d := b.plug(name, serial)
	d.port = port
	return d
}

// wipePort erases a stick that is confirmed by a word.
func (b *bench) wipePort(ctx context.Context, want int, d *benchDisk, word string, flags ...string) ([]wipeResult, string) {
	b.Helper()
	return b.jobs(ctx, want, append([]string{"wipe", "--json", d.name, "--confirm", word}, flags...))
}

// wipedByPort says how a stick is confirmed, and what its certificate must say of that.
type wipedByPort struct{ name, serial, twin, word, identified, port, page string }

// A stick without a serial number of its own is confirmed by its port, and the certificate says so.
func TestWipeByPort(t *testing.T) {
	t.Parallel()
	for _, c := range []wipedByPort{
		{"no number", "", "", "USB 1-2", "port", "usb 1-2", "this medium has no serial number of its own: it is identified by the bytes on it"},
		{"a placeholder", "0000000000", "", "usb 1-2", "port", "usb 1-2", "this medium has no serial number of its own"},
		{"two sticks of one number", "AA0489", "AA0489", "usb 1-2", "port", "usb 1-2", "other disks report the serial number of this medium"},
	} {
		t.Run(c.name, func(t *testing.T) { t.Parallel(); c.test(t) })
	}
}

// Its bay confirms it as well.
func TestWipeByBay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings.toml")
	if err := os.WriteFile(file, []byte("[[bay]]\nname = \"A1\"\nport = \"usb 1-2\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(settings.PathVariable, file)
	wipedByPort{"", "", "", "a1", "bay", "A1", "this medium has no serial number of its own"}.test(t)
}

func (c wipedByPort) test(t *testing.T) {
	b := newBench2(t)
	d, other := b.stick("sdb", "1-2", c.serial), b.stick("sdc", "1-3", c.twin)
	before := other.bytes()
	for _, wrong := range []string{"usb 1-3", "sdb", "AA0489", "0000000000", "1-2"} {
		b.wipePort(t.Context(), fault.Refused, d, wrong)
	}
	if d.writes() != 0 {
		t.Fatal("it was written to before it was confirmed")
	}
	jobs, _ := b.wipePort(t.Context(), fault.Done, d, c.word)
	cert := b.certificate(jobs[0], "verified")
	if cert.Disk.Identified != c.identified || cert.Disk.Port != c.port || cert.Disk.Shared != (c.twin != "") {
		t.Errorf("identified by %s %s, shared %v", cert.Disk.Identified, cert.Disk.Port, cert.Disk.Shared)
	}
	page, _ := b.run(fault.Done, "cert", "show", jobs[0].Certificate)
	says(t, strings.Join(strings.Fields(page), " "), c.page)
	if want := strings.ReplaceAll(c.port, " ", "_") + "-" + cert.ID + "-"; !strings.HasPrefix(filepath.Base(jobs[0].Certificate), want) {
		t.Errorf("the file is %s, want %s...", filepath.Base(jobs[0].Certificate), want)
	}
	b.erased(d, jobs[0])
	d.port = "1-7" // wherever it is, its bytes distinguish it from the other one
	b.erased(d, jobs[0])
	b.run(fault.Unverified, "check", other.name, "--cert", jobs[0].Certificate)
	if c.port == "A1" || c.twin != "" { // the certificate is found by the bytes alone
		second, _ := b.wipePort(t.Context(), fault.Done, other, "usb 1-3")
		b.certificate(second[0], "verified")
		b.run(fault.Done, "check", d.name)
		b.run(fault.Done, "check", other.name)
		_, text := b.run(fault.Done, "prepare", d.name, "--fs", "exfat", "--label", "归档")
		says(t, text, cert.ID)
		b.erased(d, jobs[0])
		b.audit(map[string]int64{"verified": 2})
		return
	}
	b.run(fault.Refused, "prepare", other.name, "--cert", jobs[0].Certificate, "--fs", "exfat")
	_, text := b.run(fault.Failed, "check", other.name)
	says(t, text, "no certificate whose bytes are on sdc (usb 1-3)")
	if !bytes.Equal(before, other.bytes()) {
		t.Error("the other stick was written to")
	}
	b.audit(map[string]int64{"verified": 1})
}

// Two sticks of one kind, both interrupted, are distinguished by what was written to them, whatever port they are in now.
func TestResumeByBytes(t *testing.T) {
	t.Parallel()
	b := newBench2(t)
	one, two := b.stick("sdb", "1-2", ""), b.stick("sdc", "1-3", "")
	certs := []*certify.Certificate{b.stoppedAt(one, 6), b.stoppedAt(two, 9)}
	one.port, two.port, one.seq, two.seq = two.port, one.port, 90, 91 // pulled, and plugged in again the other way round
	fresh := b.stick("sdd", "1-4", "")
	_, text := b.wipePort(t.Context(), fault.Refused, fresh, "usb 1-4", "--resume")
	says(t, text, "no interrupted job of sdd", "the bytes on it are not those of an interrupted job")
	first, _ := b.wipePort(t.Context(), fault.Done, one, "usb 1-3", "--resume")
	if got := b.certificate(first[0], "verified"); got.ID != certs[0].ID {
		t.Errorf("job %s was resumed, want %s", got.ID, certs[0].ID)
	}
	b.left(1)
	jobs, _ := b.wipePort(t.Context(), fault.Done, fresh, "usb 1-4") // from the beginning: it supersedes no job of another stick
	b.certificate(jobs[0], "verified")
	b.left(1)
	jobs, _ = b.wipePort(t.Context(), fault.Done, two, "usb 1-2", "--resume")
	if got := b.certificate(jobs[0], "verified"); got.ID != certs[1].ID {
		t.Errorf("job %s was resumed, want %s", got.ID, certs[1].ID)
	}
	b.left(0)
	b.erased(one, first[0])
	b.erased(two, jobs[0])
}

// stoppedAt interrupts the erasure of a stick before its n-th write.
func (b *bench) stoppedAt(d *benchDisk, n int) *certify.Certificate {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	d.stopAt(devicetest.Write, n, cancel)
	jobs, _ := b.wipePort(ctx, fault.Interrupted, d, "usb "+d.port)
	d.at("", 0, nil)
	return b.certificate(jobs[0], "interrupted")
}

// A stick that is pulled after it was claimed, and another one put into the same port: not one byte of the other is written.
func TestReplacedInThePort(t *testing.T) {
	t.Parallel()
	b := newBench2(t)
	d := b.stick("sdb", "1-2", "")
	other := devices.State{Number: devices.Number{Major: 8, Minor: uint32(d.minor)}, Seq: 77, Size: benchSize}
	before := d.bytes()
	st, err := station.Open(b.at("state"), station.Options{Root: b.host().Root})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	batch, err := job.New(st, b.host(b.at("state"))).Prepare(t.Context(), job.Options{Operator: "wang"}, []job.Request{{Disk: "sdb"}})
	if err != nil {
		t.Fatal(err)
	}
	defer batch.Close()
	if _, err := batch.Confirm(t.Context(), "usb 1-2", job.Scanned); err != nil {
		t.Fatal(err)
	}
	d.SetState(other)
	results, err := batch.Run(t.Context(), nobody{})
	if err != nil || len(results) != 1 || results[0].Outcome != "failed" || !bytes.Equal(d.bytes(), before) {
		t.Errorf("%+v, %v; the other stick was written to: %v", results, err, !bytes.Equal(d.bytes(), before))
	}
}

// The end of a long serial number confirms, and so does all of it; two that begin alike have files of different names.
func TestLongSerial(t *testing.T) {
	t.Parallel()
	b := newBench2(t)
	long := strings.Repeat("0501a3c15c21d5f3", 3)
	one, two := b.plug("sdb", long+"XYZ123456"), b.plug("sdc", long+"XYZ123457")
	b.wipePort(t.Context(), fault.Refused, one, long)
	b.wipePort(t.Context(), fault.Refused, one, "Z123457")
	jobs, _ := b.wipePort(t.Context(), fault.Done, one, "yz123456")
	other, _ := b.wipePort(t.Context(), fault.Done, two, two.serial)
	a, c := filepath.Base(jobs[0].Certificate), filepath.Base(other[0].Certificate)
	if strings.TrimSuffix(a, a[strings.LastIndex(a, "-"):]) == strings.TrimSuffix(c, c[strings.LastIndex(c, "-"):]) || len(a) > 64 {
		t.Errorf("%s and %s", a, c)
	}
}
