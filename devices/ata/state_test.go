package ata_test

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"rasure/devices/ata"
	"rasure/devices/devicetest"
	"rasure/devices/scsi"
)

// sanitizeAnswer is sense data as libata gives them, with that count, LBA and status.
func sanitizeAnswer(count uint16, lba uint16, status uint8) scsi.Reply {
	s := fromHex("72 01 00 1d 00 00 00 0e 09 0c 01 00 00 00 00 00 00 00 00 00 40 00")
	binary.BigEndian.PutUint16(s[12:], count)
	s[15], s[17], s[21] = byte(lba), byte(lba>>8), status
	return scsi.Reply{Status: 2, Sense: s}
}

// TestParseSanitizeStatus: a sanitize is done only where the drive reports it.
func TestParseSanitizeStatus(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply                      scsi.Reply
		completed, running, frozen bool
		progress                   uint16
		err                        error
	}{
		"never":          {reply: sanitizeAnswer(0, 0xffff, 0x50), progress: 0xffff},
		"running":        {reply: sanitizeAnswer(0x4000, 0x1234, 0x50), running: true, progress: 0x1234},
		"completed":      {reply: sanitizeAnswer(0x8000, 0xffff, 0x50), completed: true, progress: 0xffff},
		"frozen":         {reply: sanitizeAnswer(0x2000, 0xffff, 0x50), frozen: true, progress: 0xffff},
		"both":           {reply: sanitizeAnswer(0xc000, 0xffff, 0x50), err: ata.ErrNoRegisters},
		"not ready":      {reply: sanitizeAnswer(0x8000, 0xffff, 0x10), err: ata.ErrNoRegisters},
		"no registers":   {reply: scsi.Reply{}, err: ata.ErrNoRegisters},
		"fixed":          {reply: check("f0 00 01 00 50 40 00 0a c0 ff ff 00 00 1d 00 00 00 00"), err: ata.ErrNoRegisters},
		"without EXTEND": {reply: check("72 01 00 1d 00 00 00 0e 09 0c 00 00 80 00 00 00 00 00 00 00 40 50"), err: ata.ErrNoRegisters}, // the high byte is lost
	} {
		s, err := ata.AskSanitize(context.Background(), ata.OverSCSI(&wire{replies: []scsi.Reply{c.reply}}), false)
		if !errors.Is(err, c.err) || s.Completed != c.completed || s.Running != c.running || s.Frozen != c.frozen || s.Progress != c.progress {
			t.Errorf("%s: got %+v, %v", name, s, err)
		}
	}
}

func TestSanitizeReason(t *testing.T) {
	t.Parallel()
	reply := check("72 0b 00 00 00 00 00 0e 09 0c 01 04 00 00 00 01 00 00 00 00 40 51")
	_, err := ata.AskSanitize(context.Background(), ata.OverSCSI(&wire{replies: []scsi.Reply{reply}}), false)
	if r, ok := ata.SanitizeReason(err); !ok || r != ata.ReasonFailed {
		t.Errorf("reason %v, %v of %v", r, ok, err)
	}
	_, err = ata.NativeSectors(context.Background(), ata.OverSCSI(&wire{replies: []scsi.Reply{reply}}))
	if _, ok := ata.SanitizeReason(err); ok {
		t.Error("a reason was read from another command's refusal")
	}
}

// able is the Kingston's data with words of ours and the checksum made right.
func able(t testing.TB, words map[int]uint16) []byte {
	b := captured(t, "kingston")
	for i, w := range map[int]uint16{82: 0x0402, 83: 0x4c00, 85: 0x0402, 86: 0x8000, 119: 0x4100, 59: 0xf000, 100: 0x6db0, 101: 0x7470, 128: 0x0021} {
		binary.LittleEndian.PutUint16(b[2*i:], w)
	}
	for i, w := range words {
		binary.LittleEndian.PutUint16(b[2*i:], w)
	}
	sum := byte(0)
	for _, c := range b[:511] {
		sum += c
	}
	b[511] = -sum
	return b
}

