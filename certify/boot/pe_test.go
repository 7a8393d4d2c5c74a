package boot

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// program makes a PE32+ file with two sections of 512 bytes, and room for a signature of 8.
func program() []byte {
	le := binary.LittleEndian
	b := make([]byte, 512+2*512+8)
	copy(b, "MZ")
	le.PutUint32(b[60:], 64)
	copy(b[64:], "PE\x00\x00")
	le.PutUint16(b[68+2:], 2)    // sections
	le.PutUint16(b[68+16:], 240) // length of the optional header
	opt := b[88:]
	le.PutUint16(opt, 0x20b)
	le.PutUint32(opt[60:], 512) // length of the headers
	le.PutUint32(opt[108:], 16) // directories
	le.PutUint32(opt[144:], 1536)
	le.PutUint32(opt[148:], 8)
	for i, name := range []string{".osrel", ".linux"} {
		s := opt[240+40*i:]
		copy(s, name)
		le.PutUint32(s[8:], 500)
		le.PutUint32(s[16:], 512)
		le.PutUint32(s[20:], uint32(512+512*i))
	}
	return b
}

// What the hash does not cover is the checksum and the signature, and where it is; all the rest counts.
func TestAuthenticodeCovers(t *testing.T) {
	p, err := ParsePE(program())
	if err != nil {
		t.Fatal(err)
	}
	before := p.Authenticode()
	if c, ok := p.Section(".linux"); !ok || len(c) != 500 {
		t.Errorf("the section .linux has %d bytes, want the 500 that are in memory", len(c))
	}
	for i := range program() {
		free := i >= 88+64 && i < 88+68 || i >= 88+144 && i < 88+152 || i >= 1536
		data := program()
		data[i] ^= 0x80
		p, err := ParsePE(data)
		if err == nil && (p.Authenticode() == before) != free {
			t.Errorf("byte %d: the hash stays the same: %v", i, !free)
		}
	}
}

func TestParsePERefuses(t *testing.T) {
	le := binary.LittleEndian
	section := func(i int) int { return 88 + 240 + 40*i }
	for name, change := range map[string]func([]byte) []byte{
		"empty":                        func([]byte) []byte { return nil },
		"no MZ":                        func(b []byte) []byte { b[0] = 0; return b },
		"headers beyond the end":       func(b []byte) []byte { le.PutUint32(b[60:], 1<<31); return b },
		"32 bits":                      func(b []byte) []byte { le.PutUint16(b[88:], 0x10b); return b },
		"sections that overlap":        func(b []byte) []byte { le.PutUint32(b[section(1)+20:], 600); return b },
		"a section in the headers":     func(b []byte) []byte { le.PutUint32(b[section(0)+20:], 0); return b },
		"a section beyond the end":     func(b []byte) []byte { le.PutUint32(b[section(1)+16:], 4096); return b },
		"a section in the signature":   func(b []byte) []byte { le.PutUint32(b[section(1)+16:], 520); return b },
		"a section that is cut off":    func(b []byte) []byte { le.PutUint32(b[section(1)+8:], 513); return b },
		"two sections of one name":     func(b []byte) []byte { copy(b[section(0):], ".linux"); return b },
		"97 sections":                  func(b []byte) []byte { le.PutUint16(b[70:], 97); return b },
		"no sections":                  func(b []byte) []byte { le.PutUint16(b[70:], 0); return b },
		"bytes behind the signature":   func(b []byte) []byte { return append(b, 0) },
		"a signature beyond the end":   func(b []byte) []byte { le.PutUint32(b[88+148:], 1<<31); return b },
		"headers longer than the file": func(b []byte) []byte { le.PutUint32(b[88+60:], 1<<30); return b },
	} {
		if _, err := ParsePE(change(program())); err == nil {
			t.Errorf("%s: is read", name)
		}
	}
}

func FuzzParsePE(f *testing.F) {
	f.Add(program())
	f.Add(bytes.Replace(program(), []byte(".osrel"), []byte(".sdmag"), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePE(data)
		if err != nil {
			return
		}
		p.Authenticode()
		if _, err := Predict(data); err == nil && len(data) < 1024 {
			t.Error("an image and its kernel are in less than 1024 bytes")
		}
	})
}
