package canon

import (
	"encoding/base64"
	"reflect"
	"strings"
	"time"

	"rasure/cmd/message"
)

// parser reads values from the beginning of rest. It finds where each begins and ends; whether the value is allowed, and spelt as it must be,
// the writer decides afterwards.
type parser struct{ rest string }

func (p *parser) token(t string) (ok bool) {
	p.rest, ok = strings.CutPrefix(p.rest, t)
	return ok
}

func (p *parser) value(l *layout, v reflect.Value) error {
	switch l.form {
	case formObject:
		return p.object(l, v)
	case formLine, formList:
		return p.list(l, v)
	case formInteger:
		return p.integer(v)
	case formBool:
		v.SetBool(strings.HasPrefix(p.rest, "true"))
		if !p.token("true") && !p.token("false") {
			return errBool
		}
		return nil
	}
	s, err := p.string()
	if err != nil {
		return err
	}
	ok := true
	switch l.form {
	case formTime:
		*v.Addr().Interface().(*time.Time), ok = parseTime(s)
		err = errTime
	case formHash:
		*v.Addr().Interface().(*Hash), ok = ParseHash(s)
		err = errHash
	case formBytes:
		b, failed := base64.StdEncoding.DecodeString(s)
		ok, err = failed == nil, errBase64
		v.SetBytes(b)
	default:
		v.SetString(strings.Clone(s)) // or else a number keeps the whole text in memory
	}
	if !ok {
		return err
	}
	return nil
}

func (p *parser) object(l *layout, v reflect.Value) error {
	if !p.token("{") {
		return errObject
	}
	more := true // a member may follow
	for i := range l.members {
		m := &l.members[i]
		if !more || !p.token(m.lead) {
			if m.optional {
				continue
			}
			return message.Errorf("the member %q is expected", m.name)
		}
		f := m.field(v)
		if m.pointer {
			f.Set(reflect.New(f.Type().Elem()))
			f = f.Elem()
		}
		if err := p.value(m.layout, f); err != nil {
			return err
		}
		more = p.token(",")
	}
	if more || !p.token(l.end) {
		return errMember
	}
	return nil
}

func (p *parser) list(l *layout, v reflect.Value) error {
	if p.token("[]") {
		return nil
	}
	if !p.token("[") {
		return errList
	}
	if l.form == formLine {
		return p.line(l, v.Addr().Interface().(*[]int64))
	}
	for more := true; more; more = p.token(",") {
		n := v.Len()
		if n == l.lot {
			return message.Errorf("the list has more than %d elements", l.lot)
		}
		if !p.token(l.lead) {
			return errElement
		}
		v.Grow(1)
		v.SetLen(n + 1)
		if err := p.value(l.elem, v.Index(n)); err != nil {
			return err
		}
	}
	if !p.token(l.end) {
		return errElement
	}
	return nil
}

// line reads a list of integers behind its bracket.
func (p *parser) line(l *layout, list *[]int64) error {
	end := strings.IndexByte(p.rest, ']')
	n := 1 + strings.Count(p.rest[:max(end, 0)], ",")
	if end < 0 || n > l.lot {
		return errElement
	}
	*list = make([]int64, 0, n)
	for {
		i, ok := p.digits()
		if !ok {
			return errInteger
		}
		*list = append(*list, i)
		if !p.token(", ") {
			break
		}
	}
	if !p.token(l.end) {
		return errElement
	}
	return nil
}

// string reads a string, in which a backslash is before a quotation mark or a backslash and nowhere else.
func (p *parser) string() (string, error) {
	text, ok := strings.CutPrefix(p.rest, `"`)
	end := strings.IndexByte(text, '"')
	if !ok || end < 0 {
		return "", errString
	}
	if strings.IndexByte(text[:end], '\\') < 0 {
		p.rest = text[end+1:]
		return text[:end], nil
	}
	s := []byte{}
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			p.rest = text[i+1:]
			return string(s), nil
		case '\\':
			i++
			if i == len(text) || text[i] != '"' && text[i] != '\\' {
				return "", errString
			}
		}
		s = append(s, text[i])
	}
	return "", errString
}

func (p *parser) integer(v reflect.Value) error {
	i, ok := p.digits()
	if !ok {
		return errInteger
	}
	v.SetInt(i)
	return nil
}

// digits reads an integer of at most 16 digits, which is more than any value has.
func (p *parser) digits() (i int64, ok bool) {
	digits, minus := strings.CutPrefix(p.rest, "-")
	n := 0
	for n < len(digits) && n < 16 && '0' <= digits[n] && digits[n] <= '9' {
		i = 10*i + int64(digits[n]-'0')
		n++
	}
	if n == 0 {
		return 0, false
	}
	p.rest = digits[n:]
	if minus {
		i = -i
	}
	return i, true
}
