package certify

import (
	"encoding"
	"encoding/json"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"rasure/cmd/message"
)

// decode reads the JSON of a statement into body, a pointer to a struct that is zero. A statement has each field of its struct once, under
// its exact name; only those that [Sign] leaves out when they are empty may be missing. Anything else is an error: encoding/json takes
// "OUTCOME" for "outcome", and the last of two values, where a person or another program reads the first.
//
// An audit spent a third of the time that signatures take in encoding/json. So decodeCanonical first tries what looks exactly as Sign
// writes it, in one pass. A text that differs in any way goes to encoding/json and [layout.check], which decide.
func decode(text string, body any) error {
	if decodeCanonical(text, body) {
		return nil
	}
	reflect.ValueOf(body).Elem().SetZero()
	return decodeStrict(text, body)
}

func decodeStrict(text string, body any) error {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(body); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return message.New("bytes follow the end of the JSON object")
	}
	if l := layouts[reflect.TypeOf(body).Elem()]; l != nil {
		return l.check(json.NewDecoder(strings.NewReader(text)))
	}
	return nil
}

// decodeCanonical reads what Sign has written, and reports whether it was that. FuzzDecodeCanonical holds it to encoding/json: what is
// read here, that reads too, and as the same.
func decodeCanonical(text string, body any) bool {
	v := reflect.ValueOf(body).Elem()
	l, s := layouts[v.Type()], scanner{text}
	return l != nil && s.value(l, v) && s.rest == "\n"
}

// layout is how Sign writes a type, at one depth of indentation.
type layout struct {
	kind   reflect.Kind  // Invalid for a time
	fields []member      // of a struct: all that it has, in its order
	elem   *layout       // of a slice or a pointer
	empty  reflect.Value // of a slice: one without elements, which is not null
	lead   string        // before each element of a slice: newline and indentation
	end    string        // of a struct or slice that is not empty: newline, indentation, bracket
}

type member struct {
	index    int // of the field
	name     string
	required bool   // Sign always writes it
	lead     string // newline, indentation, name and colon
	*layout
}

var layouts = layoutsOf(reflect.TypeFor[StationStatement](), reflect.TypeFor[Begin](), reflect.TypeFor[Certificate](), reflect.TypeFor[Preparation]())

func layoutsOf(types ...reflect.Type) map[reflect.Type]*layout {
	all := map[reflect.Type]*layout{}
	for _, t := range types {
		all[t] = layoutOf(t, "\n")
	}
	return all
}

var instant = reflect.TypeFor[time.Time]()

// late are fields that the first statements of version 1 do not have.
var late = []string{"serial_confirmed"}

// layoutOf returns the layout of a type, or nil if it has a part that only encoding/json knows how to read.
func layoutOf(t reflect.Type, newline string) *layout {
	f, inner := &layout{kind: t.Kind()}, newline+"  "
	if t == instant {
		f.kind = reflect.Invalid
		return f
	}
	if p := reflect.PointerTo(t); p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return nil
	}
	switch f.kind {
	case reflect.Struct:
		f.end = newline + "}"
		for i := range t.NumField() {
			name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if name == "-" || t == reflect.TypeFor[Counter]() && name == "auth_policy" { // only version 2 states it
				continue
			}
			m := member{i, name, options != "omitempty" && !slices.Contains(late, name), inner + `"` + name + `": `, layoutOf(t.Field(i).Type, inner)}
			if name == "" || m.layout == nil {
				return nil
			}
			f.fields = append(f.fields, m)
		}
	case reflect.Slice:
		f.lead, f.end, f.elem, f.empty = inner, newline+"]", layoutOf(t.Elem(), inner), reflect.MakeSlice(t, 0, 0)
	case reflect.Pointer:
		f.elem = layoutOf(t.Elem(), newline)
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint32, reflect.Uint64:
		return f
	default:
		return nil
	}
	if f.kind != reflect.Struct && f.elem == nil {
		return nil
	}
	return f
}

// scanner reads values from the beginning of rest. Each method reports whether what it expects was there.
type scanner struct{ rest string }

func (s *scanner) token(t string) (ok bool) {
	s.rest, ok = strings.CutPrefix(s.rest, t)
	return ok
}

func (s *scanner) value(f *layout, v reflect.Value) bool {
	switch f.kind {
	case reflect.Struct:
		return s.object(f, v)
	case reflect.Slice:
		return s.array(f, v)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return s.value(f.elem, v.Elem())
	case reflect.Invalid:
		t, ok := s.text()
		return ok && isTime(t) && v.Addr().Interface().(*time.Time).UnmarshalText([]byte(t)) == nil
	case reflect.String:
		t, ok := s.text()
		v.SetString(strings.Clone(t))
		return ok
	case reflect.Bool:
		v.SetBool(strings.HasPrefix(s.rest, "true"))
		return s.token("true") || s.token("false")
	}
	return s.number(v)
}

// object reads fields in their order.
func (s *scanner) object(f *layout, v reflect.Value) bool {
	if !s.token("{") { // fuzzing found an object that only ends
		return false
	}
	more := true
	for _, m := range f.fields {
		if !more || !s.token(m.lead) {
			if m.required {
				return false
			}
			continue
		}
		if !s.value(m.layout, v.Field(m.index)) {
			return false
		}
		more = s.token(",")
	}
	return !more && s.token(f.end)
}

func (s *scanner) array(f *layout, v reflect.Value) bool {
	if s.token("[]") {
		v.Set(f.empty)
		return true
	}
	for more := s.token("["); more; more = s.token(",") {
		n := v.Len()
		v.Grow(1)
		v.SetLen(n + 1)
		if !s.token(f.lead) || !s.value(f.elem, v.Index(n)) {
			return false
		}
	}
	return v.Len() > 0 && s.token(f.end)
}

// text reads a string without escapes.
func (s *scanner) text() (string, bool) {
	if !s.token(`"`) {
		return "", false
	}
	end := strings.IndexByte(s.rest, '"')
	if end < 0 {
		return "", false
	}
	t := s.rest[:end]
	s.rest = s.rest[end+1:]
	for i := range len(t) {
		if t[i] < ' ' || t[i] == '\\' {
			return "", false
		}
	}
	return t, utf8.ValidString(t)
}

// number reads an integer in the range of its type.
func (s *scanner) number(v reflect.Value) bool {
	n := 0
	for n < len(s.rest) && (s.rest[n] == '-' || '0' <= s.rest[n] && s.rest[n] <= '9') {
		n++
	}
	t := s.rest[:n]
	s.rest = s.rest[n:]
	if digits := strings.TrimPrefix(t, "-"); len(digits) > 1 && digits[0] == '0' {
		return false // JSON has no leading zeros
	}
	if v.CanInt() {
		i, err := strconv.ParseInt(t, 10, v.Type().Bits())
		v.SetInt(i)
		return err == nil
	}
	i, err := strconv.ParseUint(t, 10, v.Type().Bits())
	v.SetUint(i)
	return err == nil
}
