package main

import (
	"strings"
	"testing"

	"rasure/cmd/internal/fault"
	"rasure/devices"
	"rasure/devices/devicetest"
)

func TestFormatBlocks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := b.plug("sda", "ARRAY0001")
	d.sectors = 0 // the kernel knows no size of it
	sas := devicetest.NewSAS(d.Drive, devices.Disk{Identity: devices.Identity{Vendor: "SEAGATE", Model: "ST4", Serial: "ARRAY0001", Firmware: "0001"}}, devicetest.Honest)
	sas.Steps = 0
	sas.SetBlocks(520)
	for _, c := range []struct {
		code int
		args []string
		says string
	}{
		{fault.Refused, []string{"wipe", "sda", "--confirm", "ARRAY0001", "--out", b.dir}, "rasure format sda --to 512"},
		{fault.BadUsage, []string{"format", "sda"}, "want 512"},
		{fault.BadUsage, []string{"format", "sda", "--to", "4096"}, "want 512"},
		{fault.BadUsage, []string{"format", "sda", "--to", "512"}, "--confirm ARRAY0001"},
		{fault.Refused, []string{"format", "sda", "--to", "512", "--confirm", "ARRAY0002"}, "does not confirm sda"},
	} {
		if _, text := b.run(c.code, c.args...); !strings.Contains(text, c.says) {
			t.Errorf("%v says %q, want %q", c.args, text, c.says)
		}
	}
	if sas.Formats() != 0 {
		t.Fatal("it was formatted")
	}
	out, text := b.run(fault.Done, "format", "sda", "--to", "512", "--confirm", "array0001") // a scanner may give other letters
	if !strings.Contains(out, "sda has blocks of 512 bytes now, 16777216 bytes in all; nothing was erased") || !strings.Contains(text, "formatting, 0 %") {
		t.Errorf("%q, %q", out, text)
	}
	if out, _ := b.run(fault.Done, "format", "sda", "--to", "512", "--json"); !strings.Contains(out, `"to_block_bytes": 512`) || !strings.Contains(out, `"finished": false`) || sas.Formats() != 1 {
		t.Errorf("once more: %q, %d formats", out, sas.Formats())
	}
}
