package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/certify"
	"rasure/certify/issue"
	"rasure/cmd/internal/fault"
	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/wipe"
	"rasure/wipe/scheme"
)

// change edits a file of the state directory.
func (b *bench) change(name string, edit func(string) string) {
	b.Helper()
	was, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	now := edit(string(was))
	if now == string(was) {
		b.Fatalf("%s was not changed", name)
	}
	if err := os.WriteFile(name, []byte(now), 0o600); err != nil {
		b.Fatal(err)
	}
}

// checkpoint is that of the log, byte for byte.
func (b *bench) checkpoint() string {
	b.Helper()
	text, err := os.ReadFile(b.at("state/log/checkpoint"))
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// A station file that claims more than the log's first entry is refused.
func TestStationCard(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "S1")
	before := b.checkpoint()
	b.change(b.at("state/station.json"), func(s string) string {
		return strings.Replace(s, `"assurance": "software"`, `"assurance": "tpm-verified"`, 1)
	})
	_, text := b.wipe(fault.Failed, d)
	says(t, text, "station.json does not match the log's first entry")
	if d.writes() > 0 || b.checkpoint() != before {
		t.Error("something was written")
	}
}

// savedJob is a job file as a test reads and forges it.
type savedJob struct {
	Version int          `json:"version"`
	Phase   string       `json:"phase"`
	Facts   issue.Facts  `json:"facts"`
	Begin   []byte       `json:"begin_statement"`
	Disk    devices.Disk `json:"disk"`
	Plan    wipe.Plan    `json:"plan"`
	Dir     string       `json:"directory"`
	Wipe    *wipe.State  `json:"wipe,omitempty"`
	Sealed  []byte       `json:"sealed,omitempty"`
	Base    string       `json:"base,omitempty"`
}

// The content of a job file decides what is written and certified next; it counts only where it matches what was signed.
func TestJobFileForged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "S1")
	b.cut(d, devicetest.Write, 2*transfers+5)
	file, before, writes := b.left(1)[0], b.checkpoint(), d.writes()
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		want    string
		corrupt func(f *savedJob)
	}{
		"another scheme": {"plan", func(f *savedJob) {
			f.Plan.Scheme, _ = scheme.Named("clear-zero")
			f.Wipe.Report.Plan = f.Plan
		}},
		"fewer passes under the name": {"plan", func(f *savedJob) {
			f.Plan.Scheme.Passes = f.Plan.Scheme.Passes[2:]
			f.Wipe.Report.Plan, f.Wipe.Report.Passes = f.Plan, f.Wipe.Report.Passes[:1]
		}},
		"nothing read back":     {"plan", func(f *savedJob) { f.Plan.Verify, f.Wipe.Report.Plan.Verify = wipe.None, wipe.None }},
		"another level":         {"plan", func(f *savedJob) { f.Plan.Level, f.Wipe.Report.Plan.Level = wipe.Purge, wipe.Purge }},
		"another disk":          {"disk", func(f *savedJob) { f.Disk.Serial, f.Wipe.Report.Disk.Serial = "S2", "S2" }},
		"a medium":              {"medium", func(f *savedJob) { f.Facts.Register = &certify.MediumRef{Number: "S-1", Class: certify.Secret} }},
		"corrupt begin":         {"its begin: ", func(f *savedJob) { f.Begin[100] ^= 1 }},
		"index before it":       {"its begin is not entry -1", func(f *savedJob) { f.Facts.Begin.Index = -1 }},
		"index after it":        {"its begin is not entry 9", func(f *savedJob) { f.Facts.Begin.Index = 9 }},
		"another hash":          {"its begin is not entry 1", func(f *savedJob) { f.Facts.Begin.SHA256 = strings.Repeat("0", 64) }},
		"a certificate of junk": {"its certificate: ", func(f *savedJob) { f.Phase, f.Sealed, f.Base = "sealed", []byte("verified\n"), "junk" }},
		"a begin to be logged":  {"that of another job", func(f *savedJob) { f.Phase, f.Sealed, f.Base = "sealed", f.Begin, "junk" }},
	} {
		t.Run(name, func(t *testing.T) {
			b.change(file, func(string) string {
				f := new(savedJob)
				if err := json.Unmarshal(good, f); err != nil {
					t.Fatal(err)
				}
				c.corrupt(f)
				text, err := json.Marshal(f)
				if err != nil {
					t.Fatal(err)
				}
				return string(text)
			})
			for _, run := range []func(int, ...*benchDisk) ([]wipeResult, string){b.wipe, b.resume} {
				_, text := run(fault.Failed, d)
				says(t, text, "does not match what was signed", c.want, "hint: remove the file to abandon the job")
			}
			if b.checkpoint() != before || d.writes() != writes {
				t.Error("something was written")
			}
		})
	}
	if err := os.WriteFile(file, good, 0o600); err != nil {
		t.Fatal(err)
	}
	b.resume(fault.Done, d)
	b.audit(map[string]int64{"verified": 1})
}

