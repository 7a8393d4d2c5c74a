package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/view"
	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/health"
)

// watched adds a SCSI disk that watches itself: the page of informational exceptions has this additional sense code.
func (b *bench) watched(name, serial string, asc byte) (*benchDisk, *devicetest.SAS) {
	d := b.plug(name, serial)
	sas := devicetest.NewSAS(d.Drive, devices.Disk{Identity: devices.Identity{Vendor: "SEAGATE", Model: d.model, Serial: serial, Firmware: "0001"}}, devicetest.Honest)
	pages := maps.Clone(devicetest.Capture(b, "scsi-sas"))
	ie := append([]byte{}, pages["2f"]...)
	ie[8] = asc
	sas.SetSMART(devicetest.SMART{Pages: map[uint8][]byte{0x03: pages["03"], 0x0d: pages["0d"], 0x0e: pages["0e"], 0x2f: ie}, Polls: 3})
	return d, sas
}

// TestHealth: list, show and plan say how well a drive is, and list asks no drive without --health.
func TestHealth(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.watched("sda", "GOOD0001", 0)
	b.watched("sdb", "DYING001", 0x5d)
	run := func(args ...string) string {
		out, _ := b.run(fault.Done, args...)
		return out
	}
	list := run("list", "--health")
	for _, line := range []string{"NAME", "HEALTH   STATE", "GOOD0001  good     wipeable", "DYING001  failing  wipeable"} {
		if !strings.Contains(list, line) {
			t.Errorf("no %q in\n%s", line, list)
		}
	}
	if plain := run("list"); strings.Contains(plain, "HEALTH") || strings.Contains(plain, "failing") {
		t.Errorf("list without --health:\n%s", plain)
	}
	show := run("show", "sdb")
	for _, line := range []string{"health       failing: the drive predicts its failure (5dh/00h)\n", "power cycles           1363", "temperature            23 °C (limit 70 °C)", "uncorrectable errors   0"} {
		if !strings.Contains(show, line) {
			t.Errorf("no %q in\n%s", line, show)
		}
	}
	if plan := run("plan", "sdb"); !strings.Contains(plan, "health    failing: the drive predicts its failure (5dh/00h): consider destroying the medium") {
		t.Errorf("plan:\n%s", plan)
	}
	if plan := run("plan", "sda"); strings.Contains(plan, "health") {
		t.Errorf("the plan of a good drive warns:\n%s", plan)
	}
	var disks []view.Disk
	if err := json.Unmarshal([]byte(run("list", "--health", "--json")), &disks); err != nil || len(disks) != 2 ||
		disks[0].Health.Verdict != health.Good || disks[1].Health.Verdict != health.Failing || disks[1].Health.Reasons[0].Code != health.FailurePredicted || *disks[1].Health.PowerCycles != 1363 {
		t.Errorf("%v, %+v", err, disks)
	}
	var plan view.Plan
	if err := json.Unmarshal([]byte(run("plan", "sdb", "--json")), &plan); err != nil || plan.Health == nil || plan.Health.Verdict != health.Failing {
		t.Errorf("%v, %+v", err, plan.Health)
	}
	if out := run("list", "--json"); strings.Contains(out, `"health"`) {
		t.Error("list --json asked the drives")
	}
	b.run(2, "list", "--health", "--watch")
}

// TestHealth_Many: 24 disks are asked side by side; the command waits for none twice.
func TestHealth_Many(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 24 {
		b.watched("sd"+string(rune('a'+i)), fmt.Sprintf("MANY%04d", i), 0)
	}
	h := b.host()
	all, err := view.List(h)
	if err != nil {
		t.Fatal(err)
	}
	var all24 sync.WaitGroup // each drive answers when all were asked
	all24.Add(24)
	open := h.Open
	h.Open = func(path string, write bool) (devices.Port, error) {
		all24.Done()
		all24.Wait()
		return open(path, write)
	}
	view.AddHealth(context.Background(), h, all)
	for _, d := range all {
		if d.Health == nil || d.Health.Verdict != health.Good {
			t.Fatalf("%s: %+v", d.Name, d.Health)
		}
	}
}

