package scsi_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"rasure/devices/scsi"
)

// TestCommands: commands are the bytes of the standard.
func TestCommands(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, c := range map[string]struct {
		send func(scsi.Transport)
		cdb  string
		data string // sent
	}{
		// SBC-4 5.33: IMMED 80h, no AUSE (20h), no ZNR (40h).
		"crypto":    {func(t scsi.Transport) { scsi.Sanitize(ctx, t, scsi.SanitizeCrypto) }, "48 83 00 00 00 00 00 00 00 00", ""},
		"block":     {func(t scsi.Transport) { scsi.Sanitize(ctx, t, scsi.SanitizeBlock) }, "48 82 00 00 00 00 00 00 00 00", ""},
		"overwrite": {func(t scsi.Transport) { scsi.Sanitize(ctx, t, scsi.SanitizeOverwrite) }, "48 81 00 00 00 00 00 00 08 00", "01 00 00 04 00 00 00 00"},
		"exit":      {func(t scsi.Transport) { scsi.Sanitize(ctx, t, scsi.SanitizeExit) }, "48 9f 00 00 00 00 00 00 00 00", ""},
		"ready":     {func(t scsi.Transport) { scsi.TestReady(ctx, t) }, "00 00 00 00 00 00", ""},
		"sense":     {func(t scsi.Transport) { scsi.RequestSense(ctx, t) }, "03 00 00 00 fc 00", ""},
		"capacity":  {func(t scsi.Transport) { scsi.ReadCapacity(ctx, t) }, "9e 10 00 00 00 00 00 00 00 00 00 00 00 20 00 00", ""},
		"supports":  {func(t scsi.Transport) { scsi.Supports(ctx, t, 0x48, 2) }, "a3 0c 03 48 00 02 00 00 00 14 00 00", ""},
		"security in": {func(t scsi.Transport) { scsi.SecurityIn(ctx, t, 1, 0x0001, make([]byte, 2048)) },
			"a2 01 00 01 00 00 00 00 08 00 00 00", ""},
		"security out": {func(t scsi.Transport) { scsi.SecurityOut(ctx, t, 1, 0x07fe, make([]byte, 512)) },
			"b5 01 07 fe 00 00 00 00 02 00 00 00", string(make([]byte, 512))},
	} {
		a := &answers{}
		c.send(a)
		want := fromHexOr(c.data)
		if a.got.CDB[0] == 0x48 && a.got.Timeout < time.Hour {
			t.Errorf("%s: a timeout of %v resets a drive that begins to erase", name, a.got.Timeout)
		}
		if !bytes.Equal(a.got.CDB, fromHex(c.cdb)) {
			t.Errorf("%s: sent % x, want %s", name, a.got.CDB, c.cdb)
		}
		if out := a.got.Direction == scsi.Out; out != (len(want) > 0) || out && !bytes.Equal(a.got.Data, want) {
			t.Errorf("%s: sent data % x, want % x", name, a.got.Data, want)
		}
	}
}

func fromHexOr(s string) []byte {
	if s != "" && s[0] == 0 {
		return []byte(s)
	}
	return fromHex(s)
}

// TestSense_Failed: a failed erase does not count as done.
func TestSense_Failed(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]struct{ running, failed, formatting, corrupt bool }{
		"70 00 02 00 00 00 00 0a 00 00 00 00 04 1b 00 80 40 00": {running: true},
		"72 02 04 1b 00 00 00 08 02 06 00 00 80 40 00 00":       {running: true},
		"70 00 03 00 00 00 00 0a 00 00 00 00 31 03 00 00 00 00": {failed: true}, // no progress in it
		"72 03 31 03 00 00 00 00":                               {failed: true},
		"70 00 02 00 00 00 00 0a 00 00 00 00 04 04 00 80 10 00": {formatting: true},
		"70 00 03 00 00 00 00 0a 00 00 00 00 31 00 00 00 00 00": {corrupt: true},
		"70 00 03 00 00 00 00 0a 00 00 00 00 31 01 00 00 00 00": {corrupt: true},
		"70 00 00 00 00 00 00 0a 00 00 00 00 00 00 00 00 00 00": {},
		"70 00 05 00 00 00 00 0a 00 00 00 00 04 1b 00 80 40 00": {}, // another key
		"70 00 02 00 00 00 00 0a 00 00 00 00 04 01 00 00 00 00": {}, // becoming ready
	} {
		s, err := scsi.ParseSense(fromHex(in))
		if err != nil {
			t.Fatal(err)
		}
		if s.Sanitizing() != want.running || s.SanitizeFailed() != want.failed || s.Formatting() != want.formatting || s.FormatCorrupt() != want.corrupt {
			t.Errorf("%s is %+v, want %+v", in, s, want)
		}
	}
}

func TestSense_Progress(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]struct {
		told     bool
		progress uint16
	}{
		"70 00 02 00 00 00 00 0a 00 00 00 00 04 1b 00 80 40 01":                               {true, 0x4001},
		"72 02 04 1b 00 00 00 08 02 06 00 00 80 40 01 00":                                     {true, 0x4001},
		"72 02 04 1b 00 00 00 14 00 0a 00 00 00 00 00 00 00 00 00 00 02 06 00 00 80 ff ff 00": {true, 0xffff}, // behind another descriptor
		"70 00 02 00 00 00 00 0a 00 00 00 00 04 1b 00 00 40 01":                               {},             // SKSV is not set
		"70 00 05 00 00 00 00 0a 00 00 00 00 24 00 00 c0 00 07":                               {},             // a field pointer
		"70 00 02 00 00 00 00 06 00 00 00 00 04 1b 00 80 40 01":                               {},             // says that it ends before
		"70 00 02 00 00 00 00 0a 00 00 00 00 04 1b 00 80 40":                                  {},             // was cut
		"72 02 04 1b 00 00 00 08 02 06 00 00 80 40":                                           {},             // was cut
		"72 02 04 1b 00 00 00 08 02 02 00 00 80 40 01 00":                                     {},             // a short descriptor
	} {
		s, err := scsi.ParseSense(fromHex(in))
		if err != nil || s.HasProgress != want.told || s.Progress != want.progress {
			t.Errorf("%s: %+v, %v, want %+v", in, s, err, want)
		}
	}
}

