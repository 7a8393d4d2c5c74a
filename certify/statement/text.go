package statement

import (
	"fmt"
	"strings"
	"unicode"

	"rasure/certify/internal/canon"
)

// CheckText refuses a text that no statement may have: empty, of more than 1000 bytes, or with a character that is not allowed. Who takes
// texts in before a statement is made, such as the reader of settings, asks it early.
func CheckText(s string) error { return canon.CheckString(s) }

// Ideograph reports whether r is an ideograph by the fixed list of FORMAT.md. Package unicode does not have those that Unicode added last, and
// takes them for what does not print.
func Ideograph(r rune) bool { return canon.Ideograph(r) }

// Sayable returns a text as a statement can have it: "" if none may have it. Version 1 took characters that version 2 does not.
func Sayable(s string) string {
	if canon.CheckString(s) != nil {
		return ""
	}
	return s
}

// Visible shows all of a text: what does not print is escaped as in JSON. A signer must see all of it.
func Visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		if (unicode.IsPrint(r) || Ideograph(r)) && r != unicode.ReplacementChar {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