// TestSelfTest: the disk is shown after its test, and a test that found a fault is an error.
func TestSelfTest(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, sas := b.watched("sda", "TESTED01", 0)
	sas.SetSMART(devicetest.SMART{Pages: map[uint8][]byte{0x2f: devicetest.Capture(t, "scsi-sas")["2f"]}})
	out, errs := b.run(fault.Done, "show", "sda", "--self-test", "short")
	if !strings.Contains(out, "newest self-test       short, passed at 77 hours") {
		t.Errorf("got\n%s%s", out, errs)
	}
	sas.SetSMART(devicetest.SMART{Pages: map[uint8][]byte{0x2f: devicetest.Capture(t, "scsi-sas")["2f"]}, TestFails: true})
	out, errs = b.run(fault.Failed, "show", "sda", "--self-test", "long")
	if !strings.Contains(out, "health       failing") || !strings.Contains(errs, "sda: the self-test found a fault in the drive") {
		t.Errorf("got\n%s%s", out, errs)
	}
	b.run(fault.BadUsage, "show", "sda", "--self-test", "quick")
	b.run(fault.BadUsage, "show", "sda", "sdb", "--self-test", "short")
}

// TestHealth_Certificate: begin and certificate of version 2 state the drive's health around the job; certificates of version 1 have no place for it.
func TestHealth_Certificate(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.run(fault.Done, "station", "upgrade", "--organisation", "bench", "--yes")
	d, sas := b.watched("sda", "STATED01", 0x5d)
	c := devicetest.Capture(t, "scsi-sas")
	defects := func(n byte) { // of its list of grown ones
		ie := append([]byte{}, c["2f"]...)
		ie[8] = 0x5d
		sas.SetSMART(devicetest.SMART{Pages: map[uint8][]byte{0x0d: c["0d"], 0x2f: ie}, Defects: []byte{0, 0x0c, 0, 0, 0, 0, 0, 8 * n}})
	}
	defects(1)
	d.at(devicetest.Write, 1, func() { defects(4) }) // it replaces blocks while it is erased
	jobs, errs := b.wipe(fault.Done, d)
	if !strings.Contains(errs, "sda: the drive is failing: the drive predicts its failure (5dh/00h): consider destroying the medium") {
		t.Errorf("no warning in\n%s", errs)
	}
	signed, err := os.ReadFile(jobs[0].Certificate)
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(b.at("state/station.pem"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := certify.ParsePublicKey(pem)
	if err != nil {
		t.Fatal(err)
	}
	e, err := certify.CheckEntry(signed, key)
	if err != nil {
		t.Fatal(err)
	}
	body := e.Statement.Body.(*statement.Certificate)
	h := body.Health
	if h == nil || h.Before == nil || h.After == nil {
		t.Fatalf("got %+v", h)
	}
	for _, h := range []*statement.Health{h.Before, h.After} {
		if h.Verdict != "failing" || fmt.Sprint(h.Reasons) != "[failure-predicted reallocated]" || h.Source != "scsi-pages" || h.Celsius == nil || *h.Celsius != 23 {
			t.Errorf("got %+v", h)
		}
	}
	if *h.Before.Reallocated != 1 || *h.After.Reallocated != 4 || !strings.Contains(fmt.Sprint(body.Exceptions), "replaced-while-erased the drive replaced 3 blocks") || body.Outcome != "verified" {
		t.Errorf("%s: %d, %d, %v", body.Outcome, *h.Before.Reallocated, *h.After.Reallocated, body.Exceptions)
	}
	out, _ := b.run(fault.Done, "show", "sda")
	if !strings.Contains(out, "4 blocks were replaced by spare ones") {
		t.Errorf("got\n%s", out)
	}
}
