package statement

import (
	"strings"

	"rasure/certify/internal/canon"
	"rasure/cmd/message"
)

// marks are the code points above U+00A0 that no number of a medium has, first and last of each range: spaces, punctuation and symbols. The list
// is fixed, like that of package canon. Letters and digits of all scripts are allowed, also those that Unicode adds later; so are the star and the
// brackets of a Chinese document number: 机密★2026-017号, 〔2026〕, （2026）.
var marks = []rune{
	0x00A1, 0x00A9, 0x00AB, 0x00B4, 0x00B6, 0x00B9, 0x00BB, 0x00BF, 0x00D7, 0x00D7, 0x00F7, 0x00F7,
	0x1680, 0x1680, 0x2000, 0x2604, 0x2606, 0x2BFF, 0x2E00, 0x2E7F, 0x2FF0, 0x3004, 0x3008, 0x3013, 0x3016, 0x3020, 0x3030, 0x3030, 0x303D, 0x303F,
	0x3200, 0x33FF, 0x4DC0, 0x4DFF, 0xFD3E, 0xFD3F, 0xFE10, 0xFE6F, 0xFF01, 0xFF07, 0xFF0A, 0xFF0F, 0xFF1A, 0xFF20, 0xFF3B, 0xFF40, 0xFF5B, 0xFF65,
	0xFFE0, 0xFFEF, 0xFFFC, 0xFFFD, 0x1F000, 0x1FAFF,
}

// CheckNumber refuses a number that a medium may not have: it has 1 to 64 bytes of letters, also Chinese ones, digits and - _ . /, so that it can
// be spoken, typed and printed on a label.
func CheckNumber(number string) error {
	if err := canon.CheckString(number); err != nil || len(number) > 64 {
		return message.Errorf("the number %q has more than 64 bytes, or a character that does not print", clip(number))
	}
	for _, r := range number {
		bad := r < 0x80 && !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./", r)
		for i := 0; i < len(marks) && !bad; i += 2 {
			bad = marks[i] <= r && r <= marks[i+1]
		}
		if bad {
			return message.Errorf("number %q: only letters, digits and - _ . / are allowed", clip(number))
		}
	}
	return nil
}

// NumberKey is what numbers of media are compared by: two that look alike are one. Full-width characters (FF01 to FF5E) count as those of ASCII, the
// brackets 〔〕 as ( ), and small letters of ASCII as capitals. The list is fixed.
func NumberKey(number string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 0xFF01 <= r && r <= 0xFF5E:
			r -= 0xFF01 - '!'
		case r == '〔':
			r = '('
		case r == '〕':
			r = ')'
		}
		if 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	}, number)
}

// checkNumbers refuses numbers that media may not have, and one that is there twice.
func checkNumbers(lists ...[]string) error {
	seen := map[string]bool{}
	for _, list := range lists {
		for _, n := range list {
			if err := CheckNumber(n); err != nil {
				return err
			}
			key := NumberKey(n)
			if seen[key] {
				return message.Errorf("%s is named twice", n)
			}
			seen[key] = true
		}
	}
	return nil
}

// crockford is the alphabet of ULIDs.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func checkULID(id string) error {
	if len(id) != 26 || strings.Trim(id, crockford) != "" {
		return message.Errorf("%q is not a ULID", clip(id))
	}
	return nil
}
