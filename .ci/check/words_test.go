package main

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"the drive told no serial number": "say, report",
		"what stands against erasing it":  "forbid",
		"a job that is gone on with":      "resume",
		"erased anew":                     "again",
		"the disk bears these bytes":      "have",
		"to be had as root":               "available",
		"data cannot be made out":         "parse",
		"all blocks but for the last":     "except",
		"that very disk":                  "the same",
		"has no room in the house":        "layer",
		"The drive reports no serial number. Resume with --resume. A retold story is fine.": "",
	} {
		for name, tree := range map[string]fstest.MapFS{
			"comment":  {"a/a.go": {Data: []byte("package a\n\n// " + text + "\n")}},
			"string":   {"a/a.go": {Data: []byte("package a\nvar x = `" + text + "`\n")}},
			"document": {"README.md": {Data: []byte("x\n" + text + "\n")}},
			"script":   {".ci/run": {Data: []byte("# " + text + "\n")}},
		} {
			found, err := words(tree)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(found, "\n"); (want == "") != (got == "") || !strings.Contains(got, want) {
				t.Errorf("%s %q: got %q", name, text, got)
			}
		}
	}
	found, err := words(fstest.MapFS{"a/testdata/x.md": {Data: []byte("anew")}, "a/a.go": {Data: []byte("package a\nvar told = 1\n")}})
	if err != nil || len(found) > 0 {
		t.Errorf("test data or an identifier: %v, %v", found, err)
	}
}
