package pattern_test

import (
	"bytes"
	"strings"
	"testing"

	"rasure/wipe/pattern"
)

const someKey = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"

func at(p pattern.Pattern, off int64, n int) []byte {
	b := bytes.Repeat([]byte{0xA7}, n) // not what any pattern leaves when it forgets to write
	p.FillAt(b, off)
	return b
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"random", "random-complement", "zero", "one", "bytes:55", "bytes:924924", "bytes:0102030405060708090a0b0c0d0e0f10"} {
		key := ""
		if strings.HasPrefix(name, "random") {
			key = someKey
		}
		p, err := pattern.Parse(name, key)
		if err != nil {
			t.Errorf("Parse(%q) = %v", name, err)
			continue
		}
		if got := p.String(); got != name {
			t.Errorf("Parse(%q).String() = %q", name, got)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, key string }{
		{"", ""}, {"Random", someKey}, {"random ", someKey}, {"random", ""}, {"random", someKey[:62]}, {"random", someKey + "00"},
		{"random", strings.ToUpper(someKey)}, {"random", "zz" + someKey[2:]}, {"random-complement", ""},
		{"zero", someKey}, {"one", "00"}, {"bytes:55", someKey}, {"zeros", ""}, {"character", ""},
		{"bytes:", ""}, {"bytes:5", ""}, {"bytes:AA", ""}, {"bytes:00", ""}, {"bytes:ff", ""}, {"bytes:5555", ""}, {"bytes:0101", ""},
		{"bytes:0102030405060708090a0b0c0d0e0f1011", ""}, {"bytes:0x", ""}, {"bytes: 55", ""}, {"bytes:55\n", ""},
	} {
		if p, err := pattern.Parse(c.name, c.key); err == nil {
			t.Errorf("Parse(%q, %q) = %v, want an error", c.name, c.key, p)
		}
	}
}

func TestConstantPhase(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bytes []byte
		off   int64
		want  string
	}{
		{[]byte{0}, 7, "\x00\x00\x00\x00\x00"},
		{[]byte{0xFF}, 1 << 40, "\xff\xff\xff\xff\xff"},
		{[]byte("abc"), 0, "abcab"},
		{[]byte("abc"), 1, "bcabc"},
		{[]byte("abc"), 4 << 20, "bcabc"}, // 4 MiB modulo 3 is 1: where a restart with each buffer goes wrong
		{[]byte("abcd"), 1<<36 + 2, "cdabc"},
		{[]byte("0123456789ABCDEF"), 14, "EF012"},
	} {
		if got := at(pattern.Bytes(c.bytes...), c.off, len(c.want)); string(got) != c.want {
			t.Errorf("Bytes(%q) at %d = %q, want %q", c.bytes, c.off, got, c.want)
		}
	}
}

func TestConstantLong(t *testing.T) {
	t.Parallel()
	for n := range 70 {
		got := at(pattern.Bytes(1, 2, 3), 2, n)
		for i, b := range got {
			if want := byte((2+i)%3 + 1); b != want {
				t.Fatalf("%d bytes: byte %d = %d, want %d", n, i, b, want)
			}
		}
	}
}

func TestConstantName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bytes  []byte
		want   string
		period int
	}{
		{[]byte{0, 0, 0}, "zero", 1}, {[]byte{0xFF, 0xFF}, "one", 1}, {[]byte{0x55, 0x55, 0x55, 0x55}, "bytes:55", 1},
		{[]byte{1, 2, 1, 2}, "bytes:0102", 2}, {[]byte{1, 2, 1}, "bytes:010201", 3}, {[]byte{0x92, 0x49, 0x24}, "bytes:924924", 3},
	} {
		p := pattern.Bytes(c.bytes...)
		if p.String() != c.want || pattern.Period(p) != c.period {
			t.Errorf("Bytes(%x) = %v with period %d, want %v with %d", c.bytes, p, pattern.Period(p), c.want, c.period)
		}
	}
	if got := pattern.Period(pattern.Random([32]byte{})); got != 0 {
		t.Errorf("Period(random) = %d, want 0", got)
	}
}

func TestConstantPanics(t *testing.T) {
	t.Parallel()
	for _, b := range [][]byte{nil, make([]byte, pattern.MaxBytes+1)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Bytes of %d bytes did not panic", len(b))
				}
			}()
			pattern.Bytes(b...)
		}()
	}
}
