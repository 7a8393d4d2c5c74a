package ata_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"rasure/devices/ata"
	"rasure/devices/devicetest"
)

// dump returns the answers of a captured drive to SMART READ DATA and READ THRESHOLDS as they were parsed.
func dump(t testing.TB, name string) ata.SMARTData {
	t.Helper()
	c := devicetest.Capture(t, name)
	d, err := ata.ParseSMARTData(c["data"])
	if err == nil {
		err = d.AddThresholds(c["thresholds"])
	}
	if err != nil {
		t.Fatal(name, err)
	}
	return d
}

// line is an attribute as smartctl -A prints it: value, worst, threshold, raw.
func line(d ata.SMARTData, id uint8) string {
	for _, a := range d.Attributes {
		if a.ID == id {
			kind := "-"
			if a.PreFailure {
				kind = "P"
			}
			state := ""
			if a.Failing() {
				state = " now"
			} else if a.Failed() {
				state = " past"
			}
			return fmt.Sprintf("%s %d/%d/%d%s %d", kind, a.Value, a.Worst, a.Threshold, state, a.Raw)
		}
	}
	return ""
}

// The values are those that smartctl 7.3 -A prints for the same bytes.
func TestParseSMARTData_Captures(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]map[uint8]string{
		"ata-wd20ears":       {1: "P 188/188/51 20051", 5: "P 118/118/140 now 655", 9: "- 91/91/0 6684", 197: "- 1/1/0 65529", 198: "- 200/200/0 46"},
		"ata-maxtor-6y120p0": {5: "P 77/1/63 past 1783", 9: "- 214/214/0 28870", 197: "- 83/6/0 1727", 194: "- 253/253/0 36"},
		"ata-hd501lj":        {5: "P 100/100/10 1", 187: "- 253/253/0 65536", 197: "- 100/100/0 1"},
		"ata-wd30efrx":       {9: "- 1/1/0 76317", 199: "- 200/1/0 557"},
		"ata-sa400":          {199: "- 100/100/0 786432", 231: "- 98/98/0 98", 192: "- 100/100/0 247"},
		"ata-patriot-burst":  {170: "P 38/38/10 629", 194: "P 67/67/0 141736083489", 231: "P 100/100/0 97"},
		"ata-mhy2250bh":      {9: "- 81/81/0 598640", 197: "- 100/100/0 43727574728707"},
		"ata-st9160821as":    {190: "- 62/44/45 past 85934345617446", 197: "- 100/100/0 1"},
		"ata-thnsnh128":      {5: "P 100/100/50 0", 9: "- 100/100/0 37383", 173: "- 193/193/0 0"},
		"ata-intel-x25-m":    {232: "P 100/100/10 0", 233: "- 99/99/0 0"},
		"ata-ic25n020":       {5: "P 100/100/5 262166", 194: "- 157/96/0 244814053411"},
	} {
		d := dump(t, name)
		for id, w := range want {
			if got := line(d, id); got != w {
				t.Errorf("%s, attribute %d: got %q, want %q", name, id, got, w)
			}
		}
	}
}

