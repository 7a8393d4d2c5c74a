package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/cmd/internal/fault"
	"rasure/devices/devicetest"
)

// A disk of the bench takes this many transfers of 1.25 MiB for each pass.
const transfers = (benchSize + 1280<<10 - 1) / (1280 << 10)

// A job that was stopped is resumed where it was.
func TestResume(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		kind    devicetest.OpKind
		n, pass int
		some    bool // of the pass was written
	}{
		{"before the first byte", devicetest.Write, 1, 1, false},
		{"writing pass 1", devicetest.Write, 6, 1, true},
		{"between pass 1 and 2", devicetest.Write, transfers + 1, 2, false},
		{"writing pass 3", devicetest.Write, 2*transfers + 6, 3, true},
		{"reading back", devicetest.Read, 6, 3, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			d := b.plug("sda", "S1")
			first := b.stopped(d, c.kind, c.n)
			before := len(d.Ops())
			jobs, _ := b.resume(fault.Done, d)
			last := b.certificate(jobs[0], "verified")
			if last.ID != first.ID || last.Resumes == nil || len(last.Interruptions) != 1 || len(last.Passes) != 3 {
				t.Fatalf("the certificate has %d passes, resumes %v, interruptions %+v", len(last.Passes), last.Resumes, last.Interruptions)
			}
			i := last.Interruptions[0]
			if i.Reason != "interrupted" || i.Pass != c.pass || (i.Low > 0) != c.some {
				t.Errorf("interruption %+v, want in pass %d", i, c.pass)
			}
			if got, want := last.Passes[c.pass-1].Key, first.Passes[c.pass-1].Key; got != want {
				t.Errorf("pass %d has key %s, before the interruption %s", c.pass, got, want)
			}
			wrote := int64(0)
			for _, o := range d.Ops()[before:] {
				if o.Kind == devicetest.Write {
					wrote += o.Length
				}
			}
			low := i.Low
			if c.pass < 3 {
				low = 0 // a pass that is not read back begins again
			}
			if want := int64(4-c.pass)*benchSize - low; wrote != want {
				t.Errorf("%d bytes were written after the interruption, want %d", wrote, want)
			}
			b.erased(d, jobs[0])
			b.left(0)
			b.audit(map[string]int64{"verified": 1})
			_, text := b.resume(fault.Refused, d)
			says(t, text, "no interrupted job")
		})
	}
}

// The saved state matches the disk at every moment, also when a pass has just begun to overwrite the one before.
func TestResumePowerCut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		kind devicetest.OpKind
		n    int
	}{
		{"at the first byte", devicetest.Write, 1}, {"in pass 1", devicetest.Write, 5},
		{"at the first byte of pass 2", devicetest.Write, transfers + 1}, {"in pass 2", devicetest.Write, transfers + 5},
		{"at the first byte of pass 3", devicetest.Write, 2*transfers + 1}, {"in pass 3", devicetest.Write, 2*transfers + 5},
		{"reading back", devicetest.Read, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			d := b.plug("sda", "S1")
			b.cut(d, c.kind, c.n)
			jobs, _ := b.resume(fault.Done, d)
			cert := b.certificate(jobs[0], "verified")
			if len(cert.Interruptions) != 1 || cert.Interruptions[0].Reason != "vanished" || cert.Resumes != nil {
				t.Errorf("interruptions %+v, resumes %v", cert.Interruptions, cert.Resumes)
			}
			b.erased(d, jobs[0])
			b.left(0)
			b.audit(map[string]int64{"verified": 1})
		})
	}
}

