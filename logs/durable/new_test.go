package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"rasure/logs/durable"
)

// noLinks is the answer of a file system without hard links.
func noLinks(call, _ string) error {
	if call == "link" {
		return errors.ErrUnsupported
	}
	return nil
}

func TestWriteNew(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(string, string) error{"links": nil, "no links": noLinks} {
		dir := t.TempDir()
		d := durable.Open(dir)
		d.Fault = fault
		for _, c := range []struct {
			data string
			want error
		}{{"first", nil}, {"second", fs.ErrExist}, {"", fs.ErrExist}, {"first", nil}} {
			if err := d.WriteNew("file", []byte(c.data)); !errors.Is(err, c.want) {
				t.Errorf("%s: %q: %v, want %v", name, c.data, err, c.want)
			}
			if got, err := os.ReadFile(filepath.Join(dir, "file")); string(got) != "first" || err != nil {
				t.Errorf("%s: after %q the file holds %q, %v", name, c.data, got, err)
			}
		}
		if list, err := os.ReadDir(dir); len(list) != 1 || err != nil {
			t.Errorf("%s: the directory holds %v, %v", name, list, err)
		}
	}
}

func TestWriteNewRace(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(string, string) error{"links": nil, "no links": noLinks} {
		dir := t.TempDir()
		var all sync.WaitGroup
		won := make([]bool, 16)
		content := func(i int) string { return strings.Repeat(string(rune('a'+i)), 4096) }
		for i := range won {
			all.Go(func() {
				d := durable.Open(dir)
				d.Fault = fault
				err := d.WriteNew("file", []byte(content(i)))
				if won[i] = err == nil; err != nil && !errors.Is(err, fs.ErrExist) {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		all.Wait()
		got, _ := os.ReadFile(filepath.Join(dir, "file"))
		n := slices.Index(won, true)
		if n < 0 || slices.Contains(won[n+1:], true) || string(got) != content(n) {
			t.Errorf("%s: %v got the name, and the file holds %.10q", name, won, got)
		}
	}
}

// TestWriteNewFails makes each call fail in turn: the file is complete or not there.
func TestWriteNewFails(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for n := 1; ; n++ {
		dir := t.TempDir()
		d, calls, hit := durable.Open(dir), 0, ""
		d.Fault = func(call, name string) error {
			if calls++; calls == n {
				hit = call
				return boom
			}
			return nil
		}
		err := d.WriteNew("file", []byte("new"))
		got, missing := os.ReadFile(filepath.Join(dir, "file"))
		if err == nil && string(got) != "new" || missing == nil && string(got) != "new" {
			t.Errorf("%s fails: %v, and the file holds %q, %v", hit, err, got, missing)
		}
		if list, _ := os.ReadDir(dir); len(list) > 1 || len(list) == 1 && list[0].Name() != "file" {
			t.Errorf("%s fails: the directory holds %v", hit, list)
		}
		if hit == "" {
			if err != nil || n < 7 {
				t.Errorf("WriteNew = %v after %d calls", err, n-1)
			}
			return
		}
	}
}