// script answers one reply after another.
type script struct {
	replies []scsi.Reply
	data    [][]byte
	asked   int
}

func (s *script) Do(_ context.Context, c scsi.Command) (scsi.Reply, error) {
	i := min(s.asked, len(s.replies)-1)
	s.asked++
	r := s.replies[i]
	if i < len(s.data) {
		r.Residual = len(c.Data) - copy(c.Data, s.data[i])
	}
	return r, nil
}

// TestTestReady_UnitAttention: unit attentions are collected, with a limit.
func TestTestReady_UnitAttention(t *testing.T) {
	t.Parallel()
	reset := fromHex("70 00 06 00 00 00 00 0a 00 00 00 00 29 00 00 00 00 00")
	idle := fromHex("70 00 00 00 00 00 00 0a 00 00 00 00 00 00 00 00 00 00")
	s := &script{replies: []scsi.Reply{{Status: 2, Sense: reset}, {}}}
	if err := scsi.TestReady(context.Background(), s); err != nil || s.asked != 2 {
		t.Errorf("asked %d times: %v", s.asked, err)
	}
	s = &script{replies: []scsi.Reply{{Status: 2, Sense: reset}}}
	if err := scsi.TestReady(context.Background(), s); err == nil || s.asked > 8 {
		t.Errorf("asked %d times: %v", s.asked, err)
	}
	s = &script{replies: []scsi.Reply{{}, {}}, data: [][]byte{reset, idle}}
	if got, raw, err := scsi.RequestSense(context.Background(), s); err != nil || got != (scsi.Sense{}) || !bytes.Equal(raw, idle) {
		t.Errorf("got %+v, % x, %v", got, raw, err)
	}
}

// TestSupports: support that the drive does not report is unknown.
func TestSupports(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, c := range map[string]struct {
		a    *answers
		want scsi.Support
		bad  bool
	}{
		"supported":          {&answers{data: fromHex("00 03 00 0a 48 1f 00 00 00 00 00 ff ff 00")}, scsi.Supported, false},
		"not":                {&answers{data: fromHex("00 01 00 00")}, scsi.Unsupported, false},
		"a vendor's way":     {&answers{data: fromHex("00 05 00 0a")}, scsi.Unsupported, false},
		"not available now":  {&answers{data: fromHex("00 00 00 00")}, scsi.SupportUnknown, false},
		"nothing came":       {&answers{}, scsi.SupportUnknown, true},
		"no such command":    {&answers{reply: scsi.Reply{Status: 2, Sense: fromHex("70 00 05 00 00 00 00 0a 00 00 00 00 20 00 00 00 00 00")}}, scsi.SupportUnknown, false},
		"no such field":      {&answers{reply: scsi.Reply{Status: 2, Sense: fromHex("72 05 24 00 00 00 00 00")}}, scsi.SupportUnknown, false},
		"something else":     {&answers{reply: scsi.Reply{Status: 2, Sense: fromHex("72 0b 00 00 00 00 00 00")}}, scsi.SupportUnknown, true},
		"residual too large": {&answers{reply: scsi.Reply{Residual: 99}}, scsi.SupportUnknown, true},
	} {
		if got, err := scsi.Supports(ctx, c.a, 0x48, 1); got != c.want || (err != nil) != c.bad {
			t.Errorf("%s: %v, %v, want %v", name, got, err, c.want)
		}
	}
}

func TestCapacity(t *testing.T) {
	t.Parallel()
	a := &answers{data: fromHex("00 00 00 00 74 70 6d af 00 00 02 00 01 03 c0 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00")}
	want := scsi.Capacity{Blocks: 0x74706db0, Block: 512, Protected: true, Provisioned: true, ReadsZeros: true}
	if got, err := scsi.ReadCapacity(context.Background(), a); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, bad := range []string{"", "00 00 00 00 74 70 6d af 00 00 02", "ff ff ff ff ff ff ff ff 00 00 02 00", "00 00 00 00 74 70 6d af 00 00 00 00"} {
		if got, err := scsi.ParseCapacity(fromHex(bad)); err == nil {
			t.Errorf("ParseCapacity(%s) = %+v", bad, got)
		}
	}
	var refused *scsi.SenseError
	a = &answers{reply: scsi.Reply{Status: 2, Sense: fromHex("70 00 05 00 00 00 00 0a 00 00 00 00 20 00 00 00 00 00")}}
	if _, err := scsi.ReadCapacity(context.Background(), a); !errors.As(err, &refused) || !refused.Unknown() {
		t.Errorf("got %v", err)
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add(fromHex("72 02 04 1b 00 00 00 08 02 06 00 00 80 40 01 00"))
	f.Add(fromHex("00 00 00 00 74 70 6d af 00 00 02 00 01 03 c0 00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if d := scsi.Descriptor(b, 9); d != nil && (len(d) < 2 || d[0] != 9 || len(d) != 2+int(d[1])) {
			t.Errorf("Descriptor(% x) = % x", b, d)
		}
		if c, err := scsi.ParseCapacity(b); err == nil && (c.Blocks == 0 || c.Block == 0) {
			t.Errorf("ParseCapacity(% x) = %+v", b, c)
		}
		scsi.ParseSupport(b)
	})
}