// A disk that was used since the interruption is refused and not written to.
func TestResumeUsedDisk(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "S1")
	b.cut(d, devicetest.Read, 5)
	was := d.bytes()
	d.Poke(bytes.Repeat([]byte("new work"), 512), 0)
	for range 2 { // a refusal is not recorded as an interruption
		before, writes := d.bytes(), d.writes()
		_, text := b.resume(fault.Refused, d)
		says(t, text, "sda has other data than the interrupted job wrote: the first difference is at byte 0", "hint: somebody has used it meanwhile")
		if !bytes.Equal(d.bytes(), before) || d.writes() != writes {
			t.Error("the disk was written to")
		}
	}
	d.Poke(was, 0)
	jobs, _ := b.resume(fault.Done, d)
	if cert := b.certificate(jobs[0], "verified"); len(cert.Interruptions) != 1 {
		t.Errorf("one power cut became the interruptions %+v", cert.Interruptions)
	}
	b.audit(map[string]int64{"verified": 1})
}

// A pass that was written to one disk is not certified of another with the same identity, also when the next pass had just begun.
func TestResumePassMissing(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]int{"at the first byte of pass 2": transfers + 1, "in pass 2": transfers + 5, "at the first byte of pass 3": 2*transfers + 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			d := b.plug("sda", "S1")
			secrets := d.bytes()
			b.cut(d, devicetest.Write, n)
			was, writes := d.bytes(), d.writes()
			d.Poke(secrets, 0)
			_, text := b.resume(fault.Refused, d)
			says(t, text, "sda has other data than the interrupted job wrote: the first difference is at byte ")
			if !bytes.Equal(d.bytes(), secrets) || d.writes() != writes {
				t.Error("the disk was written to")
			}
			d.Poke(was, 0)
			jobs, _ := b.resume(fault.Done, d)
			b.certificate(jobs[0], "verified")
			b.audit(map[string]int64{"verified": 1})
		})
	}
}

// A different disk with the same serial number is not resumed.
func TestResumeOtherDisk(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(d *benchDisk){
		"model": func(d *benchDisk) { d.model = "ST8" },
		"size": func(d *benchDisk) {
			d.Drive, d.sectors = devicetest.NewDrive(2*benchSize, 512), 2*benchSize/512
			d.Poke([]byte("other secrets"), 0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			d := b.plug("sda", "S1")
			b.stopped(d, devicetest.Write, 6)
			change(d)
			before, writes := d.bytes(), d.writes()
			_, text := b.resume(fault.Refused, d)
			says(t, text, "no interrupted job of sda (serial number S1)", "hint: an interrupted job exists for a different disk with this serial number: SEAGATE ST4, 16777216 bytes")
			if !bytes.Equal(d.bytes(), before) || d.writes() != writes {
				t.Error("the disk was written to")
			}
			b.left(1)
		})
	}
}

// A disk is recognized under another name and device number.
func TestResumeRenamedDisk(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "S1")
	b.stopped(d, devicetest.Write, 2*transfers+6)
	other := b.plug("sdb", "S2")
	other.name, d.name, d.minor, d.seq, other.minor, other.seq = "sda", "sdb", 96, 77, 0, 78
	jobs, _ := b.resume(fault.Done, d)
	cert := b.certificate(jobs[0], "verified")
	if n := cert.Disk.Node; n.Name != "sdb" || n.Minor != 96 || n.Seq != 77 {
		t.Errorf("the certificate names %+v", n)
	}
	b.erased(d, jobs[0])
	if other.writes() != 0 {
		t.Error("the disk that took its name was written to")
	}
	b.audit(map[string]int64{"verified": 1})
}

// A disk that was lost gets a certificate, and is resumed when it is attached again.
func TestResumeLostDisk(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]devicetest.OpKind{"writing": devicetest.Write, "reading back": devicetest.Read} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachVersion(t, func(t *testing.T, b *bench) {
				d := b.plug("sda", "S1")
				d.at(kind, 5, func() { d.Inject(devicetest.Fault{Kind: devicetest.Vanishes}) })
				jobs, text := b.wipe(fault.Failed, d)
				b.certificate(jobs[0], "failed")
				says(t, text, "device-lost", "hint: resume with: rasure wipe --resume")
				b.left(1)
				b.audit(map[string]int64{"failed": 1})

				d.Drive, d.name, d.minor, d.seq = d.Copy(), "sdc", 32, 99
				jobs, _ = b.resume(fault.Done, d)
				cert := b.certificate(jobs[0], "verified")
				if cert.Resumes == nil || len(cert.Interruptions) != 1 || cert.Interruptions[0].Reason != "device-lost" {
					t.Errorf("resumes %v, interruptions %+v", cert.Resumes, cert.Interruptions)
				}
				b.erased(d, jobs[0])
				b.left(0)
				b.audit(map[string]int64{"verified": 1})
			})
		})
	}
}

