package canon

import (
	"slices"
	"unicode/utf8"

	"rasure/cmd/message"
)

// span is a range of code points, both ends included.
type span struct{ first, last rune }

// refused are the code points that no string has, except those that are refused in every plane ([nonCharacter]): controls, characters
// without a shape of their own, those that change the order of what is shown, variation selectors, and private use. The list is fixed: a code
// point that Unicode assigns later is allowed today, and stays so.
var refused = []span{
	{0x0000, 0x001F}, {0x007F, 0x00A0}, // controls; the no-break space
	{0x00AD, 0x00AD}, // soft hyphen
	{0x034F, 0x034F}, {0x061C, 0x061C}, {0x115F, 0x1160}, {0x17B4, 0x17B5}, {0x180B, 0x180F},
	{0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F}, {0x3164, 0x3164},
	{0xD800, 0xDFFF}, // surrogates
	{0xE000, 0xF8FF}, // private use
	{0xFDD0, 0xFDEF}, // not characters
	{0xFE00, 0xFE0F}, // variation selectors 1 to 16
	{0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB},
	{0xE0000, 0xE00FF}, // tags
	{0xE01F0, 0x10FFFF},
}

// ideographs after which a variation selector of the range [selectors] may follow: it chooses the shape of a character in a name. The
// extensions A to J and those that Unicode adds later in planes 2 and 3 are among them.
var ideographs = []span{{0x3007, 0x3007}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xF900, 0xFAFF}, {0x20000, 0x2FFFD}, {0x30000, 0x3FFFD}}

var selectors = span{0xE0100, 0xE01EF}

var privateUse = []span{{0xE000, 0xF8FF}, {0xF0000, 0xFFFFD}, {0x100000, 0x10FFFD}}

func (s span) has(r rune) bool { return s.first <= r && r <= s.last }

func in(spans []span, r rune) bool {
	_, found := slices.BinarySearchFunc(spans, r, func(s span, r rune) int {
		switch {
		case s.last < r:
			return -1
		case s.first > r:
			return 1
		}
		return 0
	})
	return found
}

// Ideograph reports whether r is an ideograph by the fixed list of this package. Rules of version 1 that ask package unicode for letters take
// these too: its tables do not have those that Unicode added last, which are in names.
func Ideograph(r rune) bool { return in(ideographs, r) }

// nonCharacter: the last two code points of each plane are none.
func nonCharacter(r rune) bool { return r&0xFFFE == 0xFFFE }

// CheckString refuses a string that no statement may have: empty, of more than 1000 bytes, not UTF-8, or with a code point that is refused.
func CheckString(s string) error { return checkString(s, maxString) }

func checkString(s string, longest int) error {
	switch {
	case s == "":
		return message.New("it is empty")
	case len(s) > longest:
		return message.Errorf("it has %d bytes, more than %d", len(s), longest)
	}
	before := rune(0)
	for i := 0; i < len(s); {
		if c := s[i]; ' ' <= c && c <= '~' {
			before = rune(c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			return message.New("it is not valid UTF-8")
		case in(privateUse, r):
			return message.Errorf("%U is a private-use character: each font shows it as something else. Type the character of Unicode; its extensions A to J have the rare characters of names", r)
		case selectors.has(r) && !in(ideographs, before):
			return message.Errorf("%U chooses the shape of an ideograph, and follows none", r)
		case nonCharacter(r) || in(refused, r):
			return message.Errorf("the character %U is not allowed", r)
		}
		before = r
		i += n
	}
	return nil
}
