package durable_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rasure/logs/durable"
)

// TestWriteFileCalls compares the calls with the drawing in the comment of WriteFile.
func TestWriteFileCalls(t *testing.T) {
	t.Parallel()
	d := durable.Open(filepath.Join(t.TempDir(), "dir"))
	var calls []string
	d.Fault = func(call, name string) error {
		calls = append(calls, call+" "+name)
		return nil
	}
	if err := d.WriteFile("a/b/5", []byte("five")); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"mkdir .", "fsync .", "mkdir a", "fsync .", "mkdir a/b", "fsync a",
		"open a/b/.5.tmp", "write a/b/.5.tmp", "fsync a/b/.5.tmp", "rename a/b/5", "fsync a/b",
	}
	if !slices.Equal(calls, want) {
		t.Errorf("the first file:\n%s\nwant\n%s", strings.Join(calls, "\n"), strings.Join(want, "\n"))
	}
	calls = nil
	if err := d.WriteFile("a/b/5", []byte("six")); err != nil {
		t.Fatal(err)
	}
	if want := want[6:]; !slices.Equal(calls, want) {
		t.Errorf("the second file:\n%s\nwant\n%s", strings.Join(calls, "\n"), strings.Join(want, "\n"))
	}
}

// TestWriteFileFails makes each call fail in turn: the file is old or new.
func TestWriteFileFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "sub/file")
	boom := errors.New("boom")
	for n := 1; ; n++ {
		if err := durable.Open(dir).WriteFile("sub/file", []byte("old")); err != nil {
			t.Fatal(err)
		}
		d, calls, hit := durable.Open(dir), 0, ""
		d.Fault = func(call, name string) error {
			if calls++; calls == n {
				hit = call
				return boom
			}
			return nil
		}
		err := d.WriteFile("sub/file", []byte("new"))
		if hit == "" {
			if err != nil || n < 9 {
				t.Errorf("WriteFile = %v after %d calls", err, n-1)
			}
			break
		}
		got, _ := os.ReadFile(file)
		if !errors.Is(err, boom) || string(got) != "old" && string(got) != "new" {
			t.Errorf("%s fails: %v, and the file holds %q", hit, err, got)
		}
	}
	if got, err := os.ReadFile(file); string(got) != "new" || err != nil {
		t.Errorf("the file holds %q, %v", got, err)
	}
}

func TestWriteFileRemovesLeftovers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 3 {
		d := durable.Open(dir)
		if err := os.WriteFile(filepath.Join(dir, ".file.tmp"), []byte("left"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := d.WriteFile("file", []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 1 {
		t.Errorf("the directory holds %v, %v", list, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "file")); err != nil || info.Mode() != 0o644 {
		t.Errorf("file: %v, %v", info.Mode(), err)
	}
}

func TestWriteFileFollowsNoLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	victim := filepath.Join(dir, "victim")
	if err := os.WriteFile(victim, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("victim", filepath.Join(dir, ".file.tmp")); err != nil {
		t.Fatal(err)
	}
	if err := durable.Open(dir).WriteFile("file", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(victim); string(got) != "kept" {
		t.Errorf("the link's target holds %q", got)
	}
}

func TestLockExcludes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	unlock, err := durable.Open(dir).Lock("lock", 0)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := durable.Open(dir).Lock("lock", 20*time.Millisecond); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("a second lock: %v, want %v", err, durable.ErrLocked)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := durable.Open(dir).Lock("lock", 0)
	if err != nil {
		t.Fatal(err)
	}
	again()
}
