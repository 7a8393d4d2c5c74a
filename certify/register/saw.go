package register

import (
	"slices"
	"strings"
	"unicode/utf8"

	"rasure/certify/statement"
)

// checkSaw refuses a witness whose words name another medium than the entry that they are about: the draft may have been swapped. about are the numbers of that
// entry; a disk that is not registered has none.
func (v *verdict) checkSaw(saw string, about []string) {
	text := statement.NumberKey(saw)
	for _, number := range about {
		if number != "" {
			text = without(text, statement.NumberKey(number))
		}
	}
	for _, number := range v.r.namedIn(text) {
		if !slices.Contains(about, number) {
			v.deny("subject", []int64{v.e.Act.Entry.Index}, "the words of the witness name medium %s, and entry %d is about another one", number, v.e.Act.Entry.Index)
		}
	}
}

// shortestNamed is the length of the shortest number that is looked for: a "7" in a sentence is no medium.
const shortestNamed = 3

// namedIn returns the numbers of registered media in a text of [statement.NumberKey]. Only lengths that numbers have are looked up, so that the size of the
// register does not count.
func (r *Register) namedIn(text string) (numbers []string) {
	for start := range text {
		for length := range r.lengths {
			end := start + length
			if length < shortestNamed || end > len(text) || end < len(text) && !utf8.RuneStart(text[end]) {
				continue
			}
			if number, ok := r.keys[text[start:end]]; ok && !joined(text, start) && !joined(text, end) {
				numbers = append(numbers, number)
			}
		}
	}
	return numbers
}

// without is a text with a space in the place of each number that it has as such, and not as a part of a longer one.
func without(text, number string) string {
	for at := 0; at < len(text); {
		i := strings.Index(text[at:], number)
		if i < 0 {
			break
		}
		start, end := at+i, at+i+len(number)
		if at = end; !joined(text, start) && !joined(text, end) {
			text, at = text[:start]+" "+text[end:], start+1
		}
	}
	return text
}

// joined reports whether the characters on both sides of a place belong together, as the two digits of S-17 do: no number ends between them.
func joined(text string, at int) bool {
	if at == 0 || at == len(text) {
		return false
	}
	plain := func(c byte) bool {
		return c == '-' || c == '_' || c == '/' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z'
	}
	return plain(text[at-1]) && plain(text[at])
}
