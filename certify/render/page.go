package render

import (
	"fmt"
	"strings"
	"time"

	"rasure/cmd/message"
)

// page collects lines in one language. It leaves out what is empty, and shows text of the certificate with visible escapes where a terminal
// would obey it: any string can be in a certificate, for instance as the name of an image file.
type page struct {
	strings.Builder
	lang message.Language
	zone *time.Location // of times
}

// labelCells is the width of the column of labels, in terminal cells.
const labelCells = 17

func (p *page) heading(t message.Text, underline string) {
	s := p.show(t)
	fmt.Fprintf(p, "%s\n%s\n", s, strings.Repeat(underline, cells(s)))
}

func (p *page) title(t message.Text) { p.heading(t, "=") }

func (p *page) section(t message.Text) {
	p.WriteString("\n")
	p.heading(t, "-")
}

func (p *page) text(t message.Text) { p.WriteString(p.show(t) + "\n") }

// line prints a label and its value, a string of the certificate or a sentence.
func (p *page) line(label message.Text, value any) {
	v, ok := value.(message.Text)
	if !ok {
		v = message.Of("%v", value)
	}
	p.labelled(p.show(label), p.show(v))
}

// code prints a line whose label is a code of the certificate; version 2 may have no value for it.
func (p *page) code(label message.Text, value string) {
	if value == "" {
		p.text(label)
		return
	}
	p.labelled(p.show(label), visible(value))
}

// more continues the line above.
func (p *page) more(t message.Text) { p.labelled("", p.show(t)) }

func (p *page) labelled(label, value string) {
	if value = strings.TrimSpace(value); value != "" {
		p.WriteString(label + strings.Repeat(" ", max(labelCells-cells(label), 0)) + " " + value + "\n")
	}
}

func (p *page) show(t message.Text) string { return clean(t).In(p.lang) }

// clean escapes the strings among the arguments of a sentence.
func clean(t message.Text) message.Text {
	args := make([]any, len(t.Args))
	for i, a := range t.Args {
		switch x := a.(type) {
		case string:
			args[i] = visible(x)
		case message.Text:
			args[i] = clean(x)
		case fmt.Stringer:
			args[i] = visible(x.String())
		default:
			args[i] = a
		}
	}
	return message.Text{Format: t.Format, Args: args}
}

func visible(s string) string { return message.Printable(s, false) }

// cells is the width of s on a terminal: characters of Chinese and the like, and their punctuation, take two cells (Unicode TR 11).
func cells(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x1100 && r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe4f ||
			r >= 0xff00 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6 || r >= 0x20000 && r <= 0x3fffd {
			n++
		}
	}
	return n
}

func orNone(s string) any {
	if s == "" {
		return message.Of("none")
	}
	return s
}

// date is a time in the zone of the page, with its offset.
func (p *page) date(t time.Time) string {
	if p.zone == time.UTC {
		return t.UTC().Format("2006-01-02 15:04:05 UTC")
	}
	return t.In(p.zone).Format("2006-01-02 15:04:05 -07:00")
}

// words joins what is not empty.
func words(all ...string) string { return strings.Join(strings.Fields(strings.Join(all, " ")), " ") }
