package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/suspend"
	"rasure/devices"
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

// suspendable is a machine of files that can be suspended: they take what is written to them.
func suspendable(t *testing.T) (m suspend.Machine, read func(name string) string) {
	t.Helper()
	m.Root = t.TempDir()
	for name, text := range map[string]string{"sys/power/state": "freeze mem disk\n", "sys/power/mem_sleep": "s2idle [deep]\n", "sys/class/rtc/rtc0/wakealarm": "\n"} {
		file := filepath.Join(m.Root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return m, func(name string) string {
		text, err := os.ReadFile(filepath.Join(m.Root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

// TestUnfreeze_Suspend: the machine is suspended once, with the alarm set, and the drive is asked again. What the drive says then is what counts.
func TestUnfreeze_Suspend(t *testing.T) {
	t.Parallel()
	for _, thaws := range []bool{true, false} {
		b := newBench(t)
		machine, read := suspendable(t)
		b.machine = machine
		f := b.plug("sda", "S1").erasable(devicetest.Frozen, "ata-security-erase")
		slept := func() bool { return strings.HasPrefix(read("sys/power/state"), "mem") }
		f.Thawed = func() bool { return thaws && slept() }

		_, text := b.run(fault.Refused, "unfreeze", "sda")
		says(t, text, "sda is frozen by the firmware of this machine", "rasure unfreeze sda --suspend")
		if slept() {
			t.Fatal("suspended, and nobody asked for it")
		}
		if thaws {
			out, _ := b.run(fault.Done, "unfreeze", "sda", "--suspend")
			says(t, out, "sda is not frozen any more")
		} else {
			_, text := b.run(fault.Refused, "unfreeze", "sda", "--suspend")
			says(t, text, "sda is still frozen", "unplug the drive's power")
		}
		if !slept() || !strings.HasPrefix(read("sys/class/rtc/rtc0/wakealarm"), "+5") {
			t.Errorf("suspended: %v, alarm %q", slept(), read("sys/class/rtc/rtc0/wakealarm"))
		}
	}
}

// frozenBench has a frozen drive sda, in a machine that can be suspended; read reads a file of that.
func frozenBench(t *testing.T) (b *bench, read func(string) string) {
	t.Helper()
	b = newBench(t)
	b.machine, read = suspendable(t)
	b.plug("sda", "S1").erasable(devicetest.Frozen, "ata-security-erase")
	return b, read
}

// A machine that erases a disk is not suspended, whatever disk that is.
func TestUnfreeze_Erasing(t *testing.T) {
	t.Parallel()
	b, read := frozenBench(t)
	other := b.plug("sdb", "S2")
	text := ""
	other.at(devicetest.Write, 3, func() { _, text = b.run(fault.Refused, "unfreeze", "sda", "--suspend") })
	b.wipe(fault.Done, other)
	says(t, text, "erases a disk: the machine is not suspended", "rasure jobs list")
	if got := read("sys/power/state"); got != "freeze mem disk\n" {
		t.Errorf("suspended: %q", got)
	}
}

// Nor is a machine with another drive that was left erasing or formatting itself. A frozen drive does not run what it was left with.
func TestUnfreeze_LeftErasing(t *testing.T) {
	t.Parallel()
	b, read := frozenBench(t)
	d := b.plug("sdb", "S2")
	f := d.erasable(devicetest.Honest, devices.ATASanitizeBlock)
	f.Steps = 3
	b.purge(fault.Interrupted, d, f, true)
	_, text := b.run(fault.Refused, "unfreeze", "sda", "--suspend")
	says(t, text, "sdb may still be erasing itself: the machine is not suspended", "rasure wipe --resume /dev/sdb waits for it")
	b.resume(fault.Done, d)

	array := b.plug("sdc", "ARRAY0001")
	array.sectors = 0
	sas := devicetest.NewSAS(array.Drive, devices.Disk{Identity: devices.Identity{Vendor: "SEAGATE", Model: "ST4", Serial: "ARRAY0001", Firmware: "0001"}}, devicetest.FormatFails)
	sas.Steps = 0
	sas.SetBlocks(520)
	b.run(fault.Failed, "format", "sdc", "--to", "512", "--confirm", "ARRAY0001")
	_, text = b.run(fault.Refused, "unfreeze", "sda", "--suspend")
	says(t, text, "sdc may still be formatting itself: the machine is not suspended", "rasure format sdc --to 512 waits for it")
	if got := read("sys/power/state"); got != "freeze mem disk\n" {
		t.Errorf("suspended: %q", got)
	}
	sas.Lie = devicetest.Honest
	b.run(fault.Done, "format", "sdc", "--to", "512", "--confirm", "ARRAY0001")
	b.run(fault.Refused, "unfreeze", "sda", "--suspend") // it is still frozen
	if got := read("sys/power/state"); !strings.HasPrefix(got, "mem") {
		t.Errorf("not suspended: %q", got)
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
