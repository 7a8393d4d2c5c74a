package durable_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rasure/logs/durable"
)

func TestWriteFilesInTheOrderThatAPowerCutNeeds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := durable.Open(dir)
	files := []durable.File{{Name: "a/1", Data: []byte("one")}, {Name: "b/c/2", Data: []byte("two")}, {Name: "3", Data: nil}}
	if err := d.WriteFiles(files...); err != nil { // makes the directories
		t.Fatal(err)
	}
	var calls []string
	d.Fault = func(call, name string) error { calls = append(calls, call+" "+name); return nil }
	files[0].Data = []byte("another")
	if err := d.WriteFiles(files...); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"open a/.1.tmp", "write a/.1.tmp", "open b/c/.2.tmp", "write b/c/.2.tmp", "open .3.tmp", "write .3.tmp",
		"fsync a/.1.tmp", "fsync b/c/.2.tmp", "fsync .3.tmp",
		"rename a/1", "rename b/c/2", "rename 3",
		"fsync a", "fsync b/c", "fsync .",
	}
	if !slices.Equal(calls, want) {
		t.Errorf("the calls are\n%s\nwant\n%s", strings.Join(calls, "\n"), strings.Join(want, "\n"))
	}
	for _, f := range files {
		if got, err := os.ReadFile(filepath.Join(dir, f.Name)); err != nil || string(got) != string(f.Data) {
			t.Errorf("%s holds %q, %v", f.Name, got, err)
		}
	}
	if err := d.WriteFiles(); err != nil {
		t.Errorf("no files: %v", err)
	}
}

func TestWriteFilesThatFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for n := 1; ; n++ {
		dir := t.TempDir()
		d := durable.Open(dir)
		old := []durable.File{{Name: "a/1", Data: []byte("old")}, {Name: "b/2", Data: []byte("old")}}
		if err := d.WriteFiles(old...); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "a/.1.tmp"), []byte("left by a killed process"), 0o644); err != nil {
			t.Fatal(err)
		}
		calls := 0
		d.Fault = func(string, string) error {
			if calls++; calls == n {
				return broken
			}
			return nil
		}
		err := d.WriteFiles(durable.File{Name: "a/1", Data: []byte("new")}, durable.File{Name: "b/2", Data: []byte("new")})
		if (err != nil) != (calls >= n) || err != nil && !errors.Is(err, broken) {
			t.Fatalf("call %d fails: %v", n, err)
		}
		for _, f := range old {
			if got, err := os.ReadFile(filepath.Join(dir, f.Name)); err != nil || string(got) != "old" && string(got) != "new" {
				t.Errorf("call %d fails: %s holds %q, %v", n, f.Name, got, err)
			}
		}
		left, _ := filepath.Glob(filepath.Join(dir, "*/.*.tmp"))
		if n > 1 && len(left) > 0 { // with the first call the old temporary file could not be removed
			t.Errorf("call %d fails: left are %v", n, left)
		}
		if err == nil {
			if n < 10 {
				t.Error(fmt.Sprint("only ", n-1, " calls: the fault does not reach them"))
			}
			return
		}
	}
}
