package ata_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"rasure/devices/ata"
)

// drive is an ATA drive of so many sectors behind something that changes commands.
type drive struct {
	sectors uint64
	change  func(*ata.Command)
}

func (d drive) Do(_ context.Context, c ata.Command) (*ata.Registers, error) {
	if d.change != nil {
		d.change(&c)
	}
	r := ata.Registers{Status: 0x51, Error: 0x04, Count: c.Count, LBA: c.LBA, Whole: true}
	n := uint64(c.Count)
	if n == 0 {
		n = 65536
	}
	if c.Opcode == 0x42 && c.LBA < d.sectors && n <= d.sectors-c.LBA {
		return nil, nil
	}
	return nil, &ata.RefusedError{Opcode: c.Opcode, Registers: r}
}

// TestEchoAddress: each byte that is lost is noticed, whatever the size of the drive.
func TestEchoAddress(t *testing.T) {
	t.Parallel()
	lost := map[string]func(*ata.Command){"": nil}
	for name, mask := range map[string]uint64{"byte 3": 0xff << 24, "byte 4": 0xff << 32, "byte 5": 0xff << 40, "bytes 3 to 5": 0xffffff << 24} {
		lost[name] = func(c *ata.Command) { c.LBA &^= mask }
	}
	lost["count"] = func(c *ata.Command) { c.Count &= 0xff }
	for _, sectors := range []uint64{2048, 0xff000000, 0xff000001, 0xfffffff1, 1<<32 + 1, 7814037168, 1<<32 + 0xff000001, 1<<40 - 1} {
		for name, change := range lost {
			err := ata.EchoAddress(t.Context(), drive{sectors, change}, sectors)
			var altered *ata.AlteredError
			if name == "" && err != nil || name != "" && (!errors.As(err, &altered) || !altered.Lost || altered.Count != (name == "count") || altered.LBA == altered.Count) {
				t.Errorf("%d sectors, %q lost: %v", sectors, name, err)
			}
		}
	}
	if err := ata.EchoAddress(t.Context(), drive{}, 1000); !errors.Is(err, ata.ErrNoVerify) {
		t.Errorf("a drive that verifies nothing: %v", err)
	}
	if err := ata.EchoAddress(t.Context(), drive{sectors: 1 << 33}, 1<<33); !errors.Is(err, ata.ErrNoAddress) {
		t.Errorf("a drive of 2³³ sectors: %v", err)
	}
}

// answers changes what a drive answers.
type answers struct {
	ata.Transport
	change func(*ata.Registers)
}

func (a answers) Do(ctx context.Context, c ata.Command) (*ata.Registers, error) {
	r, err := a.Transport.Do(ctx, c)
	var refused *ata.RefusedError
	if errors.As(err, &refused) {
		a.change(&refused.Registers)
	}
	return r, err
}

