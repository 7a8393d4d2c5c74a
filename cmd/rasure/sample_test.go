package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rasure/cmd/internal/fault"
	"rasure/devices/devicetest"
)

var updateSample = flag.Bool("update", false, "make the pages of the sample certificates again, and the certificates if they are gone")

const sampleDir = "testdata/sample"

// makeSample erases a good disk and one with blocks that cannot be read, and keeps their certificates, proofs and the station card.
func makeSample(t *testing.T) {
	b := newBench(t)
	b.run(fault.Done, "station", "upgrade", "--organisation", "Example Archive 示例档案馆", "--department", "Media room", "--site", "Building 3, room 12", "--zone", "Asia/Shanghai", "--yes")
	good, bad := b.plug("sdb", "ZC1234QT"), b.plug("sdc", "ZC1234R9")
	good.model, bad.model = "ST4000NM0035", "ST4000NM0035"
	for _, at := range []int64{3 << 20, 11<<20 + 4096} {
		bad.Inject(devicetest.Fault{Kind: devicetest.Unreadable, Offset: at, Length: 8192})
	}
	for name, d := range map[string]*benchDisk{"erased": good, "not-erased": bad} {
		want := fault.Done
		if d == bad {
			want = fault.Exceptions
		}
		jobs, _ := b.jobs(t.Context(), want, []string{"wipe", "--json", d.name, "--confirm", d.serial, "--operator", "Wang Wei"})
		for from, to := range map[string]string{jobs[0].Certificate: name + ".cert", jobs[0].Proof: name + ".tlog-proof"} {
			data, err := os.ReadFile(from)
			if err == nil {
				err = os.WriteFile(filepath.Join(sampleDir, to), data, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	os.Remove(filepath.Join(sampleDir, "station.card"))
	b.run(fault.Done, "station", "card", "--out", filepath.Join(sampleDir, "station.card"))
}

// TestSample prints the certificates that the README shows. With -update it makes the pages again.
func TestSample(t *testing.T) {
	if _, err := os.Stat(filepath.Join(sampleDir, "station.card")); err != nil && *updateSample {
		makeSample(t)
	}
	b := &bench{T: t, dir: t.TempDir()}
	for _, name := range []string{"erased", "not-erased"} {
		kept := filepath.Join(sampleDir, name)
		b.run(fault.Done, "cert", "print", kept+".cert", "--station", filepath.Join(sampleDir, "station.card"), "--html", b.at(name+".html"), "--lang", "zh,en")
		page, err := os.ReadFile(b.at(name + ".html"))
		if err != nil {
			t.Fatal(err)
		}
		if *updateSample {
			if err := os.WriteFile(kept+".html", page, 0o644); err != nil {
				t.Fatal(err)
			}
			os.Remove(kept + ".pdf")
			b.run(fault.Done, "cert", "print", kept+".cert", "--station", filepath.Join(sampleDir, "station.card"), "--pdf", kept+".pdf", "--lang", "zh,en")
		}
		if want, err := os.ReadFile(kept + ".html"); err != nil || !bytes.Equal(page, want) {
			t.Errorf("%s.html is not what its certificate gives (%v): go test ./cmd/rasure -run Sample -update makes it again", kept, err)
		}
		if _, err := exec.LookPath("pdftotext"); err != nil {
			t.Log("pdftotext is missing (poppler-utils)")
			continue
		}
		text, err := exec.Command("pdftotext", "-layout", kept+".pdf", "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		_, sum, _ := strings.Cut(string(page), "SHA-256 ")
		if !strings.Contains(string(text), sum[:64]) {
			t.Errorf("%s.pdf is of another certificate", kept)
		}
	}
}
