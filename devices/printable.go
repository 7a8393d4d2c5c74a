package devices

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Our choice: longer than any name a drive can give, short enough for one line of a terminal.
const (
	maxPrintable = 256
	maxFileName  = 64
)

// Printable makes a string from a drive, a label or a path safe for a terminal, a log line and a signed text. Control
// characters, bytes that are no UTF-8, marks that turn the writing direction, and every space but the plain one come out
// as visible escapes (\x1b, \u202e); space around the string goes. What is longer than 256 bytes is cut and ends in "...".
// Printable of its own result is that result.
func Printable(s string) string {
	var b strings.Builder
	fits := 0 // bytes that leave room for the dots
	for s = strings.Trim(s, " \x00\t\r\n"); s != ""; {
		r, n := utf8.DecodeRuneInString(s)
		b.WriteString(visible(s[:n], r))
		s = s[n:]
		if b.Len() <= maxPrintable-len("...") {
			fits = b.Len()
		}
		if b.Len() > maxPrintable {
			return b.String()[:fits] + "..."
		}
	}
	return b.String()
}

// visible returns the bytes of one rune, or the escape for them.
func visible(piece string, r rune) string {
	switch {
	case unicode.IsPrint(r) && (r != utf8.RuneError || len(piece) > 1):
		return piece
	case r < 0x100 || r == utf8.RuneError:
		return fmt.Sprintf(`\x%02x`, piece[len(piece)-1]) // of a C1 control the second byte is its number
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// FileName makes a string safe as a part of a file name: letters, digits, dot, underscore and hyphen of ASCII stay,
// everything else becomes "_". It does not begin with a dot or a hyphen, has 1 to 64 bytes, and names no other directory.
func FileName(s string) string {
	b := []byte(s[:min(len(s), maxFileName)])
	for i, c := range b {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		digit := c >= '0' && c <= '9'
		if !letter && !digit && (i == 0 || c != '.' && c != '-') {
			b[i] = '_'
		}
	}
	if len(b) == 0 {
		return "_"
	}
	return string(b)
}

// before orders kernel names naturally: sdb before sdaa, nvme2n1 before nvme10n1.
func before(a, b string) bool {
	for a != "" && b != "" {
		x, y := run(a), run(b)
		if x != y {
			if digits(x) && digits(y) || strings.HasPrefix(x, "sd") && strings.HasPrefix(y, "sd") {
				if len(x) != len(y) {
					return len(x) < len(y)
				}
			}
			return x < y
		}
		a, b = a[len(x):], b[len(y):]
	}
	return len(a) < len(b)
}

// run is the longest beginning of s that is all digits or has none. It panics if s is empty.
func run(s string) string {
	for i := range len(s) {
		if digits(s[i:i+1]) != digits(s[:1]) {
			return s[:i]
		}
	}
	return s
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
