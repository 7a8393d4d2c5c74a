package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/cmd/internal/bridge"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/view"
	"rasure/devices"
	"rasure/devices/devicetest"
)

// docked adds a SATA drive behind a USB bridge.
func (b *bench) docked(name, port, serial string, a devicetest.Adapter) (*benchDisk, *devicetest.SATA) {
	d := b.stick(name, port, serial)
	s := devicetest.NewSATA(d.Drive, devices.Disk{Identity: devices.Identity{Model: d.model, Serial: serial, Firmware: "0001"}}, devicetest.Honest)
	s.Adapter, s.Logs = a, true
	c := devicetest.Capture(b, "ata-wd30efrx")
	s.SetSMART(devicetest.SMART{Data: c["data"], Thresholds: c["thresholds"]})
	return d, s
}

// settle writes the settings for the commands that follow.
func (b *bench) settle(text string) {
	b.Helper()
	path := filepath.Join(b.dir, "station.toml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
	b.Setenv("RASURE_SETTINGS", path)
}

// TestBridge: a bridge is tested, listed by the lines that the test prints, and its disks are asked from then on.
func TestBridge(t *testing.T) {
	b := newBench(t)
	b.settle("")
	_, s := b.docked("sda", "1-2", "DOCKED01", devicetest.Bridge)
	out, _ := b.run(fault.Done, "show", "sda")
	says(t, out, "firmware 0209, not listed in the settings: rasure bridge test shows what it carries", "health       unknown")
	b.run(fault.Refused, "bridge", "test", "sda", "--confirm", "DOCKED02")
	_, text := b.run(fault.BadUsage, "bridge", "test", "sda")
	says(t, text, "--confirm DOCKED01")
	if sent := s.Sent(); len(sent) > 0 {
		t.Fatalf("sent % x to a bridge that is not listed", sent)
	}
	before := b.disks[0].bytes()
	out, text = b.run(fault.Done, "bridge", "test", "sda", "--confirm", "docked01")
	says(t, out, "identity (IDENTIFY DEVICE)  arrives intact  -", "their high bytes            arrives intact  -", "NVMe commands               not tested", "Usable for: reading what the drive is and how well it is, and commands without data", "[[bridge]]\nid = \"0001:0002\"\nfirmware = \"0209\"\n")
	says(t, text, "serial number DOCKED01", "USB bridge 0001:0002, firmware 0209")
	if string(b.disks[0].bytes()) != string(before) {
		t.Error("the test changed the disk")
	}

	_, lines, _ := strings.Cut(out, ":\n\n")
	b.settle(lines)
	out, _ = b.run(fault.Done, "show", "sda")
	says(t, out, "firmware 0209, listed in the settings, tested 20", "health       good")
	out, _ = b.run(fault.Done, "plan", "sda", "--level", "purge")
	says(t, out, "ata-sanitize-crypto")
	out, _ = b.run(fault.Done, "station", "settings")
	says(t, out, "bridge 0001:0002 0209", "carries identify sense smart logs statistics echo address; tested 20")

	b.settle(strings.Replace(lines, `"0209"`, `"0208"`, 1))
	out, _ = b.run(fault.Done, "show", "sda")
	says(t, out, "not listed in the settings")
	b.settle(strings.Replace(lines, "sense", "senses", 1))
	_, text = b.run(fault.BadUsage, "list")
	says(t, text, "station.toml, line 5: carries: unknown word")
}

// TestBridge_Faults: what a bridge does wrong is said, and one that hangs is not listed.
func TestBridge_Faults(t *testing.T) {
	b := newBench(t)
	b.docked("sda", "1-1", "COUNT001", devicetest.BridgeCount)
	b.docked("sdb", "1-2", "HANGS001", devicetest.BridgeHangs)
	b.plug("sdc", "PLAIN001")
	out, _ := b.run(fault.Done, "bridge", "test", "sda", "--confirm", "COUNT001", "--json")
	var r bridge.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil || r.Use != bridge.Reading || r.List == nil || len(r.List.Carries) != 5 || r.Checks[5].Result != bridge.Dropped {
		t.Errorf("%v\n%s", err, out)
	}
	out, text := b.run(fault.Failed, "bridge", "test", "sdb", "--confirm", "HANGS001")
	says(t, out, "identity (IDENTIFY DEVICE)  dropped     the command was not answered", "Usable for: nothing.")
	says(t, text, "sdb: its USB bridge did not answer a command", "do not list it")
	if strings.Contains(out, "[[bridge]]") {
		t.Error("it can be listed")
	}
	_, text = b.run(fault.Refused, "bridge", "test", "sdc", "--confirm", "PLAIN001")
	says(t, text, "sdc is not attached through a USB bridge")
	var disks []view.Disk
	out, _ = b.run(fault.Done, "list", "--json")
	if err := json.Unmarshal([]byte(out), &disks); err != nil || disks[0].Bridge == nil || disks[0].Bridge.Firmware != "0209" || disks[0].Bridge.Listed != nil {
		t.Errorf("%v\n%s", err, fmt.Sprint(disks))
	}
}

// TestBridge_Purge: a drive behind a listed bridge erases itself, and the certificate has what the bridge was shown to carry.
func TestBridge_Purge(t *testing.T) {
	b := newBench2(t)
	b.settle("[[bridge]]\nid = \"0001:0002\"\nfirmware = \"0209\"\ntested = \"2026-11-30\"\ncarries = [\"identify\", \"sense\", \"echo\", \"address\"]\n")
	d, s := b.docked("sda", "1-2", "DOCKED01", devicetest.Bridge)
	jobs, _ := b.jobs(b.Context(), fault.Done, append(words(d), "--level", "purge"))
	cert, _ := b.run(fault.Done, "cert", "show", jobs[0].Certificate)
	text := strings.Join(strings.Fields(cert), " ")
	says(t, text, "VERIFIED", "behind bridge 0001:0002", "its firmware 0209", "its listing the settings of the station list the bridge as tested on 2026-11-30, carrying: identity (IDENTIFY DEVICE), registers of an answer, count and address, their high bytes")
	if !s.Sanitized() {
		t.Error("the drive did not erase itself")
	}
	signed, err := os.ReadFile(jobs[0].Certificate)
	if err != nil {
		t.Fatal(err)
	}
	b.run(fault.Done, "audit", "--key", b.at("state/station.pem"))
	says(t, string(signed), "\"trial\": {", "\"tested\": \"2026-11-30\"")

	e, s := b.docked("sdb", "1-3", "DOCKED02", devicetest.BridgeCount)
	_, refused := b.run(fault.Refused, append(words(e)[:1], "sdb", "--confirm", "DOCKED02", "--level", "purge")...)
	says(t, refused, "the adapter changes the count or the address of commands")
	if s.Sanitized() {
		t.Error("a drive erased itself through a bridge that zeroes the count")
	}
}
