package statement

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the vectors that changed, without signatures: then sign them with go test ./certify -run Vectors -update")

const dir = "../testdata/v2"

// textOf is the text of a vector, without its signatures.
func textOf(t testing.TB, name string) string {
	t.Helper()
	signed, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil && !*update {
		t.Fatal(err)
	}
	text, _, found := strings.Cut(string(signed), "\n\n")
	if found {
		text += "\n"
	}
	return text
}

// The text of each vector is the one of its value, and the value is what is read.
func TestVectors(t *testing.T) {
	t.Parallel()
	for name, body := range vectors(t) {
		text, err := Write(body)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if *update && text != textOf(t, name) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if text != textOf(t, name) {
			t.Errorf("%s has another text:\n%s", name, text)
		}
		s, err := Read(text)
		if err != nil || !reflect.DeepEqual(s.Body, body) || s.Kind.Name() != strings.Split(name, ".")[0] {
			t.Errorf("%s is read as\n%+v, %v", name, s, err)
		}
		if s != nil && (s.At() != when || s.Log().Origin != origin || isFull(name) != !s.Annex().IsZero() && name != "station.cutover") {
			t.Errorf("%s: the common part is %+v, %v, %v", name, s.Log(), s.At(), s.Annex())
		}
		if c, ok := body.(*Certificate); ok && c.CheckConsistency() != nil {
			t.Errorf("%s: %v", name, c.CheckConsistency())
		}
	}
}

// Nothing is written that is not read.
func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	c := certificateLeast(t)
	c.Passes = nil
	if c.Last() != nil || certificateLeast(t).Last() == nil {
		t.Error("the last pass is another")
	}
	c.Resumes = refTo(3)
	if _, err := Write(c); err == nil {
		t.Error("a certificate that resumes one from before its job is written")
	}
	c.Resumes, c.Outcome = nil, "erased"
	if _, err := Write(c); err == nil {
		t.Error("an unknown outcome is written")
	}
}

// Every kind has a vector with the least that it can have, one with much, and each of its members in one of them.
func TestVectorsAreComplete(t *testing.T) {
	t.Parallel()
	all := vectors(t)
	seen, states := map[string]bool{}, map[string]bool{}
	for name, body := range all {
		kind := strings.Split(name, ".")[0]
		members(reflect.ValueOf(body).Elem(), kind, seen)
		states[kind+" "+SayingOf(body).Variant] = true
	}
	for _, k := range Kinds {
		if all[k.Name()+".least"] == nil || all[k.Name()+".full"] == nil {
			t.Errorf("%s has no vector", k.Name())
		}
		want := map[string]bool{}
		possible(reflect.TypeOf(k.New()).Elem(), k.Name(), want)
		for _, path := range slices.Sorted(maps.Keys(want)) {
			if !seen[path] {
				t.Errorf("no vector has %s", path)
			}
		}
		for _, s := range k.Says {
			if !states[k.Name()+" "+s.Variant] {
				t.Errorf("no vector states %s", s.English)
			}
		}
	}
}

// members adds each member that is there, as the type of its object and its name.
func members(v reflect.Value, object string, seen map[string]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			members(v.Elem(), object, seen)
		}
	case reflect.Slice:
		for i := range v.Len() {
			members(v.Index(i), object, seen)
		}
	case reflect.Struct:
		if object == "" {
			object = v.Type().Name()
		}
		for i := range v.NumField() {
			name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("canon"), ",")
			switch {
			case !v.Type().Field(i).IsExported():
			case name == "":
				members(v.Field(i), object, seen)
			case options != "optional" || !v.Field(i).IsZero():
				seen[object+"."+name] = true
				members(v.Field(i), "", seen)
			}
		}
	}
}

// possible adds each member that there can be.
func possible(t reflect.Type, object string, want map[string]bool) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		possible(t.Elem(), object, want)
	case reflect.Struct:
		if object == "" {
			object = t.Name()
		}
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("canon"), ",")
			switch {
			case !t.Field(i).IsExported():
			case name == "":
				possible(t.Field(i).Type, object, want)
			default:
				want[object+"."+name] = true
				possible(t.Field(i).Type, "", want)
			}
		}
	}
}
