package draft

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"time"

	"rasure/certify/statement"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/table"
	"rasure/cmd/message"
)

// inWords says what a statement of version 2 is about, and then every other value of its text.
func inWords(l message.Language, s *statement.Statement, field func(message.Text, string, ...any) string) []string {
	w := &words{l: l, zone: time.UTC}
	says := statement.SayingOf(s.Body)
	lines := []string{}
	add := func(label message.Text, parts []message.Text) {
		for _, line := range w.fold(parts) {
			lines = append(lines, field(label, "%s", line))
			label = message.Text{}
		}
	}
	if a := s.Act(); a != nil {
		w.zone = time.FixedZone("", int(a.Offset)*60)
		said := says.English
		if l == message.Chinese {
			said = says.Chinese
		}
		lines = append(lines, field(message.Of("states"), "%s", said))
	}
	body := reflect.ValueOf(s.Body).Elem()
	fields := statement.FieldsOf(body.Type())
	for _, f := range fields {
		v, there := f.Of(body)
		if !there {
			continue
		}
		switch f.Type {
		case reflect.TypeFor[statement.Medium]():
			for i := range max(1, length(v)) {
				m := v
				if f.List {
					m = v.Index(i)
				}
				add(message.Of("medium"), w.medium(m.Interface().(statement.Medium)))
			}
		case reflect.TypeFor[statement.Target]():
			about := message.Of("about")
			if f.Path != "target" {
				about = cli.Word(f.Path)
			}
			add(about, w.target(v.Interface().(statement.Target)))
		}
	}
	h := s.Log()
	lines = append(lines, field(message.Of("log"), "%s", message.Of("%s with %d entries", h.Origin, h.Size)),
		field(message.Of("begins with"), "%s", h.First), field(message.Of("root"), "%s", h.Root))
	for _, f := range fields {
		if v, there := f.Of(body); there && f.Path != "says" && f.Path != "log" && f.Type != reflect.TypeFor[statement.Medium]() && f.Type != reflect.TypeFor[statement.Target]() {
			w.value(label(s.Kind.Name(), f.Path).In(l), f, v)
		}
	}
	return append(lines, w.lines...)
}

func length(v reflect.Value) int {
	if v.Kind() == reflect.Slice {
		return v.Len()
	}
	return 0
}

// words are the lines of a statement's values.
type words struct {
	l     message.Language
	zone  *time.Location
	lines []string
}

// medium says which medium it is.
func (w *words) medium(m statement.Medium) []message.Text {
	parts := []message.Text{cli.Sentence(m.Number), cli.Class(m.Classification), cli.Word(m.Type)}
	add := func(there bool, format string, args ...any) {
		if there {
			parts = append(parts, message.Of(format, args...))
		}
	}
	add(m.Serial != "", "serial number %s", m.Serial)
	add(m.Serial == "", "no serial number")
	add(m.Model != "", "model %s", m.Model)
	add(m.Maker != "", "maker %s", m.Maker)
	add(m.Size != 0, "%d bytes", m.Size)
	add(m.Asset != "", "asset %s", m.Asset)
	add(true, "registered in entry %d", m.Registration.Index)
	return parts
}

// target says which entry it is, and what that entry says.
func (w *words) target(t statement.Target) []message.Text {
	parts := []message.Text{message.Of("entry %d", t.Index), cli.Sentence(t.Kind)}
	add := func(there bool, format string, args ...any) {
		if there {
			parts = append(parts, message.Of(format, args...))
		}
	}
	add(t.Number != "", "medium %s", t.Number)
	add(t.Serial != "", "serial number %s", t.Serial)
	add(t.Outcome != "", "%s", cli.Word(t.Outcome))
	add(t.Level != "", "level %s", cli.Word(t.Level))
	add(t.Job != "", "job %s", t.Job)
	add(true, "%s", w.time(t.At))
	return parts
}

// fold puts parts into lines that a terminal of 80 cells does not break.
func (w *words) fold(parts []message.Text) (lines []string) {
	comma, gap := ",", " "
	if w.l == message.Chinese {
		comma, gap = "，", ""
	}
	for i, p := range parts {
		text := p.In(w.l)
		if i < len(parts)-1 {
			text += comma
		}
		last := len(lines) - 1
		if last < 0 || table.Width(lines[last]+gap+text) > 80-Width-1 {
			lines = append(lines, text)
		} else {
			lines[last] += gap + text
		}
	}
	return lines
}

func (w *words) time(t time.Time) string { return t.In(w.zone).Format("2006-01-02 15:04:05 -07:00") }

// value adds a line for each value that a field has.
func (w *words) value(name string, f statement.Field, v reflect.Value) {
	if f.List {
		if v.Len() == 0 {
			w.add(name, message.Of("none").In(w.l))
		}
		for i := range v.Len() {
			w.one(fmt.Sprintf("%s %d", name, i+1), f, v.Index(i))
		}
		return
	}
	w.one(name, f, v)
}

func (w *words) one(name string, f statement.Field, v reflect.Value) {
	switch x := v.Interface().(type) {
	case time.Time:
		w.add(name, w.time(x))
	case statement.Hash:
		w.add(name, x.String())
	case statement.Bytes:
		w.add(name, base64.StdEncoding.EncodeToString(x))
	case statement.Signer:
		text := message.Of("%s as %s", x.Person, cli.Word(x.Role))
		if x.Title != "" {
			text = message.Of("%s, %s, as %s", x.Person, x.Title, cli.Word(x.Role))
		}
		w.add(name, text.In(w.l))
	default:
		switch {
		case v.Kind() == reflect.Struct:
			for _, inner := range statement.FieldsOf(v.Type()) {
				if value, there := inner.Of(v); there {
					w.value(name+" "+labelWithin(f.Path, inner.Path).In(w.l), inner, value)
				}
			}
		case f.Words != nil || v.Kind() == reflect.Bool:
			w.add(name, shownAs(f.Words, fmt.Sprint(v)).In(w.l))
		case f.Path == "saw":
			w.add(name, w.signed(fmt.Sprint(v)))
		default:
			w.add(name, fmt.Sprint(v))
		}
	}
}

// signed is a sentence that the program has written for a witness in English, in the language of the reader, and as it is signed.
func (w *words) signed(text string) string {
	if read := message.Recognize(text).In(w.l); read != text {
		return message.Of("%s (signed: %s)", read, text).In(w.l)
	}
	return text
}

func (w *words) add(name, value string) {
	w.lines = append(w.lines, message.Of("  %s: %s", name, Visible(value)).In(w.l))
}
