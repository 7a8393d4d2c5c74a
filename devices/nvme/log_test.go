package nvme_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"rasure/devices/nvme"
)

// page gives a log page of 512 bytes that begins with these.
func page(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return append(b, make([]byte, 512-len(b))...)
}

// Both were sent by drives; google/ecclesia-machine-management, sanitize_log_page_test.cc (Apache-2.0) has them too.
const (
	blockDone  = "ffff 0101 02000000 ffffffff ffffffff ffffffff"
	cryptoDone = "ffff 0101 0c020000 ffffffff ffffffff ffffffff"
)

func TestParseSanitizeStatus(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		page     string
		state    nvme.SanitizeLog
		progress uint16
		passes   uint8
		erased   bool
		cdw10    uint32
	}{
		"a drive's, block":        {blockDone, nvme.SanitizeDone, 0xffff, 0, true, 2},
		"a drive's, crypto":       {cryptoDone, nvme.SanitizeDone, 0xffff, 0, true, 0x20c},
		"half":                    {"0080 0200 02000000", nvme.SanitizeRunning, 0x8000, 0, false, 2},
		"overwriting, three done": {"0140 1a00 43010000", nvme.SanitizeRunning, 0x4001, 3, false, 0x143},
		"failed":                  {"ffff 0300 04000000", nvme.SanitizeFailed, 0xffff, 0, false, 4},
		"deallocated":             {"ffff 0401 02020000", nvme.SanitizeDeallocated, 0xffff, 0, true, 0x202},
		"never":                   {"ffff 0001 00000000", nvme.SanitizeNever, 0xffff, 0, true, 0},
		"reserved":                {"ffff 0700 00000000", 7, 0xffff, 0, false, 0},
	} {
		s, err := nvme.ParseSanitizeStatus(page(t, c.page))
		if err != nil || s.State != c.state || s.Progress != c.progress || s.Passes != c.passes || s.Erased != c.erased || s.CDW10 != c.cdw10 {
			t.Errorf("%s: got %+v, %v", name, s, err)
		}
	}
}

// TestSanitizeStatus_Takes: estimates are those of the operation.
func TestSanitizeStatus_Takes(t *testing.T) {
	t.Parallel()
	s, err := nvme.ParseSanitizeStatus(page(t, "ffff0000 00000000 00640000 3c000000 02000000 ffffffff 78000000 ffffffff"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		op   nvme.Sanitize
		want time.Duration
	}{
		{nvme.Sanitize{Action: nvme.SanitizeFill, Passes: 16}, 25600 * time.Second},
		{nvme.Sanitize{Action: nvme.SanitizeFill, Passes: 1, NoDeallocate: true}, 1600 * time.Second}, // not reported for that: the other
		{nvme.Sanitize{Action: nvme.SanitizeBlock}, time.Minute},
		{nvme.Sanitize{Action: nvme.SanitizeBlock, NoDeallocate: true}, 2 * time.Minute},
		{nvme.Sanitize{Action: nvme.SanitizeCrypto}, 2 * time.Second},
	} {
		if got := s.Takes(c.op); got != c.want {
			t.Errorf("%+v takes %v, want %v", c.op, got, c.want)
		}
	}
	if s, _ = nvme.ParseSanitizeStatus(page(t, blockDone)); s.Takes(nvme.Sanitize{Action: nvme.SanitizeBlock}) != 0 {
		t.Error("no estimate is taken for 136 years")
	}
}

// TestReadSanitizeStatus: a log is requested completely.
func TestReadSanitizeStatus(t *testing.T) {
	t.Parallel()
	a := &answers{data: page(t, blockDone)}
	if _, err := nvme.ReadSanitizeStatus(context.Background(), a); err != nil {
		t.Fatal(err)
	}
	if a.got.Opcode != 2 || a.got.NSID != 0xffffffff || a.got.CDW != [6]uint32{127<<16 | 0x81} || len(a.got.Data) != 512 {
		t.Errorf("sent %+v", a.got)
	}
	a.data = make([]byte, 4096)
	binary.LittleEndian.PutUint32(a.data[4*0x84:], 1)
	e, err := nvme.ReadEffects(context.Background(), a)
	if err != nil || !e.Supported(0x84) || e.Supported(0x80) {
		t.Errorf("effects of 84h %v, of 80h %v, %v", e.Supported(0x84), e.Supported(0x80), err)
	}
	if a.got.CDW != [6]uint32{1023<<16 | 5} {
		t.Errorf("sent %+v", a.got)
	}
}

// TestReadSanitizeStatus_Refused: a log that was not returned is an error.
func TestReadSanitizeStatus_Refused(t *testing.T) {
	t.Parallel()
	var refused *nvme.StatusError
	if s, err := nvme.ReadSanitizeStatus(context.Background(), &answers{}); !errors.As(err, &refused) {
		t.Errorf("got %+v, %v", s, err)
	}
	if _, err := nvme.ParseSanitizeStatus(make([]byte, 511)); err == nil {
		t.Error("511 bytes are taken for a page")
	}
}

func FuzzParseSanitizeStatus(f *testing.F) {
	f.Add(page(f, blockDone))
	f.Add(page(f, cryptoDone))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := nvme.ParseSanitizeStatus(b)
		if (err == nil) != (len(b) == 512) || s.State > 7 || s.Passes > 31 || s.State.String() == "" {
			t.Errorf("%d bytes: %+v, %v", len(b), s, err)
		}
		for _, a := range []nvme.Action{nvme.SanitizeBlock, nvme.SanitizeCrypto} {
			if d := s.Takes(nvme.Sanitize{Action: a}); d < 0 {
				t.Errorf("takes %v", d)
			}
		}
	})
}
