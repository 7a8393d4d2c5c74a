// Package forms makes the pages of an office, as documents of package paper, from certificates that were verified and logs that were audited:
// certificates, labels, reports of batches, and the forms on which people sign with a pen.
//
// A page is a reading aid. Every one says so, and shows where the signed text is: the log, the entry, and its SHA-256.
package forms

import (
	"strings"
	"time"
	"unicode/utf8"

	"rasure/certify/render/paper"
	"rasure/cmd/message"
)

// Options are what all pages have in common.
type Options struct {
	Languages []message.Language // of the page, in their order
	Size      paper.Size
	Logo      []byte // of [paper.ReadLogo]; nil for none
	Address   string
	Zone      *time.Location // of times that do not state theirs
	Internal  bool           // numbers and classifications of the register are printed
}

// Say shows a sentence in all languages of the page, beside each other.
func (o Options) Say(t message.Text) string { return o.join(t, " ") }

// Lines shows a sentence in all languages, a line each.
func (o Options) Lines(t message.Text) string { return o.join(t, "\n") }

func (o Options) join(t message.Text, between string) string {
	if t.IsZero() {
		return ""
	}
	var all []string
	for _, l := range o.Languages {
		if s := t.In(l); len(all) == 0 || all[len(all)-1] != s {
			all = append(all, s)
		}
	}
	return strings.Join(all, between)
}

// lang is the language of a document, as HTML names it.
func (o Options) lang() string {
	if len(o.Languages) > 0 && o.Languages[0] == message.Chinese {
		return "zh-CN"
	}
	return "en"
}

// data is text of a drive, a person or a file: on one line.
func data(s string) string { return message.Printable(s, false) }

// moment is a time in a zone, with its offset, and the hour of UTC where that differs.
func moment(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	utc := t.UTC().Format("2006-01-02 15:04:05 UTC")
	local := t.In(zone)
	if _, offset := local.Zone(); offset == 0 {
		return utc
	}
	if local.Day() == t.UTC().Day() {
		return local.Format("2006-01-02 15:04:05 -07:00") + " (" + t.UTC().Format("15:04Z") + ")"
	}
	return local.Format("2006-01-02 15:04:05 -07:00") + " (" + t.UTC().Format("01-02 15:04Z") + ")"
}

// minute is a time in a zone, for a cell of a table.
func minute(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("2006-01-02 15:04")
}

// day is the day of a time in a zone.
func day(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.DateOnly)
}

func words(all ...string) string {
	return data(strings.Join(strings.Fields(strings.Join(all, " ")), " "))
}

// field is a label with a value; it is left out if the value is empty.
func (o Options) field(label message.Text, value string) paper.Pair {
	return paper.Pair{Label: o.label(label), Value: value}
}

// label is beside its other language where both are short.
func (o Options) label(t message.Text) string {
	if s := o.Say(t); utf8.RuneCountInString(s) <= maxLabel {
		return s
	}
	return o.Lines(t)
}

// maxLabel is how many characters fit beside a value.
const maxLabel = 19

// wide is [Options.field] over the whole width.
func (o Options) wide(label message.Text, value string) paper.Pair {
	return paper.Pair{Label: o.label(label), Value: value, Wide: true}
}

// page numbers a page.
func (o Options) page(n, of int) string { return o.Say(message.Of("Page %d of %d", n, of)) }

// columns makes the head of a table from sentences and weights.
func (o Options) columns(heads ...any) (all []paper.Column) {
	for i := 0; i < len(heads); i += 2 {
		weight := 0.0
		switch w := heads[i+1].(type) {
		case int:
			weight = float64(w)
		case float64:
			weight = w
		}
		c := paper.Column{Head: o.Lines(heads[i].(message.Text)), Weight: weight}
		if weight < 0 {
			c.Weight, c.Right = -weight, true
		}
		all = append(all, c)
	}
	return all
}
