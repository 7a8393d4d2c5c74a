package statement

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Every member of every text is one of the fields, and no other: what is drafted and what is shown by them is all of it.
func TestFields(t *testing.T) {
	t.Parallel()
	for name, body := range acts() {
		v := reflect.ValueOf(body).Elem()
		text, err := Write(body)
		if err != nil {
			t.Fatal(name, err)
		}
		lines := 0
		for _, f := range FieldsOf(v.Type()) {
			_, there := f.Of(v)
			if there {
				lines++
			}
			last := f.Path[strings.LastIndex(f.Path, ".")+1:]
			if there && !strings.Contains(text, `"`+last+`": `) {
				t.Errorf("%s: %s is there, and not in the text", name, f.Path)
			}
		}
		if want := leaves(v); lines != want {
			t.Errorf("%s has %d values, not %d", name, lines, want)
		}
	}
}

// leaves counts the values of a text in another way: what is not zero, and what must be there.
func leaves(v reflect.Value) (n int) {
	for i := range v.NumField() {
		f, m := v.Field(i), v.Type().Field(i)
		if f.Kind() == reflect.Pointer {
			if f.IsNil() {
				continue
			}
			f = f.Elem()
		} else if strings.HasSuffix(m.Tag.Get("canon"), ",optional") && (f.IsZero() || f.Kind() == reflect.Slice && f.Len() == 0) {
			continue
		}
		switch f.Interface().(type) {
		case Head, Ref, Medium, Target, Finding:
			n++
			continue
		}
		if f.Kind() == reflect.Struct && f.NumField() > 0 && f.Type().Field(0).IsExported() {
			n += leaves(f)
		} else {
			n++
		}
	}
	return n
}

func TestFieldIn(t *testing.T) {
	t.Parallel()
	d := new(Destruction)
	fields := KindOf("rasure/destruction/v2").Fields()
	at := slices.IndexFunc(fields, func(f Field) bool { return f.Path == "machine.maker" })
	if at < 0 || fields[at].Required {
		t.Fatalf("machine.maker is not an optional field: %+v", fields)
	}
	v := reflect.ValueOf(d).Elem()
	if _, there := fields[at].Of(v); there || d.Machine != nil {
		t.Error("there is a machine already")
	}
	fields[at].In(v).SetString("HSM")
	if d.Machine == nil || d.Machine.Maker != "HSM" {
		t.Errorf("%+v", d.Machine)
	}
	for _, f := range fields {
		switch f.Path {
		case "id", "log", "says", "at", "signers":
			t.Errorf("%s is in the common block", f.Path)
		case "method":
			if !f.Required || !slices.Contains(f.Words, "shred") {
				t.Errorf("%+v", f)
			}
		case "media":
			if !f.Required || !f.List || f.Type != reflect.TypeFor[Medium]() {
				t.Errorf("%+v", f)
			}
		}
	}
}
