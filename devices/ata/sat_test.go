package ata_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"rasure/devices/ata"
	"rasure/devices/scsi"
)

func fromHex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// wire is a transport that answers one reply after another, the last for ever, and keeps the commands.
type wire struct {
	replies []scsi.Reply
	data    []byte
	sent    []scsi.Command
}

func (w *wire) Do(_ context.Context, c scsi.Command) (scsi.Reply, error) {
	w.sent = append(w.sent, c)
	if c.Direction == scsi.In {
		copy(c.Data, w.data)
	}
	if len(w.replies) == 0 {
		return scsi.Reply{}, nil
	}
	return w.replies[min(len(w.sent), len(w.replies))-1], nil
}

func check(sense string) scsi.Reply { return scsi.Reply{Status: 2, Sense: fromHex(sense)} }

// Captured from libata 6.12 behind hdparm.
const (
	nativeMax  = "72 01 00 1d 00 00 00 0e 09 0c 01 00 00 00 00 ff 00 ff 00 01 40 50" // READ NATIVE MAX EXT: 1FFFFh
	success28  = "72 01 00 1d 00 00 00 0e 09 0c 00 00 00 00 00 00 00 00 00 00 40 50"
	aborted    = "f0 00 0b 04 41 40 01 0a 00 00 00 00 00 00 00 00 00 00"
	abortedExt = "f0 00 0b 04 41 40 01 0a 80 9f 86 01 00 00 00 00 00 00"
)

// TestOverSCSI: commands are the bytes of the standard.
func TestOverSCSI(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, c := range map[string]struct {
		send func(ata.Transport)
		want []string
	}{
		"identify": {func(t ata.Transport) { ata.IdentifyDrive(ctx, t) }, []string{"85 08 0e 00 00 00 01 00 00 00 00 00 00 00 ec 00"}},
		"password": {func(t ata.Transport) { ata.SetPassword(ctx, t, "x") }, []string{"85 0a 26 00 00 00 01 00 00 00 00 00 00 40 f1 00"}},
		"unlock":   {func(t ata.Transport) { ata.Unlock(ctx, t, "x") }, []string{"85 0a 26 00 00 00 01 00 00 00 00 00 00 40 f2 00"}},
		"disable":  {func(t ata.Transport) { ata.DisablePassword(ctx, t, "x") }, []string{"85 0a 26 00 00 00 01 00 00 00 00 00 00 40 f6 00"}},
		"erase": {func(t ata.Transport) { ata.SecurityErase(ctx, t, "x", false) },
			[]string{"85 06 20 00 00 00 00 00 00 00 00 00 00 40 f3 00", "85 0a 26 00 00 00 01 00 00 00 00 00 00 40 f4 00"}},
		"status":    {func(t ata.Transport) { ata.AskSanitize(ctx, t, false) }, []string{"85 07 20 00 00 00 00 00 00 00 00 00 00 40 b4 00"}},
		"clear":     {func(t ata.Transport) { ata.AskSanitize(ctx, t, true) }, []string{"85 07 20 00 00 00 01 00 00 00 00 00 00 40 b4 00"}},
		"crypto":    {func(t ata.Transport) { ata.StartSanitize(ctx, t, ata.SanitizeCrypto) }, []string{"85 07 20 00 11 00 00 43 70 00 79 00 72 40 b4 00"}},
		"block":     {func(t ata.Transport) { ata.StartSanitize(ctx, t, ata.SanitizeBlock) }, []string{"85 07 20 00 12 00 00 42 72 00 45 00 6b 40 b4 00"}},
		"overwrite": {func(t ata.Transport) { ata.StartSanitize(ctx, t, ata.SanitizeOverwrite) }, []string{"85 07 20 00 14 00 01 00 00 57 00 4f 00 40 b4 00"}},
		"native":    {func(t ata.Transport) { ata.NativeSectors(ctx, t) }, []string{"85 07 20 00 00 00 00 00 00 00 00 00 00 40 27 00"}},
		"set max": {func(t ata.Transport) { ata.SetNativeSectors(ctx, t) },
			[]string{"85 07 20 00 00 00 00 00 00 00 00 00 00 40 27 00", "85 07 20 00 00 00 01 00 ff 00 ff 00 01 40 37 00"}},
		"set accessible": {func(t ata.Transport) { ata.SetAccessibleSectors(ctx, t) },
			[]string{"85 07 20 00 00 00 00 00 00 00 00 00 00 40 78 00", "85 07 20 00 01 00 00 00 ff 00 ff 00 01 40 78 00"}},
		"overlay": {func(t ata.Transport) { ata.OverlaySectors(ctx, t) }, []string{"85 08 0e 00 c2 00 01 00 00 00 00 00 00 40 b1 00"}},
		"restore": {func(t ata.Transport) { ata.RestoreOverlay(ctx, t) }, []string{"85 06 20 00 c0 00 00 00 00 00 00 00 00 40 b1 00"}},
	} {
		w := &wire{replies: []scsi.Reply{check(nativeMax)}}
		c.send(ata.OverSCSI(w))
		if len(w.sent) != len(c.want) {
			t.Errorf("%s: %d commands, want %d", name, len(w.sent), len(c.want))
			continue
		}
		for i, want := range c.want {
			if cdb := w.sent[i].CDB; cdb[14] == 0xb4 && cdb[4] != 0 && w.sent[i].Timeout < time.Hour {
				t.Errorf("%s: a timeout of %v resets a drive that begins to erase", name, w.sent[i].Timeout)
			}
			if !bytes.Equal(w.sent[i].CDB, fromHex(want)) {
				t.Errorf("%s: sent % x, want %s", name, w.sent[i].CDB, want)
			}
		}
	}
}

