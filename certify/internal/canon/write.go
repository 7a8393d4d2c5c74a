package canon

import (
	"encoding/base64"
	"encoding/hex"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"rasure/cmd/message"
)

// writer appends values to b, and refuses those that break a rule. The reader has no rules of its own: it writes what it read.
type writer struct{ b []byte }

func (w *writer) value(l *layout, v reflect.Value) error {
	switch l.form {
	case formString:
		s := v.String()
		if len(l.words) > 0 && !slices.Contains(l.words, s) {
			return message.Errorf("%q is none of: %s", clip(s), strings.Join(l.words, " "))
		}
		if err := checkString(s, l.longest); err != nil {
			return err
		}
		w.string(s)
	case formDay:
		if s := v.String(); !isDay(s) {
			return message.Errorf("%q is not a day of the form 2006-01-02, from the year 2000 on", clip(s))
		}
		w.string(v.String())
	case formInteger:
		return w.integer(l, v.Int())
	case formBool:
		w.b = strconv.AppendBool(w.b, v.Bool())
	case formTime:
		return w.time(*v.Addr().Interface().(*time.Time))
	case formHash:
		w.b = append(w.b, '"')
		w.b = hex.AppendEncode(w.b, v.Addr().Interface().(*Hash)[:])
		w.b = append(w.b, '"')
	case formBytes:
		return w.bytes(l, v.Bytes())
	case formLine, formList:
		return w.list(l, v)
	case formObject:
		return w.object(l, v)
	}
	return nil
}

func (w *writer) object(l *layout, v reflect.Value) error {
	w.b = append(w.b, '{')
	start := len(w.b)
	for i := range l.members {
		m := &l.members[i]
		f := m.field(v)
		if m.optional && absent(m, f) {
			continue
		}
		if m.pointer {
			f = f.Elem()
		}
		if len(w.b) > start {
			w.b = append(w.b, ',')
		}
		w.b = append(w.b, m.lead...)
		if err := w.value(m.layout, f); err != nil {
			return message.Errorf("%s: %w", m.name, err)
		}
	}
	if len(w.b) == start {
		return message.New("an object without members")
	}
	w.b = append(w.b, l.end...)
	return nil
}

// absent reports whether an optional member is left out.
func absent(m *member, f reflect.Value) bool {
	if m.form == formList || m.form == formLine || m.form == formBytes {
		return f.Len() == 0
	}
	return f.IsZero()
}

func (w *writer) list(l *layout, v reflect.Value) error {
	n := v.Len()
	if n < l.few || n > l.lot {
		return message.Errorf("it has %d elements, and %d to %d are allowed", n, l.few, l.lot)
	}
	if n == 0 {
		w.b = append(w.b, "[]"...)
		return nil
	}
	w.b = append(w.b, '[')
	if l.form == formLine {
		for i, n := range *v.Addr().Interface().(*[]int64) {
			if i > 0 {
				w.b = append(w.b, ", "...)
			}
			if err := w.integer(l.elem, n); err != nil {
				return err
			}
		}
		w.b = append(w.b, ']')
		return nil
	}
	for i := range n {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.b = append(w.b, l.lead...)
		if err := w.value(l.elem, v.Index(i)); err != nil {
			return err
		}
	}
	w.b = append(w.b, l.end...)
	return nil
}

func (w *writer) string(s string) {
	w.b = append(w.b, '"')
	if strings.IndexByte(s, '"') < 0 && strings.IndexByte(s, '\\') < 0 {
		w.b = append(append(w.b, s...), '"')
		return
	}
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			w.b = append(w.b, '\\')
		}
		w.b = append(w.b, s[i])
	}
	w.b = append(w.b, '"')
}

func (w *writer) integer(l *layout, n int64) error {
	if n < l.min || n > l.max {
		return message.Errorf("%d is not in the range from %d to %d", n, l.min, l.max)
	}
	w.b = strconv.AppendInt(w.b, n, 10)
	return nil
}

func (w *writer) bytes(l *layout, b []byte) error {
	if len(b) == 0 {
		return message.New("it is empty")
	}
	if l.longest > 0 && len(b) > l.longest {
		return message.Errorf("it has %d bytes, more than %d", len(b), l.longest)
	}
	w.b = append(w.b, '"')
	w.b = base64.StdEncoding.AppendEncode(w.b, b)
	w.b = append(w.b, '"')
	return nil
}

func (w *writer) time(t time.Time) error {
	if t.Location() != time.UTC || t.Nanosecond() != 0 || t.Year() < minYear || t.Year() > maxYear {
		return message.Errorf("a time is UTC in whole seconds, of the years %d to %d", minYear, maxYear)
	}
	w.b = t.AppendFormat(w.b, `"`+timeForm+`"`)
	return nil
}

// clip shortens text of unknown origin for an error.
func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "..."
	}
	return s
}