func TestParseAbilities(t *testing.T) {
	t.Parallel()
	all := ata.Abilities{Sectors: 0x74706db0, Sector: 512, Extended: true, HPA: true, DCO: true, AMAC: true, Sanitize: true,
		Crypto: true, Rewrite: true, Block: true, Security: ata.Security{Supported: true, Enhanced: true}}
	with := func(change func(a *ata.Abilities)) ata.Abilities { a := all; change(&a); return a }
	for name, c := range map[string]struct {
		words map[int]uint16
		want  ata.Abilities
	}{
		"all":               {nil, all},
		"area switched off": {map[int]uint16{85: 2}, with(func(a *ata.Abilities) { a.HPAOff = true })},
		"locked": {map[int]uint16{128: 0x0127}, with(func(a *ata.Abilities) {
			a.Security.Enabled, a.Security.Locked, a.Security.MasterMaximum = true, true, true
		})},
		"frozen": {map[int]uint16{128: 0x0039}, with(func(a *ata.Abilities) { a.Security.Frozen, a.Security.Expired = true, true })},
		"times":  {map[int]uint16{89: 4, 90: 0x8005}, with(func(a *ata.Abilities) { a.Security.Takes, a.Security.EnhancedTakes = 8*time.Minute, 10*time.Minute })},
		"times, at most": {map[int]uint16{89: 0xff, 90: 0xffff}, with(func(a *ata.Abilities) {
			a.Security.Takes, a.Security.EnhancedTakes = 510*time.Minute, 65534*time.Minute
		})},
		"block only":       {map[int]uint16{59: 0x9101}, with(func(a *ata.Abilities) { a.Crypto, a.Rewrite = false, false })},
		"870 QVO":          {map[int]uint16{59: 0x0101}, with(func(a *ata.Abilities) { a.Sanitize, a.Crypto, a.Rewrite, a.Block = false, false, false, false })},
		"119 not valid":    {map[int]uint16{86: 0}, with(func(a *ata.Abilities) { a.AMAC = false })},
		"4Kn":              {map[int]uint16{106: 0x5000, 117: 2048}, with(func(a *ata.Abilities) { a.Sector = 4096 })},
		"extended sectors": {map[int]uint16{53: 2, 69: 8, 230: 1, 232: 1}, with(func(a *ata.Abilities) { a.Sectors = 1<<32 + 1 })},
		"28 bits":          {map[int]uint16{83: 0x4800, 60: 0x1000, 61: 1}, with(func(a *ata.Abilities) { a.Extended, a.Sectors = false, 0x11000 })},
	} {
		if got, err := ata.ParseAbilities(able(t, c.words)); err != nil || got != c.want {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, c.want)
		}
	}
}