// A job file from a backup is older than the log: if it were resumed, the job would end twice, and every later audit would fail.
func TestJobFileOld(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "S1")
	b.cut(d, devicetest.Write, 5)
	file := b.left(1)[0]
	begun, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b.stopped(d, devicetest.Write, 2*transfers, "--resume")
	halted, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	older := func(text []byte) {
		t.Helper()
		now, _ := os.ReadFile(file)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		before, writes := b.checkpoint(), d.writes()
		for _, run := range []func(int, ...*benchDisk) ([]wipeResult, string){b.wipe, b.resume} {
			_, text := run(fault.Failed, d)
			says(t, text, "does not match what was signed: the log has a certificate of it that it does not know of")
		}
		if b.checkpoint() != before || d.writes() != writes {
			t.Error("something was written")
		}
		if err := errors.Join(os.Remove(file), os.WriteFile(file, now, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	older(begun)
	b.stopped(d, devicetest.Write, 3, "--resume")
	older(halted)
	b.resume(fault.Done, d)
	older(halted)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	b.audit(map[string]int64{"verified": 1})
}

// A directory of jobs that cannot be listed may hold one whose drive is still erasing itself.
func TestJobsUnlistable(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "S1")
	if err := os.WriteFile(b.at("state/jobs"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	before := b.checkpoint()
	_, text := b.resume(fault.Failed, d)
	says(t, text, filepath.Join("state", "jobs"))
	if b.wipe(fault.Failed, d); d.writes() > 0 || b.checkpoint() != before {
		t.Error("something was written")
	}
}

// A verifier runs on files from strangers: no claimed length may use up its memory.
func TestHugeFiles(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "S1")
	jobs, _ := b.wipe(fault.Done, d)
	cert, key, huge := jobs[0].Certificate, b.at("state/station.pem"), b.at("huge")
	f, err := os.Create(huge)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(1 << 42); err != nil {
		t.Skip(err)
	}
	for _, args := range [][]string{
		{"verify", huge, "--key", key}, {"verify", cert, "--proof", huge, "--key", key}, {"verify", cert, "--key", huge},
		{"check", "sda", "--cert", huge}, {"check", "sda", "--cert", cert, "--preparation", huge}, {"log", "add", huge},
		{"audit", "--key", key, "--since", huge}, {"audit", "--key", key, "--policy", huge}, {"audit", "--key", key, "--roots", huge}, {"sign", huge, "--as", "witness"},
	} {
		_, text := b.run(fault.Unverified, args...)
		says(t, text, "more than 1048576 bytes")
	}
}

// A station that was taken over may sign anything: a verifier compares the claim of a certificate with its measurements.
func TestVerifyContradiction(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "S1")
	jobs, _ := b.wipe(fault.Done, d)
	a := &app{stateDir: b.at("state")}
	cert, _, err := a.openCertificate(jobs[0].Certificate, pinOptions{})
	if err != nil {
		t.Fatal(err)
	}
	st, err := a.openStation()
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	cert.Last().Verified -= 512
	signed, err := certify.Sign(certify.KindCertificate, cert, st.Signer())
	if err != nil {
		t.Fatal(err)
	}
	file := b.at("forged.cert")
	if err := os.WriteFile(file, signed, 0o600); err != nil {
		t.Fatal(err)
	}
	_, text := b.run(fault.Unverified, "verify", file, "--key", b.at("state/station.pem"))
	says(t, text, "forged.cert: the certificate is signed and contradicts itself: the outcome is \"verified\", and of 16777216 bytes pass 3 wrote 16777216 and verified 16776704")
}

// Blocks that could not be written may still hold secrets: if all others are right, the disk still has exceptions.
func TestCheckLeftOut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "S1")
	d.Inject(devicetest.Fault{Kind: devicetest.Unwritable, Offset: 1 << 20, Length: 512})
	jobs, _ := b.wipe(fault.Exceptions, d)
	out, _ := b.run(fault.Exceptions, "check", "sda", "--cert", jobs[0].Certificate)
	says(t, out, "512 bytes could not be written, by the certificate: 0 hold its pattern, 512 hold other bytes, 0 cannot be read")
	d.Inject(devicetest.Fault{Kind: devicetest.Unreadable, Offset: 1 << 20, Length: 512})
	out, _ = b.run(fault.Exceptions, "check", "sda", "--cert", jobs[0].Certificate)
	says(t, out, "0 hold its pattern, 0 hold other bytes, 512 cannot be read")
	d.Poke([]byte("x"), 1<<21)
	b.run(fault.Unverified, "check", "sda", "--cert", jobs[0].Certificate)
}
