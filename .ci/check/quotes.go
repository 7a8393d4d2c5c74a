package main

import (
	"io/fs"
	"regexp"
	"strings"
	"unicode"
)

// quotes are the sentences of the program, in both languages, that a README may quote.
type quotes []struct{ english, chinese string }

// readQuotes reads the catalog of messages.
func readQuotes(root fs.FS) (all quotes, err error) {
	names, err := fs.Glob(root, "cmd/message/zh/*.txt")
	for _, name := range names {
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return nil, err
		}
		english := ""
		for line := range strings.Lines(string(text)) {
			line = strings.TrimRight(line, "\n")
			if chinese, ok := strings.CutPrefix(line, "\t"); ok {
				all = append(all, struct{ english, chinese string }{english, chinese})
			}
			english = line
		}
	}
	return all, err
}

// have reports whether one sentence is what the README quotes, wholly or in part, in English, and its Chinese is what the other quotes.
func (q quotes) have(english, chinese string) bool {
	english, chinese = strings.Trim(english, "`"), strings.Trim(chinese, "`")
	if !strings.ContainsFunc(chinese, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return false // a number or a word of code, which are the same in both
	}
	for _, s := range q {
		if quoted(s.english, english) && quoted(s.chinese, chinese) {
			return true
		}
	}
	return false
}

var verb = regexp.MustCompile(`%[-+# 0-9.\[\]]*[a-zA-Z%]`)

// quoted reports whether a text is a part of a format between its verbs, or the whole of it with something in their places.
func quoted(format, text string) bool {
	literals := verb.Split(format, -1)
	if strings.TrimSpace(strings.Join(literals, "")) == "" {
		return false // any text would fit
	}
	for i, l := range literals {
		if strings.Contains(l, text) {
			return true
		}
		literals[i] = regexp.QuoteMeta(l)
	}
	return regexp.MustCompile("^" + strings.Join(literals, ".+") + "$").MatchString(text)
}
