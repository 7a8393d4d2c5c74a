package ata_test

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"rasure/devices/ata"
)

// captured is IDENTIFY DEVICE data in testdata, 512 bytes in hex: of QEMU's drive as Linux read it, and of a drive composed
// from what is known of a Kingston, with a checksum, which QEMU's has not.
func captured(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".hex")
	if err != nil {
		t.Fatal(err)
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseIdentify(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]ata.Identity{
		"qemu":     {Serial: "SATA0001", Firmware: "2.5+", Model: "LABSATA", WWN: "naa.5000c50012345678", Attach: ata.AttachSerial},
		"kingston": {Serial: "50026B724B09A1FF", Firmware: "580ABBF0", Model: "KINGSTON SH103S3240G", WWN: "naa.50026b724b09a1ff", Rotation: 1, Attach: ata.AttachSerial},
	} {
		if got, err := ata.ParseIdentify(captured(t, name)); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, want)
		}
	}
}

// TestParseIdentify_Checksum: data with a wrong checksum are refused.
func TestParseIdentify_Checksum(t *testing.T) {
	t.Parallel()
	for i := range 510 { // 510 holds the mark that there is a checksum
		b := captured(t, "kingston")
		b[i] ^= 1
		if got, err := ata.ParseIdentify(b); err == nil {
			t.Fatalf("byte %d wrong: got %+v", i, got)
		}
	}
}

// TestParseIdentify_NotATA: data of other devices are refused.
func TestParseIdentify_NotATA(t *testing.T) {
	t.Parallel()
	packet := captured(t, "qemu")
	packet[1] |= 0x80
	for name, b := range map[string][]byte{"packet device": packet, "nothing": nil, "half": packet[:256]} {
		if got, err := ata.ParseIdentify(b); err == nil {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

// TestParseIdentify_NoWWN: without its valid bit no world wide name is read.
func TestParseIdentify_NoWWN(t *testing.T) {
	t.Parallel()
	b := captured(t, "qemu")
	b[2*87+1] &^= 1 // word 87 bit 8
	if got, err := ata.ParseIdentify(b); err != nil || got.WWN != "" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestParseIdentify_Attach: the attachment is read from the transport version.
func TestParseIdentify_Attach(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		word76, word222 uint16
		want            ata.Attach
	}{
		{0, 0, ata.AttachUnknown}, {0xffff, 0xffff, ata.AttachUnknown}, {0, 0x10ff, ata.AttachSerial}, {0, 0x0006, ata.AttachParallel},
		{0x850e, 0, ata.AttachSerial}, {0x850e, 0x0006, ata.AttachSerial},
	} {
		b := captured(t, "qemu")
		b[2*76], b[2*76+1] = byte(c.word76), byte(c.word76>>8)
		b[2*222], b[2*222+1] = byte(c.word222), byte(c.word222>>8)
		if got, err := ata.ParseIdentify(b); err != nil || got.Attach != c.want {
			t.Errorf("%04x %04x: got %v, %v, want %v", c.word76, c.word222, got.Attach, err, c.want)
		}
	}
}

func FuzzParseIdentify(f *testing.F) {
	f.Add(captured(f, "qemu"))
	f.Add(captured(f, "kingston"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		id, err := ata.ParseIdentify(b)
		if err != nil && id != (ata.Identity{}) {
			t.Errorf("%+v and %v", id, err)
		}
		if err == nil && (len(id.Serial) > 20 || len(id.Model) > 40 || len(id.Firmware) > 8 || id.WWN != "" && len(id.WWN) != 20) {
			t.Errorf("%+v", id)
		}
	})
}