// TestEchoAddress_Back: a refusal comes with all of its bytes, and an address that was not found is the one that was sent.
func TestEchoAddress_Back(t *testing.T) {
	t.Parallel()
	const sectors = 7814037168
	notFound := func(r *ata.Registers) { r.Error = 0x10 }
	for name, c := range map[string]struct {
		change func(*ata.Registers)
		want   error
	}{
		"as sent":          {notFound, nil},
		"aborted, no LBA":  {func(r *ata.Registers) { r.LBA = 0 }, nil},
		"not whole":        {func(r *ata.Registers) { r.Whole = false }, ata.ErrNoRegisters},
		"high bytes zero":  {func(r *ata.Registers) { notFound(r); r.LBA &= 0xffffff }, ata.ErrAltered},
		"byte 5 zero":      {func(r *ata.Registers) { notFound(r); r.LBA &^= 0xff << 40 }, ata.ErrAltered},
		"another low byte": {func(r *ata.Registers) { notFound(r); r.LBA ^= 1 }, ata.ErrAltered},
	} {
		err := ata.EchoAddress(t.Context(), answers{drive{sectors: sectors}, c.change}, sectors)
		var altered *ata.AlteredError
		if !errors.Is(err, c.want) || errors.As(err, &altered) && (!altered.Back || altered.Lost) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestEcho_Altered: the error says what was altered, and whether anything is left.
func TestEcho_Altered(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*ata.Command)
		want   ata.AlteredError
	}{
		"count zeroed":  {func(c *ata.Command) { c.Count = 0 }, ata.AlteredError{Count: true, Lost: true}},
		"count changed": {func(c *ata.Command) { c.Count++ }, ata.AlteredError{Count: true}},
		"LBA swapped":   {func(c *ata.Command) { c.LBA = c.LBA>>16 | c.LBA&0xff00 | c.LBA&0xff<<16 }, ata.AlteredError{LBA: true}},
		"both zeroed":   {func(c *ata.Command) { c.Count, c.LBA = 0, 0 }, ata.AlteredError{Count: true, LBA: true, Lost: true}},
		"one zeroed":    {func(c *ata.Command) { c.Count, c.LBA = 0, c.LBA^1 }, ata.AlteredError{Count: true, LBA: true}},
	} {
		err := ata.Echo(t.Context(), drive{1000, c.change})
		var got *ata.AlteredError
		if !errors.As(err, &got) || *got != c.want || !errors.Is(err, ata.ErrAltered) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	if err := ata.Echo(t.Context(), drive{}); err != nil {
		t.Error(err)
	}
}

// TestCarried: each command needs what it depends on, and one that sends data needs what no trial shows.
func TestCarried(t *testing.T) {
	t.Parallel()
	sent := 0
	reached := drive{1000, func(*ata.Command) { sent++ }}
	for name, c := range map[string]struct {
		ask   func(t ata.Transport) error
		needs []ata.Part // nil: it is never sent
	}{
		"identify":        {func(t ata.Transport) error { _, err := ata.IdentifyDrive(context.Background(), t); return err }, []ata.Part{ata.PartIdentify}},
		"smart":           {func(t ata.Transport) error { _, err := ata.ReadSMART(context.Background(), t); return err }, []ata.Part{ata.PartIdentify, ata.PartSMART}},
		"directory":       {func(t ata.Transport) error { _, err := ata.ReadDirectory(context.Background(), t); return err }, []ata.Part{ata.PartIdentify, ata.PartLogs}},
		"statistics":      {func(t ata.Transport) error { _, err := ata.ReadStatistics(context.Background(), t); return err }, []ata.Part{ata.PartIdentify, ata.PartLogs, ata.PartStatistics}},
		"sanitize status": {func(t ata.Transport) error { _, err := ata.AskSanitize(context.Background(), t, false); return err }, []ata.Part{ata.PartIdentify, ata.PartSense}},
		"clears a failed sanitize": {func(t ata.Transport) error { _, err := ata.AskSanitize(context.Background(), t, true); return err },
			[]ata.Part{ata.PartIdentify, ata.PartSense, ata.PartEcho}},
		"smart status": {func(t ata.Transport) error { _, err := ata.SMARTFailing(context.Background(), t); return err }, []ata.Part{ata.PartIdentify, ata.PartSense, ata.PartEcho}},
		"sanitize": {func(t ata.Transport) error {
			_, err := ata.StartSanitize(context.Background(), t, ata.SanitizeCrypto)
			return err
		},
			[]ata.Part{ata.PartIdentify, ata.PartSense, ata.PartEcho, ata.PartAddress}},
		"password": {func(t ata.Transport) error { return ata.SetPassword(context.Background(), t, "x") }, nil},
	} {
		for _, missing := range ata.Parts {
			parts := slices.DeleteFunc(slices.Clone(ata.Parts), func(p ata.Part) bool { return p == missing })
			sent = 0
			err := c.ask(ata.Carried(reached, parts))
			want := c.needs != nil && !slices.Contains(c.needs, missing)
			if (sent > 0) != want || errors.Is(err, ata.ErrNotCarried) == want {
				t.Errorf("%s without %s: sent %d, %v", name, missing, sent, err)
			}
		}
	}
}