// TestPassword: a password is padded and never the master's.
func TestPassword(t *testing.T) {
	t.Parallel()
	for enhanced, mode := range map[bool]byte{false: 0, true: 2} {
		w := &wire{replies: []scsi.Reply{check(success28)}}
		if err := ata.SecurityErase(context.Background(), ata.OverSCSI(w), "rasure", enhanced); err != nil {
			t.Fatal(err)
		}
		want := make([]byte, 512)
		want[0] = mode
		copy(want[2:], "rasure")
		if c := w.sent[1]; !bytes.Equal(c.Data, want) || c.Direction != scsi.Out || c.Timeout < 49*24*time.Hour {
			t.Errorf("enhanced %v: sent % x with timeout %v", enhanced, c.Data[:40], c.Timeout)
		}
	}
	for _, bad := range []string{"", strings.Repeat("x", 33)} {
		w := &wire{}
		if err := ata.SetPassword(context.Background(), ata.OverSCSI(w), bad); err == nil || len(w.sent) != 0 {
			t.Errorf("a password of %d bytes was sent", len(bad))
		}
	}
}

// TestSecurityErase_Aborted: an aborted erase is sent once more with its preparation.
func TestSecurityErase_Aborted(t *testing.T) {
	t.Parallel()
	w := &wire{replies: []scsi.Reply{check(success28), check(aborted), check(success28), check(success28)}}
	if err := ata.SecurityErase(context.Background(), ata.OverSCSI(w), "x", false); err != nil || len(w.sent) != 4 {
		t.Errorf("%v after %d commands", err, len(w.sent))
	}
	w = &wire{replies: []scsi.Reply{check(success28), check(aborted), check(success28), check(aborted)}}
	if err := ata.SecurityErase(context.Background(), ata.OverSCSI(w), "x", false); err == nil || len(w.sent) != 4 {
		t.Errorf("%v after %d commands", err, len(w.sent))
	}
	reset := "70 00 06 00 00 00 00 0a 00 00 00 00 29 00 00 00 00 00"
	w = &wire{replies: []scsi.Reply{check(success28), check(reset)}} // in the middle: who knows where the drive is
	if err := ata.SecurityErase(context.Background(), ata.OverSCSI(w), "x", false); err == nil || len(w.sent) != 2 {
		t.Errorf("%v after %d commands", err, len(w.sent))
	}
}

