package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/certify/audit"
	"rasure/cmd/internal/fault"
	"rasure/devices/devicetest"
	"rasure/wipe"
)

// unplug takes all disks off the bench.
func (b *bench) unplug() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.disks = nil
}

// open is the one job that an audit finds without an end.
func (b *bench) open() string {
	b.Helper()
	out, _ := b.run(fault.Exceptions, "audit", "--json", "--key", b.at("state/station.pem"))
	var a audit.Report
	if err := json.Unmarshal([]byte(out), &a); err != nil || len(a.OpenJobs) != 1 {
		b.Fatalf("%v, %s", err, out)
	}
	return a.OpenJobs[0].ID
}

// A job whose disk is gone for good gets a certificate that claims nothing, and never while the disk is attached.
func TestAbandon(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lose    func(b *bench)
		outcome string
		passes  int
	}{
		"with its state":    {func(*bench) {}, "interrupted", 1},
		"without its state": {func(b *bench) { os.Remove(b.left(1)[0]) }, "unknown", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			d := b.plug("sda", "S1")
			b.cut(d, devicetest.Write, 6)
			c.lose(b)
			id := b.open()
			b.run(fault.BadUsage, "cert", "abandon", id)
			_, text := b.run(fault.Refused, "cert", "abandon", id, "--reason", "it is dead")
			says(t, text, "the disk of this job is attached, as sda", "hint: rasure wipe --resume /dev/sda")
			if b.open() != id {
				t.Error("a job was abandoned though its disk is attached")
			}
			b.unplug()
			out, _ := b.run(fault.Done, "cert", "abandon", id, "--reason", "it is\x1b[2J dead", "--operator", "wang")
			path, outcome, _ := strings.Cut(strings.TrimSpace(out), " ")
			cert := b.certificate(wipeResult{Certificate: path, Proof: strings.TrimSuffix(path, ".cert") + ".tlog-proof", Outcome: wipe.Outcome(outcome)}, c.outcome)
			if cert.ID != id || cert.Level != "none" || len(cert.Passes) != c.passes || filepath.Base(path)[:3] != "S1-" {
				t.Errorf("%s: job %s, level %s, %d passes", path, cert.ID, cert.Level, len(cert.Passes))
			}
			if len(cert.Exceptions) == 0 || !strings.HasPrefix(cert.Exceptions[0].Detail, "disk unavailable, reported by wang: it is") || strings.Contains(cert.Exceptions[0].Detail, "\x1b") {
				t.Errorf("exceptions %q", cert.Exceptions)
			}
			b.left(0)
			b.audit(map[string]int64{c.outcome: 1})
			b.run(fault.Refused, "cert", "abandon", id, "--reason", "twice")
			b.run(fault.BadUsage, "cert", "abandon", "../"+id, "--reason", "x")

			back := b.plug("sda", "S1") // after all
			b.resume(fault.Refused, back)
			b.wipe(fault.Done, back)
			b.audit(map[string]int64{c.outcome: 1, "verified": 1})
		})
	}
}

// A job that is running is not abandoned.
func TestAbandonRunning(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "S1")
	d.at(devicetest.Write, 5, func() {
		id := strings.TrimSuffix(filepath.Base(b.left(1)[0]), ".json")
		_, text := b.run(fault.Refused, "cert", "abandon", id, "--reason", "x")
		says(t, text, "is running")
	})
	b.wipe(fault.Done, d)
	b.audit(map[string]int64{"verified": 1})
}

// A job that has its certificate already is only removed.
func TestAbandonCertified(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "S1")
	cert := b.stopped(d, devicetest.Write, 6)
	b.unplug()
	_, text := b.run(fault.Done, "cert", "abandon", cert.ID, "--reason", "x")
	says(t, text, "already has a certificate, entry 2 of the log")
	b.left(0)
	b.audit(map[string]int64{"interrupted": 1})
}
