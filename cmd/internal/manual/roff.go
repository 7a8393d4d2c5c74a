package manual

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"rasure/cmd/internal/table"
)

// roff is a page for the macros of man(7). They are the same in groff and in mandoc.
type roff struct{ buf bytes.Buffer }

func (w *roff) bytes() []byte { return w.buf.Bytes() }

// line writes a line of text that is escaped already. A dot or an apostrophe at its beginning would make a request of it.
func (w *roff) line(text string) {
	for l := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			l = `\&` + l
		}
		w.buf.WriteString(l + "\n")
	}
}

func (w *roff) request(words ...string) { w.buf.WriteString("." + strings.Join(words, " ") + "\n") }

func (w *roff) comment(text string) { w.buf.WriteString(`.\" ` + text + "\n") }

// title begins the page. The text is set ragged right: a line of Chinese has nothing that could be stretched.
func (w *roff) title(name, section, date, source string) {
	w.request("TH", quote(name), section, quote(date), quote(source))
	w.request("ad", "l")
}

func (w *roff) section(title string)    { w.request("SH", quote(title)) }
func (w *roff) subsection(title string) { w.request("SS", quote(title)) }
func (w *roff) paragraph()              { w.request("PP") }

// item writes a term, which is escaped already, and its explanation.
func (w *roff) item(term, text string) {
	w.request("TP")
	w.line(term)
	w.line(fill(strings.Split(text, "\n")))
}

// literal writes lines as they are.
func (w *roff) literal(lines []string) {
	if len(lines) == 0 {
		return
	}
	w.request("nf")
	for _, l := range lines {
		w.line(code(l))
	}
	w.request("fi")
}

func quote(text string) string { return `"` + escape(text) + `"` }

func bold(text string) string { return `\fB` + code(text) + `\fR` }

func italic(text string) string { return `\fI` + code(text) + `\fR` }

var escapes = strings.NewReplacer(`\`, `\e`, `"`, `\(dq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, "'", `\(aq`)

// escape has every character of running text print as itself. A hyphen within a word stays one; that of a flag is a minus, so that it can be
// copied.
func escape(text string) string {
	var w strings.Builder
	before := ' '
	for i, r := range text {
		if next := first(text[i+utf8.RuneLen(r):]); r == '-' && !(isWord(before) && isWord(next)) {
			w.WriteString(`\-`)
		} else {
			w.WriteString(escapes.Replace(string(r)))
		}
		before = r
	}
	return w.String()
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// code is [escape] for what is typed: each hyphen is a minus.
func code(text string) string { return strings.ReplaceAll(escapes.Replace(text), "-", `\-`) }

// fill joins lines of running text. Between two characters of which one is wide a line may be broken, except where Chinese does not: groff
// itself breaks lines at spaces only.
func fill(lines []string) string {
	text := ""
	for _, l := range lines {
		l = strings.TrimSpace(l)
		if text != "" && !(wide(last(text)) && wide(first(l))) {
			text += " "
		}
		text += l
	}
	var broken strings.Builder
	before := ' '
	for _, r := range text {
		if (wide(before) || wide(r)) && before != ' ' && r != ' ' && !opens(before) && !closes(r) {
			broken.WriteRune(mark)
		}
		broken.WriteRune(r)
		before = r
	}
	return strings.ReplaceAll(escape(broken.String()), string(mark), `\:`)
}

// mark stands for a place where a line may be broken until the text is escaped.
const mark = '\x00'

func wide(r rune) bool {
	return table.Width(string(r)) == 2 || strings.ContainsRune("“”‘’…—", r)
}

func opens(r rune) bool { return unicode.In(r, unicode.Ps, unicode.Pi) }

// closes reports whether no line begins with r.
func closes(r rune) bool {
	return unicode.In(r, unicode.Pe, unicode.Pf) || strings.ContainsRune("，。、；：？！…—%,.;:?!", r)
}

// fold breaks a command line before its flags, as a shell reads it.
func fold(command string) (lines []string) {
	const width = 70
	line := ""
	for _, part := range strings.SplitAfter(command, " ") {
		if strings.HasPrefix(part, "--") && len(line) > width/2 && len(line)+len(part) > width {
			lines, line = append(lines, line+`\`), "    "
		}
		line += part
	}
	return append(lines, line)
}

func first(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

func last(s string) rune {
	all := []rune(s)
	return all[len(all)-1]
}
