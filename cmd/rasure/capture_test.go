package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/cmd/internal/fault"
	"rasure/devices/devicetest"
)

// TestCapture: a capture is written into a new file only, of a disk that takes commands.
func TestCapture(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "SERIAL77")
	file := filepath.Join(t.TempDir(), "capture.txt")
	_, text := b.run(fault.Failed, "show", "sda", "--capture", file)
	says(t, text, "no commands reach the drive")
	b.run(fault.BadUsage, "show", "sda", "sdb", "--capture", file)
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	disk, err := b.host().Find("sda")
	if err != nil {
		t.Fatal(err)
	}
	devicetest.NewSAS(d.Drive, disk, devicetest.Honest)
	b.run(fault.Failed, "show", "sda", "--capture", file)
	if kept, _ := os.ReadFile(file); string(kept) != "mine" {
		t.Errorf("a file was overwritten: %s", kept)
	}
	out, _ := b.run(fault.Done, "show", "sda", "--capture", "-")
	says(t, out, "-- 12018000fc00 ", "serial numbers are masked")
	if strings.Contains(out, "SERIAL77") || len(devicetest.ParseCapture(t, out)) < 5 {
		t.Error(out)
	}
}

// TestUnfreeze: a drive that is not frozen is said to be free; one that is gets an explanation, and nothing is suspended unasked.
func TestUnfreeze(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "S1")
	f := d.erasable(devicetest.Honest, "ata-security-erase")
	out, _ := b.run(fault.Done, "unfreeze", "sda")
	says(t, out, "sda is not frozen")
	f.Lie = devicetest.Frozen
	_, text := b.run(fault.Refused, "unfreeze", "sda")
	says(t, text, "sda is frozen")
}
