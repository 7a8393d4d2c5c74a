package nvme_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"rasure/devices/nvme"
)

func identify() []byte {
	b := make([]byte, 4096)
	copy(b[4:], fmt.Sprintf("%-20s%-40s%-8s", "50026B7283B12B31", "KINGSTON SFYR2S1T0", "SGW00110"))
	return b
}

type answers struct {
	data []byte
	got  nvme.Command
}

func (a *answers) Admin(_ context.Context, c nvme.Command) (uint32, error) {
	a.got = c
	if a.data == nil {
		return 0, &nvme.StatusError{Opcode: c.Opcode, Status: 0x2020}
	}
	copy(c.Data, a.data)
	return 0, nil
}

func TestParseController_Identity(t *testing.T) {
	t.Parallel()
	a := &answers{data: identify()}
	got, err := nvme.IdentifyController(context.Background(), a)
	if want := (nvme.Controller{Serial: "50026B7283B12B31", Model: "KINGSTON SFYR2S1T0", Firmware: "SGW00110"}); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if a.got.Opcode != 6 || a.got.CDW != [6]uint32{1} || a.got.NSID != 0 || len(a.got.Data) != 4096 {
		t.Errorf("sent %+v", a.got)
	}
}

// The numbers stand where a drive puts them: SANICAP A0000002h, FNA 0 and OACS 17h are those of a T-Force TM8FPL500G.
func TestParseController_Erases(t *testing.T) {
	t.Parallel()
	b := identify()
	b[256], b[76], b[524], b[312] = 0x17, 0x02, 0, 1
	copy(b[328:], []byte{2, 0, 0, 0xa0})
	copy(b[280:], []byte{0, 0, 0, 0, 1})
	copy(b[296:], []byte{0, 2})
	b[516], b[81], b[82] = 1, 4, 1
	want := nvme.Controller{Serial: "50026B7283B12B31", Model: "KINGSTON SFYR2S1T0", Firmware: "SGW00110", Controllers: true, Version: 0x10400,
		Security: true, Format: true, SelfTest: true, Total: 1 << 32, Unallocated: 512, ReplayProtected: true, MaxNamespace: 1,
		Sanitize: nvme.SanitizeCapabilities{Block: true, NoDeallocateInhibited: true, ModifiesAfter: 2}}
	if got, err := nvme.ParseController(b); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	b[256], b[328], b[524], b[288] = 0x0a, 0x0d, 0x07, 1 // more than 64 bits can say
	got, err := nvme.ParseController(b)
	if err != nil || !got.Namespaces || got.Security || got.Total != 1<<64-1 || !got.Sanitize.Crypto || got.Sanitize.Block || !got.Sanitize.Overwrite ||
		got.FormatFor != (nvme.FormatScope{AllOnFormat: true, AllOnErase: true, Crypto: true}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestStatusError: a refusal is its code without flags.
func TestStatusError(t *testing.T) {
	t.Parallel()
	_, err := nvme.IdentifyController(context.Background(), &answers{})
	var e *nvme.StatusError
	if !errors.As(err, &e) || e.Code() != 0x20 || !strings.Contains(err.Error(), "020h") {
		t.Errorf("got %v", err)
	}
}

func FuzzParseController(f *testing.F) {
	f.Add(identify())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := nvme.ParseController(b)
		if (err == nil) != (len(b) == 4096) || len(c.Serial) > 20 || len(c.Model) > 40 || len(c.Firmware) > 8 {
			t.Errorf("%d bytes: %+v, %v", len(b), c, err)
		}
	})
}