// TestUnwrap: sense data carry the drive's answer.
func TestUnwrap(t *testing.T) {
	t.Parallel()
	var refused *ata.RefusedError
	var sense *scsi.SenseError
	for name, c := range map[string]struct {
		reply scsi.Reply
		want  *ata.Registers
		err   any // what errors.As finds
	}{
		"success":                {check(nativeMax), &ata.Registers{Status: 0x50, Device: 0x40, LBA: 0x1ffff, Whole: true}, nil},
		"without EXTEND":         {check("72 01 00 1d 00 00 00 0e 09 0c 00 00 80 01 00 00 00 00 00 00 40 50"), &ata.Registers{Status: 0x50, Device: 0x40, Count: 1}, nil},
		"fixed":                  {check("f0 00 01 00 50 40 07 0a c0 9f 86 01 00 1d 00 00 00 00"), &ata.Registers{Status: 0x50, Device: 0x40, Count: 7, LBA: 0x1869f}, nil},
		"fixed, not valid":       {check("70 00 01 00 50 40 07 0a c0 9f 86 01 00 1d 00 00 00 00"), &ata.Registers{Status: 0x50, Device: 0x40, Count: 7, LBA: 0x1869f}, nil},
		"good":                   {scsi.Reply{}, nil, nil},
		"abort":                  {check(aborted), nil, &refused},
		"abort, 48 bits":         {check(abortedExt), nil, &refused},
		"abort, descriptor":      {check("72 0b 00 00 00 00 00 0e 09 0c 01 04 00 00 00 01 00 00 00 00 40 51"), nil, &refused},
		"error said with 00/1D":  {check("72 01 00 1d 00 00 00 0e 09 0c 01 04 00 00 00 01 00 00 00 00 40 51"), nil, &refused},
		"fault":                  {check("72 01 00 1d 00 00 00 0e 09 0c 01 00 00 00 00 01 00 00 00 00 40 70"), nil, &refused},
		"no such command":        {check("70 00 05 00 00 00 00 0a 00 00 00 00 20 00 00 00 00 00"), nil, &sense},
		"reset":                  {check("70 00 06 00 00 00 00 0a 00 00 00 00 29 00 00 00 00 00"), nil, &sense},
		"registers of zeros":     {check("72 01 00 1d 00 00 00 0e 09 0c 00 00 00 00 00 00 00 00 00 00 00 00"), nil, nil}, // PERC H355: answered, without registers
		"1Dh without registers":  {check("72 01 00 1d 00 00 00 00"), nil, nil},
		"Linux 6.1":              {check("70 00 0b 00 00 00 00 0a 04 51 40 00 00 00 00 00 80 01 00 00"), nil, &refused},
		"Linux 6.1, 5/21/04":     {check("70 00 05 00 00 00 00 0a 04 51 40 00 21 04 00 00 80 01 00 00"), nil, &refused},
		"Linux 6.1, no error":    {check("70 00 0b 00 00 00 00 0a 00 50 40 00 00 00 00 00 80 01 00 00"), nil, &sense}, // never a success
		"Linux 6.1, busy":        {check("70 00 0b 00 00 00 00 0a 04 d1 40 00 00 00 00 00 80 01 00 00"), nil, &sense},
		"registers cut":          {check("72 01 00 1d 00 00 00 0e 09 0c 01 00 00 00 00 ff 00 ff 00 01 40"), nil, nil},
		"of an earlier command":  {check("73 01 00 1d 00 00 00 0e 09 0c 01 00 00 00 00 ff 00 ff 00 01 40 50"), nil, &sense},
		"well, of another cause": {check("72 03 11 04 00 00 00 0e 09 0c 01 00 00 00 00 ff 00 ff 00 01 40 50"), nil, &sense},
		"no sense":               {scsi.Reply{Status: 2}, nil, &sense},
		"busy":                   {scsi.Reply{Status: 8, Sense: fromHex(nativeMax)}, nil, &sense},
	} {
		w := &wire{replies: []scsi.Reply{c.reply, c.reply}}
		got, err := ata.OverSCSI(w).Do(context.Background(), ata.Command{Opcode: 0x27, Protocol: ata.NonData, Extended: true})
		if short, err := ata.OverSCSI(w).Do(context.Background(), ata.Command{Opcode: 0xf8, Protocol: ata.NonData}); name == "without EXTEND" && (err != nil || !short.Whole) {
			t.Errorf("28 bits: got %+v, %v", short, err)
		}
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
		if (err == nil) != (c.err == nil) || err != nil && !errors.As(err, c.err) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestUnwrap_Residual: an incomplete answer is an error.
func TestUnwrap_Residual(t *testing.T) {
	t.Parallel()
	w := &wire{replies: []scsi.Reply{{Residual: 12}}}
	if _, err := ata.IdentifyDrive(context.Background(), ata.OverSCSI(w)); err == nil {
		t.Error("data with a residual were taken")
	}
}

func TestRefusedError(t *testing.T) {
	t.Parallel()
	var refused *ata.RefusedError
	_, err := ata.NativeSectors(context.Background(), ata.OverSCSI(&wire{replies: []scsi.Reply{check(abortedExt)}}))
	if !errors.As(err, &refused) || !refused.Aborted() || refused.Opcode != 0x27 || refused.Registers.LBA != 0x1869f || refused.Registers.Whole {
		t.Errorf("got %v", err)
	}
	want := fromHex("50 00 40 80 01 00 00 00 00 ff ff 01")
	if got := (ata.Registers{Status: 0x50, Device: 0x40, Count: 0x8001, LBA: 0xffff, Whole: true}).Bytes(); !bytes.Equal(got, want) {
		t.Errorf("Bytes() = % x, want % x", got, want)
	}
}

// TestUnwrap_Misplaced: the registers that Linux 6.1 puts eight bytes too far are those of a refusal, with its reason.
func TestUnwrap_Misplaced(t *testing.T) {
	t.Parallel()
	w := &wire{replies: []scsi.Reply{check("70 00 0b 00 00 00 00 0a 04 51 40 07 00 00 00 00 80 01 02 03")}}
	_, err := ata.AskSanitize(context.Background(), ata.OverSCSI(w), false)
	var refused *ata.RefusedError
	if !errors.As(err, &refused) || refused.Registers != (ata.Registers{Status: 0x51, Error: 4, Device: 0x40, Count: 7, LBA: 0x030201}) {
		t.Errorf("got %v", err)
	}
	if reason, ok := ata.SanitizeReason(err); !ok || reason != ata.ReasonFailed {
		t.Errorf("reason %d, %v", reason, ok)
	}
}

// TestWhole: registers that are asked for once more are believed only if they agree with what came before.
func TestWhole(t *testing.T) {
	t.Parallel()
	short := ata.Registers{Status: 0x50, Device: 0x40, Count: 0, LBA: 0xffff}
	for sense, whole := range map[string]bool{
		"72 01 00 1d 00 00 00 0e 09 0c 01 00 80 00 00 ff 00 ff 00 00 40 50": true,
		"72 01 00 1d 00 00 00 0e 09 0c 01 00 80 01 00 ff 00 ff 00 00 40 50": false, // of another command: another count,
		"72 01 00 1d 00 00 00 0e 09 0c 01 00 80 00 00 fe 00 ff 00 00 40 50": false, // another LBA,
		"72 01 00 1d 00 00 00 0e 09 0c 01 00 80 00 00 ff 00 ff 00 00 40 58": false, // another status
		"f0 00 01 00 50 40 00 0a c0 ff ff 00 00 1d 00 00 00 00":             false, // the fixed format again
		"70 00 05 00 00 00 00 0a 00 00 00 00 24 00 00 00 00 00":             false,
	} {
		w := &wire{replies: []scsi.Reply{check(sense)}}
		got := ata.Whole(context.Background(), w, short)
		if got.Whole != whole || !whole && got != short || whole && got.Count != 0x8000 {
			t.Errorf("%s: %+v", sense, got)
		}
		if cdb := w.sent[0].CDB; cdb[0] != 0x85 || cdb[1]>>1 != 15 {
			t.Errorf("sent % x", cdb)
		}
	}
}

// TestReset: a drive that was reset while it erased itself answers as if it had succeeded, with the signature of a reset.
func TestReset(t *testing.T) {
	t.Parallel()
	signature := check("72 01 00 1d 00 00 00 0e 09 0c 01 01 00 01 00 01 00 00 00 00 00 50")
	w := &wire{replies: []scsi.Reply{check(success28), signature}}
	if err := ata.SecurityErase(context.Background(), ata.OverSCSI(w), "x", false); !errors.Is(err, ata.ErrReset) {
		t.Errorf("SecurityErase() = %v", err)
	}
	w = &wire{replies: []scsi.Reply{signature}}
	if _, err := ata.StartSanitize(context.Background(), ata.OverSCSI(w), ata.SanitizeBlock); !errors.Is(err, ata.ErrReset) {
		t.Errorf("StartSanitize() = %v", err)
	}
}
