package message

import (
	"cmp"
	"sort"
	"strconv"
	"strings"
	"sync"
)

// Recognize returns the sentence of ours that an English text was made of, so that a detail of a signed file, which is in English, is read in any
// language. Any other text is returned as it is, and so is a single word, which may be a name. What it returns is the given text in English, to the letter.
func Recognize(english string) Text {
	if !strings.Contains(english, " ") {
		return Text{Format: "%s", Args: []any{english}}
	}
	return recognize(english)
}

func recognize(english string) Text {
	as := Text{Format: "%s", Args: []any{english}}
	if catalog := catalogs[Chinese]; catalog == nil {
		return as
	} else if _, ok := catalog()[english]; ok && !strings.Contains(english, "%") {
		return Text{Format: english}
	}
	for _, p := range patterns() {
		if t, ok := p.match(english); ok && t.String() == english {
			return t
		}
	}
	return as
}

// pattern is a format, as the texts around its arguments and the verbs of these.
type pattern struct {
	format string
	around []string // one more than verbs
	verbs  []byte
}

// fewestLetters is how much of a text must be that of a format, so that it is no chance.
const fewestLetters = 12

// patterns are the formats of the catalog that have arguments, those with the most text first.
var patterns = sync.OnceValue(func() (all []pattern) {
	text := func(p pattern) int { return len(strings.Join(p.around, "")) }
	for format := range catalogs[Chinese]() {
		if p, ok := patternOf(format); ok && text(p) >= fewestLetters {
			all = append(all, p)
		}
	}
	sort.Slice(all, func(i, j int) bool {
		return cmp.Or(text(all[j])-text(all[i]), strings.Compare(all[i].format, all[j].format)) < 0
	})
	return all
})

// patternOf takes a format apart; false if it has no arguments, or some that cannot be read back from a text.
func patternOf(format string) (pattern, bool) {
	p, text := pattern{format: format}, ""
	for i := 0; i < len(format); i++ {
		switch {
		case format[i] != '%':
			text += format[i : i+1]
		case i+1 == len(format) || !strings.Contains("%sdvwq", format[i+1:i+2]):
			return p, false
		case format[i+1] == '%':
			text, i = text+"%", i+1
		default:
			p.around, p.verbs = append(p.around, text), append(p.verbs, format[i+1])
			text, i = "", i+1
		}
	}
	p.around = append(p.around, text)
	return p, len(p.verbs) > 0
}

// match reads the arguments back: each is as short as it can be.
func (p pattern) match(text string) (t Text, ok bool) {
	rest, ok := strings.CutPrefix(text, p.around[0])
	last := p.around[len(p.verbs)]
	if !ok || !strings.HasSuffix(rest, last) {
		return t, false
	}
	t.Format = p.format
	for i, verb := range p.verbs {
		end := len(rest) - len(last)
		if i+1 < len(p.verbs) {
			if end = strings.Index(rest, p.around[i+1]); end < 0 {
				return t, false
			}
		}
		var arg any
		switch {
		case end < 0:
			return t, false
		case verb == 'd':
			n, err := strconv.ParseInt(rest[:end], 10, 64)
			if err != nil {
				return t, false
			}
			arg = n
		case verb == 'q':
			s, err := strconv.Unquote(rest[:end])
			if err != nil {
				return t, false
			}
			arg = s
		default:
			arg = recognize(rest[:end])
		}
		t.Args = append(t.Args, arg)
		rest = rest[end+len(p.around[i+1]):]
	}
	return t, rest == ""
}