// A block whose bytes do not add up, of another length or without content is refused.
func TestParseSMARTData_Hostile(t *testing.T) {
	t.Parallel()
	c := devicetest.Capture(t, "ata-wd20ears")
	for i := range 512 {
		b := append([]byte{}, c["data"]...)
		b[i]++
		if _, err := ata.ParseSMARTData(b); err == nil {
			t.Fatalf("byte %d wrong: accepted", i)
		}
		d := dump(t, "ata-wd20ears")
		b = append([]byte{}, c["thresholds"]...)
		b[i]++
		if err := d.AddThresholds(b); err == nil {
			t.Fatalf("byte %d of the thresholds wrong: accepted", i)
		}
	}
	for name, b := range map[string][]byte{"nothing": nil, "zeros": make([]byte, 512), "half": c["data"][:256], "two": append(c["data"], c["data"]...)} {
		if _, err := ata.ParseSMARTData(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// The values of the log are those that smartctl 7.3 -l prints for the same bytes.
func TestSMARTLogs_Captures(t *testing.T) {
	t.Parallel()
	intel, kc, other := devicetest.Capture(t, "ata-intel-s4500"), devicetest.Capture(t, "ata-kc600"), devicetest.Capture(t, "ata-ticket849")
	for name, c := range map[string]struct {
		b    []byte
		want ata.TestResult
	}{
		"intel":     {intel["self-test-log"], ata.TestResult{Test: 3, Hours: 685}},
		"ticket849": {other["self-test-log"], ata.TestResult{Test: 1, Hours: 23}},
	} {
		if got, ok, err := ata.ParseSelfTestLog(c.b); got != c.want || !ok || err != nil {
			t.Errorf("%s: got %+v %v %v, want %+v", name, got, ok, err, c.want)
		}
	}
	if _, err := ata.ParseErrorLog(kc["error-log"]); err == nil {
		t.Error("an error log whose index is 10 of 5 was accepted")
	}
	for name, c := range map[string]struct {
		b    []byte
		want [4]uint16 // blocks of logs 03h, 04h, 07h, 30h
	}{
		"intel": {intel["directory"], [4]uint16{0, 8, 0, 9}}, "kc600": {kc["directory"], [4]uint16{0, 8, 0, 9}}, "ticket849": {other["directory"], [4]uint16{1, 8, 1, 9}},
	} {
		d, err := ata.ParseDirectory(c.b)
		if got := [4]uint16{d[3], d[4], d[7], d[0x30]}; err != nil || got != c.want || !d.Statistics() {
			t.Errorf("%s: got %v, %v, want %v", name, got, err, c.want)
		}
	}
}

// The values are those that smartctl 7.3 -l devstat,1 prints for the same bytes.
func TestStatistics_Captures(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][2]uint64{"ata-micron-5200": {27, 8059}, "ata-pm863": {119, 16590}} {
		var s ata.Statistics
		b := devicetest.Capture(t, name)["statistics-1"]
		if err := s.Add(1, b); err != nil || s.PowerOnResets == nil || s.PowerOnHours == nil || [2]uint64{*s.PowerOnResets, *s.PowerOnHours} != want {
			t.Errorf("%s: got %+v, %v", name, s, err)
		}
		if err := s.Add(3, b); err == nil {
			t.Errorf("%s: page 1 was taken for page 3", name)
		}
		b[0x0f] &^= 0x40 // the value is not valid
		b[0x17] &^= 0x80 // the drive does not keep it
		if err := s.Add(1, b); err != nil || s.PowerOnResets != nil || s.PowerOnHours != nil {
			t.Errorf("%s: values that are not valid were read: %+v", name, s)
		}
	}
}

// block makes 512 bytes that add up to 0.
func block(set func(b []byte)) []byte {
	b := make([]byte, 512)
	set(b)
	b[511] = 0
	for _, c := range b[:511] {
		b[511] -= c
	}
	return b
}

func TestExtendedLogs(t *testing.T) {
	t.Parallel()
	b := block(func(b []byte) {
		b[0], b[2] = 1, 2
		copy(b[4+26:], []byte{2, 0x74, 0x10, 0x27, 9, 1, 2, 3, 4, 5, 6})
	})
	if r, ok, err := ata.ParseExtendedSelfTestLog(b); err != nil || !ok || r != (ata.TestResult{Test: 2, Status: 7, Hours: 10000, LBA: 0x060504030201}) || !r.Status.Failed() {
		t.Errorf("got %+v %v %v", r, ok, err)
	}
	if _, ok, err := ata.ParseExtendedSelfTestLog(block(func(b []byte) { b[0] = 1 })); ok || err != nil {
		t.Error("an empty log has a result", ok, err)
	}
	if n, err := ata.ParseExtendedErrorLog(block(func(b []byte) { b[0], b[500], b[501] = 1, 0x34, 0x12 })); n != 0x1234 || err != nil {
		t.Error(n, err)
	}
	if n, err := ata.ParseErrorLog(block(func(b []byte) { b[0], b[1], b[452] = 1, 5, 7 })); n != 7 || err != nil {
		t.Error(n, err)
	}
	for name, b := range map[string][]byte{"version 2": block(func(b []byte) { b[0] = 2 }), "short": b[:511]} {
		if _, _, err := ata.ParseExtendedSelfTestLog(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if _, err := ata.ParseExtendedErrorLog(b); err == nil {
			t.Errorf("%s: accepted as an error log", name)
		}
	}
}

// logs answers READ LOG EXT by address and block.
type logs map[[2]uint64][]byte

func (l logs) Do(_ context.Context, c ata.Command) (*ata.Registers, error) {
	b := l[[2]uint64{c.LBA & 0xff, c.LBA >> 8 & 0xff}]
	if c.Opcode != 0x2f || !c.Extended || b == nil {
		return nil, &ata.RefusedError{Opcode: c.Opcode}
	}
	copy(c.Data, b)
	return nil, nil
}

// TestReadTestResult_Block: the newest result is read from the block of the log that has it.
func TestReadTestResult_Block(t *testing.T) {
	t.Parallel()
	first := block(func(b []byte) { b[0], b[2] = 1, 21 }) // entry 21 is the second of block 1
	second := block(func(b []byte) { b[0], b[4+26], b[4+26+1], b[4+26+2] = 1, 1, 0x30, 99 })
	var d ata.Directory
	d[7] = 2
	r, ok, err := ata.ReadTestResult(context.Background(), logs{{7, 0}: first, {7, 1}: second}, d)
	if err != nil || !ok || r.Test != 1 || r.Status != ata.SelfTestFatal || r.Hours != 99 {
		t.Errorf("got %+v %v %v", r, ok, err)
	}
	if d[7] = 1; true {
		if _, _, err := ata.ReadTestResult(context.Background(), logs{{7, 0}: first}, d); err == nil {
			t.Error("an index beyond the log was accepted")
		}
	}
}

// answer returns these registers to every command.
type answer struct {
	*ata.Registers
	got ata.Command
}

func (a *answer) Do(_ context.Context, c ata.Command) (*ata.Registers, error) {
	a.got = c
	return a.Registers, nil
}

func TestSMARTFailing(t *testing.T) {
	t.Parallel()
	for lba, want := range map[uint64]string{0xc24f00: "false", 0x2cf400: "true", 0x2cf411: "true", 0x4fc200: "error", 0xf42c00: "error", 0: "error"} {
		a := &answer{Registers: &ata.Registers{Status: 0x50, LBA: lba}}
		failing, err := ata.SMARTFailing(context.Background(), a)
		got := fmt.Sprint(failing)
		if errors.Is(err, ata.ErrNoStatus) {
			got = "error"
		}
		if got != want || a.got.Opcode != 0xb0 || a.got.Feature != 0xda || a.got.LBA != 0xc24f00 {
			t.Errorf("LBA %06x: got %s, want %s, sent %+v", lba, got, want, a.got)
		}
	}
	if _, err := ata.SMARTFailing(context.Background(), &answer{}); !errors.Is(err, ata.ErrNoStatus) {
		t.Error("no registers: ", err)
	}
	a := &answer{}
	if err := ata.StartSelfTest(context.Background(), a, ata.ExtendedTest); err != nil || a.got.Feature != 0xd4 || a.got.LBA != 0xc24f02 || a.got.Protocol != ata.NonData {
		t.Errorf("sent %+v, %v", a.got, err)
	}
}

func TestParseSMARTSupport(t *testing.T) {
	t.Parallel()
	for name, logs := range map[string]bool{"ata-wd20ears": true, "ata-850-evo": true, "ata-thnsnh128": true, "ata-maxtor-6y120p0": false} {
		s, err := ata.ParseSMARTSupport(devicetest.Capture(t, name)["identify"])
		if want := (ata.SMARTSupport{Supported: true, Enabled: true, ErrorLog: true, SelfTest: true, Logs: logs}); err != nil || s != want {
			t.Errorf("%s: got %+v, %v", name, s, err)
		}
	}
	if s, err := ata.ParseSMARTSupport(captured(t, "kingston")); err != nil || s.Enabled {
		t.Errorf("a drive that claims no SMART: %+v, %v", s, err)
	}
}

func FuzzSMART(f *testing.F) {
	for _, name := range []string{"ata-wd20ears", "ata-850-evo", "ata-ticket849", "ata-kc600", "ata-micron-5200"} {
		for _, b := range devicetest.Capture(f, name) {
			f.Add(b, uint8(1))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, page uint8) {
		fixed := append([]byte{}, b...)
		if len(b) == 512 { // what gets past the checksum
			fixed = block(func(to []byte) { copy(to, b) })
		}
		for _, b := range [][]byte{b, fixed} {
			d, err := ata.ParseSMARTData(b)
			if err == nil && (len(d.Attributes) == 0 || len(d.Attributes) > 30) {
				t.Errorf("%d attributes", len(d.Attributes))
			}
			_ = d.AddThresholds(b)
			ata.ParseSMARTSupport(b)
			ata.ParseDirectory(b)
			ata.ParseSelfTestLog(b)
			ata.ParseExtendedSelfTestLog(b)
			ata.ParseErrorLog(b)
			ata.ParseExtendedErrorLog(b)
			ata.ParseStatisticsPages(b)
			var s ata.Statistics
			if err := s.Add(page, b); err == nil && s.PercentUsed != nil && *s.PercentUsed > 255 {
				t.Error(*s.PercentUsed)
			}
		}
	})
}
