package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/cmd/internal/fault"
	"rasure/devices/devicetest"
)

// onlyCertificate verifies the one certificate of a serial number in the station's own directory.
func (b *bench) onlyCertificate(serial string) {
	b.Helper()
	certs, err := filepath.Glob(b.at("state/certificates/" + serial + "-*.cert"))
	if len(certs) != 1 || err != nil {
		b.Fatalf("certificates %v, %v", certs, err)
	}
	b.certificate(wipeResult{Certificate: certs[0], Proof: strings.TrimSuffix(certs[0], ".cert") + ".tlog-proof", Outcome: "verified"}, "verified")
}

// A stick with the certificates was removed for good while the disk was erased: its certificate goes to the state directory.
func TestPublishDirectoryGone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d, other := b.plug("sda", "S1"), b.plug("sdb", "S2")
	stick := b.at("stick/papers")
	if err := os.MkdirAll(stick, 0o755); err != nil {
		t.Fatal(err)
	}
	d.at(devicetest.Read, 5, func() {
		if err := errors.Join(os.RemoveAll(b.at("stick")), os.WriteFile(b.at("stick"), nil, 0o600)); err != nil {
			t.Error(err)
		}
	})
	_, text := b.jobs(t.Context(), fault.Failed, append(words(d), "--scheme", "hmg-is5-enhanced", "--out", stick))
	says(t, text, "saving the certificate, entry 2 of the log")
	_, text = b.wipe(fault.Done, other)
	says(t, text, stick, "go to "+b.at("state/certificates")+" instead", "log entry 2")
	b.left(0)
	b.audit(map[string]int64{"verified": 2})
	b.onlyCertificate("S1")
}

// An interrupted job whose output directory is gone is resumed with another.
func TestResumeDirectoryGone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		exit  int
		flags []string
		in    string // the directory of the certificate
	}{
		"resumed":            {fault.Failed, []string{"--resume"}, ""},
		"resumed with --out": {fault.Done, []string{"--resume", "--out", "other"}, "other"},
		"superseded":         {fault.Done, []string{"--scheme", "hmg-is5-enhanced"}, "state/certificates"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			d := b.plug("sda", "S1")
			stick := b.at("stick/papers")
			if err := os.MkdirAll(stick, 0o755); err != nil {
				t.Fatal(err)
			}
			b.stopped(d, devicetest.Write, 6, "--scheme", "hmg-is5-enhanced", "--out", stick)
			if err := errors.Join(os.RemoveAll(b.at("stick")), os.WriteFile(b.at("stick"), nil, 0o600)); err != nil {
				t.Fatal(err)
			}
			for i, flag := range c.flags {
				if flag == "other" {
					c.flags[i] = b.at(flag)
				}
			}
			jobs, text := b.jobs(t.Context(), c.exit, append(words(d), c.flags...))
			if c.exit != fault.Done {
				says(t, text, "creating the directory for certificates", "hint: choose another directory with --out")
				return
			}
			b.certificate(jobs[0], "verified")
			if got := filepath.Dir(jobs[0].Certificate); got != b.at(c.in) {
				t.Errorf("the certificate is in %s", got)
			}
			b.left(0)
		})
	}
}

// A job whose output directory is gone is superseded with a certificate in the state directory.
func TestSupersedeDirectoryGone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "S1")
	b.cut(d, devicetest.Write, 6)
	file := b.left(1)[0]
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	gone := strings.Replace(string(text), b.at("state/certificates"), b.at("state/station.pem/papers"), 1)
	if err := os.WriteFile(file, []byte(gone), 0o600); err != nil {
		t.Fatal(err)
	}
	_, said := b.wipe(fault.Done, d)
	says(t, said, "is not resumed: it has a certificate now, log entry 2, file "+b.at("state/certificates/S1-"))
	b.left(0)
	b.audit(map[string]int64{"interrupted": 1, "verified": 1})
}
