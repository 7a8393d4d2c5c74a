package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"rasure/certify/tpm/tpmtest"
	"rasure/cmd/internal/fault"
	"rasure/devices/devicetest"
	"rasure/logs/durable"
)

// A certificate that is signed and could not be saved or logged is kept. The next wipe publishes it, once.
func TestPublishLater(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, obstacle string // a directory where a file must be written
		file, logged   bool   // what exists nevertheless
		says           string
	}{
		{"not in the log", "state/log/.intent.tmp", true, false, "the certificate is not in the log; the next wipe of the station tries again"},
		{"on its way into the log", "state/log/.checkpoint.tmp", true, false, "the next wipe of the station finishes that"},
		{"without its file", "state/certificates", false, true, "saving the certificate, entry 2 of the log"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			d, other := b.plug("sda", "S1"), b.plug("sdb", "S2")
			d.at(devicetest.Read, 5, func() { b.obstruct(c.obstacle) })
			jobs, text := b.wipe(fault.Failed, d)
			says(t, text, c.says)
			if j := jobs[0]; (j.Certificate != "") != c.file || (j.Index >= 0) != c.logged || j.Proof != "" || j.Outcome != "verified" {
				t.Errorf("stdout says %+v", j)
			}
			b.left(1)
			b.clear(c.obstacle)

			_, text = b.wipe(fault.Done, other)
			says(t, text, "recovered the certificate of job ", "log entry 2")
			b.left(0)
			b.audit(map[string]int64{"verified": 2})
			b.onlyCertificate("S1")
			b.resume(fault.Refused, d)
		})
	}
}

// obstruct puts a directory with something in it where a file must be written, or a file where a directory must be.
func (b *bench) obstruct(name string) {
	file := b.at(name + "/x")
	if strings.HasSuffix(name, "certificates") {
		file = b.at(name)
		os.RemoveAll(file)
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, nil, 0o600)); err != nil {
		b.Error(err)
	}
}

func (b *bench) clear(name string) {
	if err := os.RemoveAll(b.at(name)); err != nil {
		b.Error(err)
	}
	if strings.HasSuffix(name, "certificates") {
		if err := os.Mkdir(b.at(name), 0o700); err != nil {
			b.Error(err)
		}
	}
}

// A job whose certificate could be neither signed nor kept is not over: resuming reads the disk again and certifies it.
func TestResumeUncertified(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "S1")
	obstacle := ""
	d.at(devicetest.Read, 5, func() {
		id := strings.TrimSuffix(filepath.Base(b.left(1)[0]), ".json")
		obstacle = "state/jobs/." + id + ".json.tmp"
		b.obstruct(obstacle)
	})
	jobs, text := b.wipe(fault.Failed, d)
	b.resumes(d, jobs, text, func() { b.clear(obstacle) })
}

// The same when the TPM fails at the end of a job.
func TestResumeTPMGone(t *testing.T) {
	t.Parallel()
	chip := tpmtest.New(t)
	b := newBench(t, "--key", "tpm", "--tpm", chip.Address())
	d := b.plug("sda", "S1")
	d.at(devicetest.Read, 5, chip.Stop)
	jobs, text := b.wipe(fault.Failed, d)
	b.resumes(d, jobs, text, chip.Run)
}

func (b *bench) resumes(d *benchDisk, jobs []wipeResult, text string, repair func()) {
	b.Helper()
	if j := jobs[0]; j.Certificate != "" || j.Index != -1 {
		b.Errorf("stdout says %+v", j)
	}
	says(b.T, text, "rasure: sda: certifying: ", "hint: rasure wipe --resume /dev/sda reads the disk again and certifies it")
	repair()
	d.at("", 0, nil)
	writes := d.writes()
	jobs, _ = b.resume(fault.Done, d)
	b.certificate(jobs[0], "verified")
	if d.writes() != writes {
		b.Error("data was written twice")
	}
	b.erased(d, jobs[0])
	b.left(0)
	b.audit(map[string]int64{"verified": 1})
}

// The file system of the state fills up while disks are erased, and again when the first is done: each job has reserved the space for
// its certificate.
func TestReserve(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root, to mount a small file system")
	}
	b := newBench(t)
	small := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", small).CombinedOutput(); err != nil {
		t.Skipf("no small file system: %v: %s", err, out)
	}
	t.Cleanup(func() { exec.Command("umount", small).Run() })
	if err := os.CopyFS(small, os.DirFS(b.dir)); err != nil {
		t.Fatal(err)
	}
	b.dir = small
	d, late := b.plug("sda", "S1"), b.plug("sdb", "S2")
	full := func(name string) {
		f, err := os.Create(b.at(name))
		if err == nil {
			_, err = io.Copy(f, zeros{})
			f.Close()
		}
		if err == nil {
			t.Error("the file system cannot be filled")
		}
	}
	begun := make(chan struct{})
	d.at(devicetest.Write, 1, func() { <-begun; full("fill") })
	late.at(devicetest.Write, 1, func() {
		close(begun)
		for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if all, _ := filepath.Glob(b.at("state/certificates/S1-*.tlog-proof")); len(all) > 0 {
				break
			}
		}
		full("more")
	})
	jobs, text := b.wipe(fault.Done, d, late)
	says(t, text, "the state could not be saved for a part of the run")
	for i, d := range []*benchDisk{d, late} {
		b.certificate(jobs[i], "verified")
		b.erased(d, jobs[i])
	}
	b.left(0)
	b.audit(map[string]int64{"verified": 2})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// Of several disks one that fails does not disturb the others.
func TestBatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, outcome string
		fault         devicetest.Fault
		code          int
	}{
		{"vanishes", "failed", devicetest.Fault{Kind: devicetest.Vanishes, After: 3 * benchSize / 2}, fault.Failed},
		{"vanishes while it is read", "failed", devicetest.Fault{Kind: devicetest.Vanishes, After: 7 * benchSize / 2}, fault.Failed},
		// As a SCSI disk does: EIO, and then its size is 0. It once ended as "refused".
		{"vanishes with EIO", "failed", devicetest.Fault{Kind: devicetest.Vanishes, After: 3 * benchSize / 2, Err: syscall.EIO}, fault.Failed},
		{"has a bad block", "completed-with-exceptions", devicetest.Fault{Kind: devicetest.Unwritable, Offset: 1 << 20, Length: 512}, fault.Exceptions},
		{"cannot flush", "completed-with-exceptions", devicetest.Fault{Kind: devicetest.FlushFails, Times: 1}, fault.Exceptions},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			good, bad, third := b.plug("sda", "S1"), b.plug("sdb", "S2"), b.plug("sdc", "S3")
			bad.Inject(c.fault)
			jobs, text := b.wipe(c.code, good, bad, third)
			for i, want := range []string{"verified", c.outcome, "verified"} {
				cert := b.certificate(jobs[i], want)
				if serial := []string{"S1", "S2", "S3"}[i]; cert.Disk.Serial != serial {
					t.Errorf("the certificate of %s is of %s", serial, cert.Disk.Serial)
				}
			}
			b.erased(good, jobs[0])
			b.erased(third, jobs[2])
			if strings.Contains(text, "sda: unwritten") || !strings.Contains(text, "sdb: ") {
				t.Errorf("stderr does not name the disk:\n%s", text)
			}
			b.audit(map[string]int64{"verified": 2, c.outcome: 1})
		})
	}
}

// The exit code is that of the worst disk: a refusal counts, unless another disk failed.
func TestBatchExitCode(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault devicetest.Fault
		code  int
		want  string
	}{
		"refused and verified": {devicetest.Fault{Kind: devicetest.FlushFails, Times: 1, After: 1 << 40}, fault.Refused, "verified"},
		"refused and failed":   {devicetest.Fault{Kind: devicetest.Vanishes}, fault.Failed, "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			used, d := b.plug("sda", "S1"), b.plug("sdb", "S2")
			b.stopped(used, devicetest.Read, 5)
			b.stopped(d, devicetest.Write, 6)
			used.Poke(bytes.Repeat([]byte("new work"), 512), 0)
			d.at(devicetest.Write, 1, func() { d.Inject(c.fault) })
			jobs, _ := b.resume(c.code, used, d)
			if jobs[0].Certificate != "" || jobs[0].Index != -1 {
				t.Errorf("the refused disk has a certificate: %+v", jobs[0])
			}
			b.certificate(jobs[1], c.want)
		})
	}
}

// While one process erases a disk, others erase and resume other disks, and cannot take over its job.
func TestJobLock(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d, other, third := b.plug("sda", "S1"), b.plug("sdb", "S2"), b.plug("sdc", "S3")
	b.stopped(third, devicetest.Write, 6)
	under, finish := make(chan struct{}), make(chan struct{})
	d.at(devicetest.Write, 5, func() { close(under); <-finish })
	type result struct {
		code      int
		out, text string
	}
	ended := make(chan result)
	go func() {
		code, out, text := command(context.Background(), b.host, b.dir, append(words(d), "--scheme", "hmg-is5-enhanced")...)
		ended <- result{code, out, text}
	}()
	select {
	case <-under:
	case r := <-ended:
		t.Fatalf("it ended: %+v", r)
	}
	b.wipe(fault.Done, other)
	b.resume(fault.Done, third)
	_, text := b.resume(fault.Refused, d)
	says(t, text, "no interrupted job of sda")
	b.left(1)
	close(finish)
	if r := <-ended; r.code != fault.Done {
		t.Errorf("the first wipe ended with %d\n%s%s", r.code, r.out, r.text)
	}
	b.left(0)
	b.audit(map[string]int64{"verified": 3})
}

// What a killed process left beside its job is removed, except a lock that is held.
func TestJobLeftovers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "S1")
	b.wipe(fault.Done, d)
	for _, name := range []string{"01A.lock", ".01B.json.tmp", "01C.lock", ".01C.json.tmp"} {
		if err := os.WriteFile(b.at("state/jobs/"+name), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	unlock, err := durable.Open(b.at("state/jobs")).Lock("01D.lock", 0)
	if err != nil {
		t.Fatal(err)
	}
	b.wipe(fault.Done, d)
	if all, err := os.ReadDir(b.at("state/jobs")); len(all) != 1 || all[0].Name() != "01D.lock" || err != nil {
		t.Errorf("left is %v, %v, want the lock that is held", all, err)
	}
	unlock()
	b.wipe(fault.Done, d)
	b.left(0)
}