// A wipe without --resume starts a new job. The job that it replaces gets a certificate too.
func TestSupersede(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(b *bench, d *benchDisk){
		"stopped":   func(b *bench, d *benchDisk) { b.stopped(d, devicetest.Write, 6) },
		"power cut": func(b *bench, d *benchDisk) { b.cut(d, devicetest.Write, 6) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachVersion(t, func(t *testing.T, b *bench) {
				d := b.plug("sda", "S1")
				leave(b, d)
				jobs, _ := b.wipe(fault.Done, d)
				if cert := b.certificate(jobs[0], "verified"); len(cert.Interruptions) != 0 {
					t.Errorf("interruptions of another job: %+v", cert.Interruptions)
				}
				b.left(0)
				b.audit(map[string]int64{"interrupted": 1, "verified": 1})
			})
		})
	}
}

// A relative --out counts from the directory in which the job was started.
func TestResumeOtherDirectory(t *testing.T) {
	b := newBench(t)
	d := b.plug("sda", "S1")
	first, second := b.TempDir(), b.TempDir()
	t.Chdir(first)
	b.stopped(d, devicetest.Write, 6, "--scheme", "hmg-is5-enhanced", "--out", "papers")
	t.Chdir(second)
	jobs, _ := b.resume(fault.Done, d)
	b.certificate(jobs[0], "verified")
	if got := filepath.Dir(jobs[0].Certificate); got != filepath.Join(first, "papers") {
		t.Errorf("the certificate is in %s", got)
	}
	if all, err := os.ReadDir(second); len(all) > 0 || err != nil {
		t.Errorf("in the other directory is %v, %v", all, err)
	}
}

// A job file that cannot be read is an error that names it.
func TestResumeCorruptFile(t *testing.T) {
	t.Parallel()
	for name, corrupt := range map[string]func(string) string{
		"cut off":     func(s string) string { return s[:len(s)/2] },
		"empty":       func(string) string { return "" },
		"null":        func(string) string { return "null" },
		"nothing":     func(string) string { return "{}" },
		"no begin":    func(s string) string { return strings.Replace(s, `"begin_statement":"`, `"begun":"`, 1) },
		"another job": func(s string) string { return strings.Replace(s, `"ID":"01`, `"ID":"02`, 1) },
		"zeros":       func(s string) string { return strings.Repeat("\x00", len(s)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			d, other := b.plug("sda", "S1"), b.plug("sdb", "S2")
			b.stopped(d, devicetest.Write, 6)
			file := b.left(1)[0]
			good, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			bad := corrupt(string(good))
			if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
				t.Fatal(err)
			}
			writes := d.writes()
			for _, run := range []func(int, ...*benchDisk) ([]wipeResult, string){b.wipe, b.resume} {
				_, text := run(fault.Failed, d)
				says(t, text, "rasure: cannot read the state of an unfinished job, "+file+": ", "hint: remove the file to abandon the job")
				run(fault.Failed, other)
			}
			if now, err := os.ReadFile(file); string(now) != bad || err != nil {
				t.Errorf("the file became %q, %v", now, err)
			}
			if d.writes() != writes || other.writes() > 0 {
				t.Error("a disk was written to")
			}
			if err := os.WriteFile(file, good, 0o600); err != nil {
				t.Fatal(err)
			}
			b.resume(fault.Done, d)
			b.audit(map[string]int64{"verified": 1})
		})
	}
}
