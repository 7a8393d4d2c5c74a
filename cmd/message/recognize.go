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
//
// The text may be a stranger's. The work is bounded: what is nested too deep, or takes too many steps, stays in English.
func Recognize(english string) Text {
	r := reader{steps: mostSteps}
	return r.recognize(english)
}

func (r *reader) recognize(english string) Text {
	if strings.Contains(english, " ") && Printable(english, false) == english {
		if t := r.read(english, deepest); t.String() == english {
			return t
		}
	}
	return asIs(english)
}

func asIs(english string) Text { return Text{Format: "%s", Args: []any{english}} }

const (
	fewestLetters = 12      // how much of a text must be that of a format, so that it is no chance
	deepest       = 8       // how many sentences may be nested
	mostSteps     = 1 << 22 // a text of 200 bytes takes about 100,000
)

// reader reads one text back.
type reader struct {
	steps int // it may still take; a step is a pattern, or a byte of a text that begins as the pattern does
}

// read recurses into the arguments only of a pattern that fits the whole text. So no part of the text is read twice at one depth.
func (r *reader) read(english string, depth int) Text {
	if catalog := catalogs[Chinese]; catalog == nil {
		return asIs(english)
	} else if _, ok := catalog()[english]; ok && !strings.Contains(english, "%") {
		return Text{Format: english}
	}
	if depth == 0 || len(english) < fewestLetters {
		return asIs(english)
	}
	for _, p := range patterns() {
		cost := 1
		if strings.HasPrefix(english, p.around[0]) {
			cost += len(english)
		}
		if cost > r.steps {
			break
		}
		r.steps -= cost
		t, ok := p.match(english)
		if !ok {
			continue
		}
		for i, arg := range t.Args {
			if p.isText(i) {
				t.Args[i] = r.read(arg.(string), depth-1)
			}
		}
		return t
	}
	return asIs(english)
}

// pattern is a format, as the texts around its arguments and the verbs of these.
type pattern struct {
	format string
	around []string // one more than verbs
	verbs  []byte
}

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

// isText reports whether an argument may be a sentence itself.
func (p pattern) isText(i int) bool { return p.verbs[i] != 'd' && p.verbs[i] != 'q' }

// match reads the arguments back, texts as strings: each is as short as it can be.
func (p pattern) match(text string) (t Text, ok bool) {
	rest, ok := strings.CutPrefix(text, p.around[0])
	last := p.around[len(p.verbs)]
	if !ok || !strings.HasSuffix(rest, last) {
		return t, false
	}
	t.Format = p.format
	for i := range p.verbs {
		end := len(rest) - len(last)
		if i+1 < len(p.verbs) {
			end = strings.Index(rest, p.around[i+1])
		}
		if end < 0 {
			return t, false
		}
		arg, ok := p.argument(i, rest[:end])
		if !ok {
			return t, false
		}
		t.Args = append(t.Args, arg)
		rest = rest[end+len(p.around[i+1]):]
	}
	return t, rest == ""
}

// argument reads one argument back; false if it would not be written as it is here.
func (p pattern) argument(i int, written string) (arg any, ok bool) {
	if p.isText(i) {
		return written, true
	}
	var err error
	if p.verbs[i] == 'd' {
		arg, err = strconv.ParseInt(written, 10, 64)
	} else {
		arg, err = strconv.Unquote(written)
	}
	return arg, err == nil && Text{Format: "%" + string(p.verbs[i]), Args: []any{arg}}.String() == written
}