// TestParseAbilities_Empty: an empty buffer is not an unlocked drive.
func TestParseAbilities_Empty(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{
		"zeros": make([]byte, 512), "word 83 not marked": able(t, map[int]uint16{83: 0x0c00}), "no sector": able(t, map[int]uint16{106: 0x5000}),
		"too many sectors": able(t, map[int]uint16{103: 0x8000}), "half": make([]byte, 256),
	} {
		if got, err := ata.ParseAbilities(b); err == nil {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

// TestParseOverlay: an overlay is read only with its checksum.
func TestParseOverlay(t *testing.T) {
	t.Parallel()
	b := make([]byte, 512)
	binary.LittleEndian.PutUint64(b[6:], 0x74706daf)
	b[510] = 0xa5
	sum := byte(0)
	for _, c := range b {
		sum += c
	}
	b[511] = -sum
	if got, err := ata.ParseOverlay(b); err != nil || got != 0x74706db0 {
		t.Errorf("got %d, %v", got, err)
	}
	b[6]++
	if got, err := ata.ParseOverlay(b); err == nil {
		t.Errorf("a wrong checksum gave %d", got)
	}
	if got, err := ata.ParseOverlay(make([]byte, 512)); err == nil {
		t.Errorf("zeros gave %d", got)
	}
}

// TestNativeSectors_Half: half of a native maximum is an error.
func TestNativeSectors_Half(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]scsi.Reply{
		"fixed": check("f0 00 01 00 50 40 00 0a 80 ff ff 01 00 1d 00 00 00 00"), "none": {}, "zero": sanitizeAnswer(0, 0, 0x50),
	} {
		w := &wire{replies: []scsi.Reply{r}}
		if got, err := ata.NativeSectors(context.Background(), ata.OverSCSI(w)); !errors.Is(err, ata.ErrNoRegisters) {
			t.Errorf("%s: got %d, %v", name, got, err)
		}
		if err := ata.SetNativeSectors(context.Background(), ata.OverSCSI(w)); err == nil || len(w.sent) != 2 {
			t.Errorf("%s: a maximum was set: %v", name, err)
		}
	}
	w := &wire{replies: []scsi.Reply{check(nativeMax)}}
	if got, err := ata.NativeSectors(context.Background(), ata.OverSCSI(w)); err != nil || got != 0x20000 {
		t.Errorf("got %d, %v", got, err)
	}
}

func FuzzRegisters(f *testing.F) {
	for _, s := range []string{nativeMax, success28, aborted, abortedExt} {
		f.Add(byte(2), fromHex(s))
	}
	f.Fuzz(func(t *testing.T, status byte, sense []byte) {
		w := &wire{replies: []scsi.Reply{{Status: status, Sense: sense}}}
		s, err := ata.AskSanitize(context.Background(), ata.OverSCSI(w), false)
		if err == nil && s.Completed && (status != 2 || s.Registers.Status&0xe1 != 0x40 || !s.Registers.Whole) {
			t.Errorf("%02x, % x is taken for a success: %+v", status, sense, s)
		}
	})
}

func FuzzParseAbilities(f *testing.F) {
	f.Add(able(f, nil))
	f.Add(captured(f, "qemu"))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := ata.ParseAbilities(b)
		if err != nil && a != (ata.Abilities{}) || err == nil && int64(a.Sectors)*a.Sector < 0 {
			t.Errorf("%+v, %v", a, err)
		}
		ata.ParseOverlay(b)
	})
}

// TestParseAbilities_Valid: fields that the drive does not call valid are not read.
func TestParseAbilities_Valid(t *testing.T) {
	t.Parallel()
	b := make([]byte, 512)
	set := func(word int, v uint16) { binary.LittleEndian.PutUint16(b[2*word:], v) }
	set(83, 0x4400)
	set(59, 0xffff)
	set(69, 0x0008)
	set(100, 5)
	set(230, 7)
	if a, err := ata.ParseAbilities(b); err != nil || a.Sanitize || a.Crypto || a.Sectors != 5 {
		t.Errorf("%+v, %v", a, err)
	}
	set(53, 0x0002)
	if a, err := ata.ParseAbilities(b); err != nil || a.Sectors != 7 {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestParseAbilities_Old: a CompactFlash card and a drive without 48-bit commands, as they were captured, with what hdparm -I prints of them.
func TestParseAbilities_Old(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]ata.Abilities{
		"ata-lexar-cf":  {Sectors: 96384, Sector: 512},
		"ata-mk4025gas": {Sectors: 78140160, Sector: 512, HPA: true, DCO: true, Security: ata.Security{Supported: true}},
	} {
		a, err := ata.ParseAbilities(devicetest.Capture(t, name)["identify"])
		if a.Security.Takes, a.Security.EnhancedTakes = 0, 0; err != nil || a != want {
			t.Errorf("%s: %+v, %v, want %+v", name, a, err, want)
		}
	}
}
