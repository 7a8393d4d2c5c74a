package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"rasure/cmd/internal/fault"
	"rasure/devices/devicetest"
	"rasure/wipe"
)

// leftOnes are the unfinished jobs of a bench, as the next process finds them, with its station.
func (b *bench) leftOnes(want int) (*app, *station, []*jobFile) {
	b.Helper()
	a := &app{stateDir: b.at("state"), out: io.Discard, err: io.Discard, host: b.host}
	left, err := a.leftJobs()
	if err != nil {
		b.Fatal(err)
	}
	st, err := a.openStation()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(st.Close)
	if left, err = a.tidy(st, left); err != nil || len(left) != want {
		b.Fatalf("%d jobs are left, %v, want %d", len(left), err, want)
	}
	return a, st, left
}

// onlyCertificate verifies the one certificate of a serial number in the station's own directory.
func (b *bench) onlyCertificate(serial string) {
	b.Helper()
	certs, err := filepath.Glob(b.at("state/certificates/" + serial + "-*.cert"))
	if len(certs) != 1 || err != nil {
		b.Fatalf("certificates %v, %v", certs, err)
	}
	b.certificate(wiped{Certificate: certs[0], Proof: strings.TrimSuffix(certs[0], ".cert") + ".tlog-proof", Outcome: "verified"}, "verified")
}

// The serial numbers differ only in what no file name can bear, and both jobs end within one second.
func TestTwoCertificatesNeverShareAFile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.cut(b.plug("sda", "S/1"), devicetest.Write, 6)
	b.cut(b.plug("sdb", "S:1"), devicetest.Write, 6)
	_, st, left := b.leftOnes(2)
	ended := now()
	for _, f := range left {
		r := f.report("cut off")
		r.Ended = ended
		if err := f.seal(st, r); err != nil {
			t.Fatal(err)
		}
	}
	var both sync.WaitGroup
	jobs := make([]wiped, 2)
	for i, f := range left {
		both.Go(func() {
			f.Reason = ""
			index, cert, proof, err := f.settle(st)
			if err != nil {
				t.Error(err)
			}
			jobs[i] = wiped{Certificate: cert, Proof: proof, Index: index, Outcome: "interrupted"}
		})
	}
	both.Wait()
	if first, second := b.certificate(jobs[0], "interrupted"), b.certificate(jobs[1], "interrupted"); first.ID == second.ID {
		t.Errorf("both are of job %s: %v", first.ID, jobs)
	}
	if all, err := filepath.Glob(b.at("state/certificates/S_1-*.cert")); len(all) != 2 || err != nil {
		t.Errorf("certificates %v, %v", all, err)
	}
	b.audit(map[string]int64{"interrupted": 2})
}

// A stick with the certificates on it was pulled out while the disk was erased, for good.
func TestAJobWhoseDirectoryIsGoneStandsInNobodysWay(t *testing.T) {
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
	_, text := b.jobs(t.Context(), fault.Failed, append(words(d), "--scheme", "nnsa", "--out", stick))
	says(t, text, "keeping the certificate, entry 2 of the log")
	_, text = b.wipe(fault.Done, other)
	says(t, text, stick, "go to "+b.at("state/certificates")+" instead", "it is entry 2 of the log")
	b.left(0)
	b.audit(map[string]int64{"verified": 2})
	b.onlyCertificate("S1")
}

func TestAnInterruptedJobWhoseDirectoryIsGoneGetsAnother(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		exit  int
		flags []string
		in    string // where the certificate is then
	}{
		"gone on with":           {fault.Failed, []string{"--resume"}, ""},
		"gone on with elsewhere": {fault.Done, []string{"--resume", "--out", "other"}, "other"},
		"erased anew":            {fault.Done, []string{"--scheme", "nnsa"}, "state/certificates"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			d := b.plug("sda", "S1")
			stick := b.at("stick/papers")
			if err := os.MkdirAll(stick, 0o755); err != nil {
				t.Fatal(err)
			}
			b.stopped(d, devicetest.Write, 6, "--scheme", "nnsa", "--out", stick)
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
				says(t, text, "making the directory for certificates", "hint: --out DIR names another one")
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

func TestAJobThatVanishedWithItsDirectoryIsClosedInTheStationsOwn(t *testing.T) {
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
	says(t, said, "is not resumed: entry 2 of the log says so, and "+b.at("state/certificates/S1-"))
	b.left(0)
	b.audit(map[string]int64{"interrupted": 1, "verified": 1})
}

func TestAListOfExtentsGoesWhereItsCertificateGoes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.cut(b.plug("sda", "S1"), devicetest.Write, 6)
	a, st, left := b.leftOnes(1)
	f := left[0]
	f.Dir = b.at("state/station.pem/papers")
	p := &f.Wipe.Report.Passes[0]
	for i := range 300 { // more than a certificate shows
		p.Unwritten = append(p.Unwritten, wipe.Extent{Offset: int64(i) * 1024, Length: 512})
	}
	p.UnwrittenTotal = wipe.Total{Extents: 300, Bytes: 300 * 512}
	_, path, err := a.end(st, f, "x")
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile(strings.TrimSuffix(path, ".cert") + ".extents")
	if strings.Count(string(list), "\n") != 300 || err != nil || filepath.Dir(path) != b.at("state/certificates") {
		t.Errorf("beside %s: %d extents, %v", path, strings.Count(string(list), "\n"), err)
	}
}
