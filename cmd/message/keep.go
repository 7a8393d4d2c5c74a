package message

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Keep returns a sentence as a file of ours keeps it, so that it can be shown in any language after it was read back by [Kept]: its format and its
// arguments as JSON. [Text.MarshalText] keeps only the English.
func (t Text) Keep() (format string, args []byte) {
	list := make([]any, len(t.Args))
	for i, a := range t.Args {
		list[i] = keep(a)
	}
	args, err := json.Marshal(list)
	if back, bad := Kept(t.Format, args); err != nil || bad != nil || back.String() != t.String() { // an argument of which only its text can be kept
		return strings.ReplaceAll(t.String(), "%", "%%"), []byte("[]")
	}
	return t.Format, args
}

// kept is an argument that is a sentence.
type kept struct {
	Format string          `json:"format"`
	Args   json.RawMessage `json:"args"`
}

func keep(a any) any {
	if m, ok := a.(Messenger); ok {
		a = m.Message()
	}
	if t, ok := a.(Text); ok {
		format, args := t.Keep()
		return kept{format, args}
	}
	switch v := reflect.ValueOf(a); {
	case isStringer(a):
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return v.Uint()
	case v.Kind() == reflect.Bool:
		return v.Bool()
	}
	return In(English, a)
}

func isStringer(a any) bool {
	_, ok := a.(fmt.Stringer)
	return ok
}

// Kept returns the sentence that [Text.Keep] has kept.
func Kept(format string, args []byte) (Text, error) {
	t := Text{Format: format}
	list := []json.RawMessage{}
	if err := json.Unmarshal(args, &list); err != nil {
		return t, err
	}
	for _, raw := range list {
		var s string
		var n int64
		var u uint64
		var b bool
		var k kept
		var a any
		switch {
		case json.Unmarshal(raw, &s) == nil:
			a = s
		case json.Unmarshal(raw, &n) == nil:
			a = n
		case json.Unmarshal(raw, &u) == nil:
			a = u
		case json.Unmarshal(raw, &b) == nil:
			a = b
		default:
			if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&k); err != nil {
				return t, err
			}
			inner, err := Kept(k.Format, k.Args)
			if err != nil {
				return t, err
			}
			a = inner
		}
		t.Args = append(t.Args, a)
	}
	return t, nil
}
