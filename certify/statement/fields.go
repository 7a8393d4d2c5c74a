package statement

import (
	"reflect"
	"slices"
	"strings"
	"time"
)

// Field is a value of a statement, or of a block, as a form asks for it. Blocks are taken apart: the path to a value of one begins with the name of
// the block. What names an entry, a medium or the head of a log stays whole, and so does each element of a list.
type Field struct {
	Path     string       // names of the members, joined by dots: "machine.maker"
	Required bool         // nothing is complete without it; a list that must be there can be empty
	Words    []string     // of which a text must be one; nil: any
	List     bool         // of such values
	Type     reflect.Type // of the value, or of each in the list

	index  []int
	always bool // it is there whenever its block is
}

// Fields are the values of this kind of statement besides the block with which each of them begins.
func (k *Kind) Fields() []Field {
	all := []Field{}
	for _, f := range FieldsOf(reflect.TypeOf(k.New()).Elem()) {
		if f.index[0] > 0 {
			all = append(all, f)
		}
	}
	return all
}

// undivided are the types that are not taken apart.
var undivided = []reflect.Type{reflect.TypeFor[Head](), reflect.TypeFor[Ref](), reflect.TypeFor[Medium](), reflect.TypeFor[Target](), reflect.TypeFor[Finding](),
	reflect.TypeFor[time.Time]()}

// FieldsOf are the values of a block, in the order of its text.
func FieldsOf(t reflect.Type) []Field { return fieldsOf(t, "", nil, true) }

func fieldsOf(t reflect.Type, prefix string, path []int, required bool) (all []Field) {
	for i := range t.NumField() {
		m := t.Field(i)
		index := append(slices.Clone(path), i)
		if m.Anonymous {
			all = append(all, fieldsOf(m.Type, prefix, index, required)...)
			continue
		}
		name, options, _ := strings.Cut(m.Tag.Get("canon"), ",")
		f := Field{Path: prefix + name, Required: required && options == "", Words: words(m.Tag), Type: m.Type, index: index, always: options == ""}
		if f.Type.Kind() == reflect.Pointer {
			f.Type, f.always = f.Type.Elem(), true
		}
		if f.Type.Kind() == reflect.Slice && f.Type != reflect.TypeFor[Bytes]() {
			f.List, f.Type = true, f.Type.Elem()
			least, _, _ := strings.Cut(m.Tag.Get("count"), "..")
			f.Required = f.Required && least != "" && least != "0"
		}
		if f.Type.Kind() == reflect.Struct && !f.List && !slices.Contains(undivided, f.Type) {
			all = append(all, fieldsOf(f.Type, f.Path+".", index, f.Required)...)
			continue
		}
		all = append(all, f)
	}
	return all
}

func words(tag reflect.StructTag) []string {
	if w := strings.Fields(tag.Get("words")); len(w) > 0 {
		return w
	}
	return nil
}

// In returns the value of a statement or of a block, so that it can be set; the optional blocks that it is in are made.
func (f Field) In(block reflect.Value) reflect.Value {
	v, _ := f.walk(block, true)
	return v
}

// Of returns the value that a statement or a block has, and whether its text has it.
func (f Field) Of(block reflect.Value) (reflect.Value, bool) {
	v, ok := f.walk(block, false)
	return v, ok && (f.always || !v.IsZero() && (!f.List || v.Len() > 0))
}

func (f Field) walk(v reflect.Value, make bool) (reflect.Value, bool) {
	for _, i := range f.index {
		if v = v.Field(i); v.Kind() != reflect.Pointer {
			continue
		}
		if v.IsNil() && !make {
			return v, false
		}
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	return v, true
}
