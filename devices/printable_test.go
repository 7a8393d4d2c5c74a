package devices_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"rasure/devices"
)

func TestPrintable(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"":                         "",
		"  WD-WCC4N0  ":            "WD-WCC4N0",
		"50026B7283B12B31\x00\x00": "50026B7283B12B31",
		"a\x1b[2Jb":                `a\x1b[2Jb`,
		"a\nb\tc\x7f":              `a\x0ab\x09c\x7f`,
		"a\u009bb":                 `a\x9bb`,
		"a\u202egnp.exe":           `a\u202egnp.exe`,
		"a\u00a0b\u200bc\ufeff":    `a\xa0b\u200bc\ufeff`,
		"a\xff\xc3b":               `a\xff\xc3b`,
		"\U000e0041":               `\U000e0041`,
		"绝密 Größe":                 "绝密 Größe",
		strings.Repeat("x", 256):   strings.Repeat("x", 256),
		strings.Repeat("x", 300):   strings.Repeat("x", 253) + "...",
	} {
		if got := devices.Printable(s); got != want {
			t.Errorf("Printable(%q) = %q, want %q", s, got, want)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	for _, s := range []string{"WDC WD800JD", "\x1b]0;x\a", "\u202e", "\xff", strings.Repeat("\x01", 99), strings.Repeat("绝", 99)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := devices.Printable(s)
		if len(p) > 256 || !utf8.ValidString(p) || devices.Printable(p) != p {
			t.Errorf("Printable(%q) = %q, again %q", s, p, devices.Printable(p))
		}
		for _, r := range p {
			if !unicode.IsPrint(r) {
				t.Errorf("Printable(%q) holds %U", s, r)
			}
		}
		n := devices.FileName(s)
		if n == "" || len(n) > 64 || n[0] == '.' || n[0] == '-' || strings.Trim(n, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != "" {
			t.Errorf("FileName(%q) = %q", s, n)
		}
	})
}

func TestFileName(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"": "_", "..": "_.", "../etc/passwd": "_._etc_passwd", "-rf": "_rf", "WD-1.x_Y": "WD-1.x_Y", "a b\x00é": "a_b___",
		strings.Repeat("x", 99): strings.Repeat("x", 64),
	} {
		if got := devices.FileName(s); got != want {
			t.Errorf("FileName(%q) = %q, want %q", s, got, want)
		}
	}
}
