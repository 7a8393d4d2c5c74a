package canon

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// form is how a value is written.
type form int

const (
	formString form = iota
	formDay
	formInteger
	formBool
	formTime
	formHash
	formBytes
	formLine // a list of integers
	formList // of anything else
	formObject
)

// layout is how a type is written, at one depth of indentation.
type layout struct {
	form     form
	members  []member // of an object, in their order
	elem     *layout  // of a list
	lead     string   // before each element of a list: newline and indentation
	end      string   // of an object or a list: newline, indentation, bracket
	words    []string // that a string can be; nil: any
	longest  int      // bytes of a string, or of what base64 stands for; 0: no limit
	min, max int64    // of an integer or of each in a list
	few, lot int      // elements of a list
}

type member struct {
	*layout
	name     string
	lead     string // newline, indentation, name and colon
	index    []int  // of the field; more than one in an embedded struct
	optional bool
	pointer  bool
}

func (m *member) field(v reflect.Value) reflect.Value {
	if len(m.index) == 1 {
		return v.Field(m.index[0])
	}
	return v.FieldByIndex(m.index)
}

var layouts sync.Map // of reflect.Type to *layout

// layoutFor panics for a type that the package does not know: that is a bug in the program, and every test of the type finds it.
func layoutFor(t reflect.Type) *layout {
	if l, ok := layouts.Load(t); ok {
		return l.(*layout)
	}
	l, _ := layouts.LoadOrStore(t, layoutOf(t, "", "\n"))
	return l.(*layout)
}

var (
	typeTime  = reflect.TypeFor[time.Time]()
	typeHash  = reflect.TypeFor[Hash]()
	typeBytes = reflect.TypeFor[Bytes]()
	typeDay   = reflect.TypeFor[Day]()
	typeLine  = reflect.TypeFor[[]int64]()
)

func layoutOf(t reflect.Type, tag reflect.StructTag, newline string) *layout {
	inner := newline + "  "
	l := &layout{longest: number(tag, "max", 0)}
	l.min, l.max = limits(tag, "range", 0, maxInteger)
	switch {
	case t == typeTime:
		l.form = formTime
	case t == typeHash:
		l.form = formHash
	case t == typeBytes:
		l.form = formBytes
	case t == typeDay:
		l.form = formDay
	case t.Kind() == reflect.String:
		l.form, l.words = formString, strings.Fields(tag.Get("words"))
		if l.longest == 0 {
			l.longest = maxString
		}
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		l.form = formInteger
	case t.Kind() == reflect.Bool:
		l.form = formBool
	case t.Kind() == reflect.Slice:
		few, lot := limits(tag, "count", 0, maxCount)
		l.form, l.few, l.lot = formList, int(few), int(lot)
		l.elem, l.lead, l.end = layoutOf(t.Elem(), tag, inner), inner, newline+"]"
		switch l.elem.form {
		case formInteger:
			if l.form, l.lead, l.end = formLine, "", "]"; t != typeLine {
				panic(fmt.Sprintf("canon: the type %s; a list of integers is []int64", t))
			}
		case formList, formLine, formBool:
			panic(fmt.Sprintf("canon: a list of %s", t.Elem()))
		}
	case t.Kind() == reflect.Struct:
		l.form, l.members, l.end = formObject, membersOf(t, nil, inner), newline+"}"
	default:
		panic(fmt.Sprintf("canon: the type %s", t))
	}
	return l
}

func membersOf(t reflect.Type, path []int, newline string) (all []member) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(slices.Clone(path), i)
		name, options, _ := strings.Cut(f.Tag.Get("canon"), ",")
		switch {
		case f.Anonymous && name == "":
			all = append(all, membersOf(f.Type, index, newline)...)
			continue
		case name == "" || !f.IsExported() || options != "" && options != "optional":
			panic(fmt.Sprintf("canon: the field %s of %s", f.Name, t))
		}
		m := member{name: name, lead: newline + `"` + name + `": `, index: index, optional: options == "optional"}
		if m.pointer = f.Type.Kind() == reflect.Pointer; m.pointer {
			if !m.optional {
				panic(fmt.Sprintf("canon: the pointer %s of %s is not optional", f.Name, t))
			}
			m.layout = layoutOf(f.Type.Elem(), f.Tag, newline)
		} else {
			m.layout = layoutOf(f.Type, f.Tag, newline)
		}
		if m.optional && m.form == formObject && !m.pointer {
			panic(fmt.Sprintf("canon: the optional object %s of %s is no pointer", f.Name, t))
		}
		all = append(all, m)
	}
	return all
}

// number reads a tag that is a number.
func number(tag reflect.StructTag, key string, otherwise int) int {
	text, ok := tag.Lookup(key)
	if !ok {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(fmt.Sprintf("canon: the tag %s:%q", key, text))
	}
	return n
}

// limits reads a tag of two numbers, each of which can be left out.
func limits(tag reflect.StructTag, key string, low, high int64) (int64, int64) {
	text, ok := tag.Lookup(key)
	if !ok {
		return low, high
	}
	a, b, ok := strings.Cut(text, "..")
	for _, end := range []struct {
		text string
		n    *int64
	}{{a, &low}, {b, &high}} {
		if end.text == "" {
			continue
		}
		n, err := strconv.ParseInt(end.text, 10, 64)
		if ok = ok && err == nil; ok {
			*end.n = n
		}
	}
	if !ok || low > high {
		panic(fmt.Sprintf("canon: the tag %s:%q", key, text))
	}
	return low, high
}
