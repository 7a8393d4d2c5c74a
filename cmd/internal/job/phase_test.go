package job

import (
	"bytes"
	"encoding"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"rasure/certify"
	"rasure/certify/issue"
)

// TestJobFileNames holds that each field that a job file can hold has an explicit JSON name: a rename in Go must not change what an
// interrupted job left in its file.
func TestJobFileNames(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type, string)
	walk = func(typ reflect.Type, path string) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			walk(typ.Elem(), path)
			return
		case reflect.Struct:
		default:
			return
		}
		if seen[typ] || reflect.PointerTo(typ).Implements(reflect.TypeFor[json.Marshaler]()) || reflect.PointerTo(typ).Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			f := typ.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			at := path + "." + f.Name
			switch {
			case !f.IsExported() || name == "-":
				continue
			case name == "" && !f.Anonymous:
				t.Errorf("%s has no JSON name", at)
			}
			walk(f.Type, at)
		}
	}
	walk(reflect.TypeFor[record](), "record")
	if len(seen) < 20 {
		t.Errorf("only %d types were seen", len(seen))
	}
}

// TestJobFileVersion holds that a file of a later version is refused, and that rasure 0.1.0, which knows no versions, refuses a file
// of this one: it needs "begin".
func TestJobFileVersion(t *testing.T) {
	t.Parallel()
	f := &file{record: record{Phase: running, Begin: []byte("x"), Facts: issue.Facts{ID: "01A", Begin: certify.EntryRef{Index: 1}}}, dir: t.TempDir()}
	if err := f.save(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(f.path())
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte(`"begin":`)) || !bytes.Contains(text, []byte(`"version":2`)) {
		t.Errorf("the file is %s", text)
	}
	if _, err := decode(text, "01A"); err != nil {
		t.Errorf("its own file: %v", err)
	}
	_, err = decode(bytes.Replace(text, []byte(`"version":2`), []byte(`"version":4`), 1), "01A")
	if err == nil || !strings.Contains(err.Error(), "written by a newer rasure") {
		t.Errorf("a newer file: %v", err)
	}
	f.Seed, f.Anchor = "5eed", &anchor{}
	if err := f.save(); err != nil {
		t.Fatal(err)
	}
	if text, err = os.ReadFile(f.path()); err != nil || !bytes.Contains(text, []byte(`"version":3`)) { // rasure without version 2 must refuse it
		t.Errorf("the file of a job with a seed is %s, %v", text, err)
	}
	for name, c := range map[string]struct {
		old  string
		want phase
	}{
		"starting": {`{"facts":{"ID":"01A"},"begin":"eA==","running":true}`, starting},
		"running":  {`{"facts":{"ID":"01A","Begin":{"index":1}},"begin":"eA==","running":true}`, running},
		"sealed":   {`{"facts":{"ID":"01A","Begin":{"index":1}},"begin":"eA==","running":true,"sealed":"eA==","halted":"interrupted"}`, sealed},
		"halted":   {`{"facts":{"ID":"01A","Begin":{"index":1},"Resumes":{"index":2}},"begin":"eA==","running":false}`, halted},
	} {
		if f, err := decode([]byte(c.old), "01A"); err != nil || f.Phase != c.want || string(f.Begin) != "x" {
			t.Errorf("%s: %v, %+v", name, err, f)
		}
	}
	if _, err := decode([]byte(`{"version":2,"phase":"halted","facts":{"ID":"01A","Begin":{"index":1}},"begin_statement":"eA=="}`), "01A"); err == nil {
		t.Error("a halted job without its certificate was taken")
	}
}
