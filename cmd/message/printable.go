package message

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable makes text safe for a terminal: control characters, format characters (which turn the writing direction, or hide),
// bytes that are not UTF-8 and line separators come out as escapes, \x1b or \u202e. With layout it keeps newline and tab.
func Printable(s string, layout bool) string {
	harmless := func(r rune) bool {
		return r >= ' ' && r < 0x7f || layout && (r == '\n' || r == '\t') ||
			r >= 0xa0 && r != utf8.RuneError && !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
	}
	if !strings.ContainsFunc(s, func(r rune) bool { return !harmless(r) }) {
		return s
	}
	var b strings.Builder
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case harmless(r) || r == utf8.RuneError && n > 1:
			b.WriteString(s[:n])
		case r == utf8.RuneError:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[n:]
	}
	return b.String()
}

// datum shows a string that is an argument: a name, a path, the text of a system error. It has no layout, so that it cannot pass for
// a line of its own.
func datum(l Language, s string) string {
	s = Printable(s, false)
	if l == Marked {
		return "⟨" + s + "⟩"
	}
	return s
}

func argument(l Language, a any) any {
	switch x := a.(type) {
	case Text, Messenger, error:
		return In(l, a)
	case string:
		return datum(l, x)
	case fmt.Stringer:
		if reflect.TypeOf(a).Kind() == reflect.String {
			return datum(l, x.String())
		}
		return a
	}
	if v := reflect.ValueOf(a); v.Kind() == reflect.String {
		return datum(l, v.String())
	}
	return a
}
