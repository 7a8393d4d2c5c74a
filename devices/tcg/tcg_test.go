package tcg_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"rasure/devices/tcg"
)

// discovery makes an answer of descriptors, each a code and what stands in it.
func discovery(features ...any) []byte {
	b := make([]byte, 48)
	for i := 0; i < len(features); i += 2 {
		body := features[i+1].([]byte)
		b = binary.BigEndian.AppendUint16(b, uint16(features[i].(int)))
		b = append(append(b, 0x10, byte(len(body))), body...)
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	return b
}

func opal(class int, locking, blocked byte) []byte {
	return discovery(1, []byte{0x11, 11: 0}, 2, []byte{locking, 11: 0}, 3, make([]byte, 28), 0x201, make([]byte, 8), class, make([]byte, 16), 0x402, []byte{blocked, 11: 0})
}

// TestParseDiscovery: the discovery shows whether a revert erases.
func TestParseDiscovery(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer []byte
		want   tcg.Discovery
		why    string
	}{
		"Opal, as it left the factory": {opal(tcg.Opal2, 0x09, 0), tcg.Discovery{Class: tcg.Opal2, Locking: true, Encrypt: true}, ""},
		"Opal, taken into use and locked": {opal(tcg.Opal2, 0x1f, 0), tcg.Discovery{Class: tcg.Opal2, Locking: true, Enabled: true, Locked: true,
			Encrypt: true, Shadow: true}, ""},
		"shadow done":            {opal(tcg.Opal2, 0x3b, 0), tcg.Discovery{Class: tcg.Opal2, Locking: true, Enabled: true, Encrypt: true}, ""},
		"blocked":                {opal(tcg.Opal2, 0x09, 0x02), tcg.Discovery{Class: tcg.Opal2, Locking: true, Encrypt: true, Blocked: true}, "Block SID"},
		"Pyrite":                 {opal(tcg.Pyrite2, 0x09, 0), tcg.Discovery{Class: tcg.Pyrite2, Locking: true, Encrypt: true}, "Pyrite"},
		"no encryption reported": {opal(tcg.Ruby, 0x01, 0), tcg.Discovery{Class: tcg.Ruby, Locking: true}, "encrypts"},
		"no class":               {discovery(1, []byte{0x11}), tcg.Discovery{}, "no known TCG class"},
	} {
		d, err := tcg.ParseDiscovery(append(c.answer, make([]byte, 100)...))
		if err != nil || d != c.want {
			t.Errorf("%s: got %+v, %v", name, d, err)
		}
		if why := d.Unusable().String(); (why == "") != (c.why == "") || !strings.Contains(why, c.why) {
			t.Errorf("%s: %q", name, why)
		}
	}
}

func TestCheckPSID(t *testing.T) {
	t.Parallel()
	for psid, ok := range map[string]bool{"": false, "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345": true, "ABCDEFGHIJKLMNOPQRSTUVWXYZ01234": false,
		"ABCDEFGHIJKLMNOP-RSTUVWXYZ012345": false, "abcdefghijklmnopqrstuvwxyz01234\n": false} {
		if err := tcg.CheckPSID(psid); (err == nil) != ok {
			t.Errorf("CheckPSID(%q) = %v", psid, err)
		}
	}
}

func FuzzParseDiscovery(f *testing.F) {
	f.Add(opal(tcg.Opal2, 0x09, 0))
	f.Add(make([]byte, 48))
	f.Fuzz(func(t *testing.T, b []byte) {
		if d, err := tcg.ParseDiscovery(b); err != nil && d != (tcg.Discovery{}) {
			t.Errorf("an invalid answer was read as %+v", d)
		}
	})
}

// TestParsePSID: dashes and blanks of a label do not count, and nothing else is left out.
func TestParsePSID(t *testing.T) {
	t.Parallel()
	const psid = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
	for _, typed := range []string{psid, psid + "\r\n", "ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ01-2345", " ABCDEFGH IJKLMNOP\tQRSTUVWX\u00a0YZ01\u20112345"} {
		if got, err := tcg.ParsePSID(typed); err != nil || got != psid {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"", psid[1:], psid + "0", psid[1:] + "_", psid[1:] + "Ａ"} {
		if _, err := tcg.ParsePSID(typed); err == nil {
			t.Errorf("%q was accepted", typed)
		}
	}
}
