package canon

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"unicode/utf8"
)

// allowedPoints is SHA-256 over one byte for each code point from 0 to 10FFFF, 1 if it is allowed behind an ideograph and 0 if not. The list
// is part of the format: it never changes, whatever the release of Go or of Unicode.
const allowedPoints = "f3fd959bc722942174320bb0a4a93a48d5e54450c931e51fb44a446334d25f8d"

func TestAllowedCodePoints(t *testing.T) {
	t.Parallel()
	all := make([]byte, utf8.MaxRune+1)
	for r := range rune(len(all)) {
		if utf8.ValidRune(r) && CheckString("字"+string(r)) == nil {
			all[r] = 1
		}
	}
	if sum := sha256.Sum256(all); hex.EncodeToString(sum[:]) != allowedPoints {
		t.Errorf("other code points are allowed: %x", sum)
	}
}

// The code points at both ends of every range of the format, and beside them.
func TestCodePoints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text    string
		allowed bool
	}{
		{"\x1f", false}, {" ", true}, {"~", true}, {"\x7f", false}, {"\u0080", false}, {"\u00a0", false}, {"\u00a1", true},
		{"\u00ac", true}, {"\u00ad", false}, {"\u00ae", true},
		{"\u034e", true}, {"\u034f", false}, {"\u0350", true},
		{"\u061b", true}, {"\u061c", false}, {"\u061d", true},
		{"\u115e", true}, {"\u115f", false}, {"\u1160", false}, {"\u1161", true},
		{"\u17b3", true}, {"\u17b4", false}, {"\u17b5", false}, {"\u17b6", true},
		{"\u180a", true}, {"\u180b", false}, {"\u180f", false}, {"\u1810", true},
		{"\u200a", true}, {"\u200b", false}, {"\u200f", false}, {"\u2010", true},
		{"\u2027", true}, {"\u2028", false}, {"\u202e", false}, {"\u202f", true},
		{"\u205f", true}, {"\u2060", false}, {"\u206f", false}, {"\u2070", true},
		{"\u3163", true}, {"\u3164", false}, {"\u3165", true},
		{"\ud7ff", true}, {"\ue000", false}, {"\uf8ff", false}, {"\uf900", true},
		{"\ufdcf", true}, {"\ufdd0", false}, {"\ufdef", false}, {"\ufdf0", true},
		{"\ufdff", true}, {"\ufe00", false}, {"\ufe0f", false}, {"\ufe10", true},
		{"\ufefe", true}, {"\ufeff", false}, {"\uff00", true}, {"\uff9f", true}, {"\uffa0", false}, {"\uffa1", true},
		{"\uffef", true}, {"\ufff0", false}, {"\ufffb", false}, {"\ufffc", true}, {"\ufffd", true}, {"\ufffe", false}, {"\uffff", false}, {"\U00010000", true},
		{"\U0001fffd", true}, {"\U0001fffe", false}, {"\U0001ffff", false}, {"\U00020000", true}, {"\U0003fffe", false},
		{"\U0002ebf0", true}, {"\U0002ee5d", true}, {"\U000323b0", true}, {"\U00033479", true}, // extensions I and J
		{"\U000dfffd", true}, {"\U000e0000", false}, {"\U000e00ff", false}, {"\U000e01f0", false},
		{"\U000f0000", false}, {"\U0010ffff", false},
		// a variation selector behind an ideograph, and behind nothing, a letter, or another selector
		{"\U000e0100", false}, {"a\U000e0100", false}, {"字\U000e0100", true}, {"字\U000e01ef", true}, {"字\U000e0100\U000e0100", false}, {"字a\U000e0100", false},
		{"〇\U000e0100", true}, {"㐀\U000e0100", true}, {"䷀\U000e0100", false}, {"\ufa0e\U000e0100", true}, {"\U0002ebf0\U000e0101", true}, {"\U000323b0\U000e0101", true},
		{"\U0001fffd\U000e0100", false}, {"\U0003fffd\U000e0100", true}, {"\U00040000\U000e0100", false},
	} {
		if err := CheckString(c.text); (err == nil) != c.allowed {
			t.Errorf("%+q: %v", c.text, err)
		}
	}
}
