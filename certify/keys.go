package certify

import (
	"encoding/json"
	"reflect"
	"slices"

	"rasure/cmd/message"
)

// isTime reports whether t has the form of the times in statements: UTC, whole seconds, 2006-01-02T15:04:05Z.
func isTime(t string) bool { return len(t) == len("2006-01-02T15:04:05Z") && t[len(t)-1] == 'Z' }

// check refuses what encoding/json passes over: a field that is missing, there twice or written in another case, null, and a time that is
// not UTC in whole seconds.
func (l *layout) check(dec *json.Decoder) error {
	if l.kind == reflect.Pointer {
		return l.elem.check(dec)
	}
	token, err := dec.Token()
	switch {
	case err != nil:
		return err
	case token == nil:
		return message.New("null")
	case l.kind == reflect.Struct:
		return l.checkObject(dec)
	case l.kind == reflect.Slice:
		for dec.More() {
			if err := l.elem.check(dec); err != nil {
				return err
			}
		}
		_, err := dec.Token()
		return err
	case l.kind == reflect.Invalid:
		if t, ok := token.(string); !ok || !isTime(t) {
			return message.New("a time that is not UTC in whole seconds")
		}
	}
	return nil
}

// checkObject checks what follows a brace.
func (l *layout) checkObject(dec *json.Decoder) error {
	seen := make([]bool, len(l.fields))
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		i := slices.IndexFunc(l.fields, func(m member) bool { return m.name == name })
		switch {
		case i < 0:
			return message.Errorf("unknown field %q", clip(name))
		case seen[i]:
			return message.Errorf("field %q twice", name)
		}
		seen[i] = true
		if err := l.fields[i].check(dec); err != nil {
			return message.Errorf("field %q: %w", name, err)
		}
	}
	for i, m := range l.fields {
		if m.required && !seen[i] {
			return message.Errorf("field %q is missing", m.name)
		}
	}
	_, err := dec.Token()
	return err
}
