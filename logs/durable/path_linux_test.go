package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"rasure/logs/durable"
)

// TestPath writes below paths with symbolic links.
func TestPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(
		os.MkdirAll(at("real/sub"), 0o755), os.MkdirAll(at("other/deep"), 0o755),
		os.Symlink("real", at("own link")), os.Symlink(at("real"), at("absolute link")), os.Symlink("../real/sub", at("other/link up")),
		os.Symlink("deep/../../real", at("other/up and down")), os.Symlink("loop", at("loop")), os.Symlink("real", at("planted")),
	); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"real": "real", "own link": "real", "own link/sub": "real/sub", "absolute link/../other": "other", "other/link up": "real/sub",
		"other/up and down": "real", "./real/.": "real",
	} {
		if err := durable.WriteNew(dir+"/"+name+"/file", []byte(name), 0o644); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, err := os.ReadFile(at(want + "/file")); string(got) != name || err != nil {
			t.Errorf("%s: %s/file holds %q, %v", name, want, got, err)
		}
		os.Remove(at(want + "/file"))
	}
	for name, want := range map[string]error{"loop": syscall.ELOOP, "none": fs.ErrNotExist, "real/none": fs.ErrNotExist} {
		if err := durable.WriteNew(at(name+"/file"), nil, 0o644); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		if _, err := os.Stat(at(name)); err == nil {
			t.Errorf("%s was made", name)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can plant a link of another user")
	}
	if err := os.Lchown(at("planted"), 65534, 65534); err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(string) error{
		"WriteNew":  func(dir string) error { return durable.WriteNew(dir+"/file", nil, 0o644) },
		"WriteFile": func(dir string) error { return durable.WriteFile(dir+"/file", nil, 0o644) },
		"Remove":    func(dir string) error { return durable.Remove(dir + "/sub") },
		"Lock":      func(dir string) error { _, err := durable.Open(dir).Lock("file", 0); return err },
	} {
		for _, dir := range []string{"planted", "own link/../planted"} {
			if err := write(dirOf(at, dir)); err == nil {
				t.Errorf("%s follows %s", name, dir)
			}
		}
	}
	if list, _ := os.ReadDir(at("real")); len(list) != 1 {
		t.Errorf("real holds %v", list)
	}
}

// dirOf joins without cleaning.
func dirOf(at func(string) string, name string) string { return at("") + "/" + name }

func TestWriteNewPlanted(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "d")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	strange(t, dir)
	for _, name := range []string{"fifo", "socket", "directory", "link to fifo", "link to device", "link to file", "link out"} {
		within(t, time.Minute, name, func() {
			if err := durable.WriteNew(filepath.Join(dir, name), []byte("12345"), 0o644); !errors.Is(err, fs.ErrExist) {
				t.Errorf("%s: %v, want %v", name, err, fs.ErrExist)
			}
		})
	}
	if err := durable.WriteNew(filepath.Join(dir, "file"), []byte("12345"), 0o644); err != nil {
		t.Errorf("a file with the same content: %v", err)
	}
	within(t, time.Minute, "WriteFile over a FIFO", func() {
		if err := durable.WriteFile(filepath.Join(dir, "fifo"), []byte("new"), 0o644); err != nil {
			t.Error(err)
		}
	})
	if info, err := os.Lstat(filepath.Join(dir, "fifo")); err != nil || !info.Mode().IsRegular() {
		t.Errorf("the FIFO was written to: %v, %v", info, err)
	}
}

// TestExpect exchanges the directory, as the unmounting of a stick does.
func TestExpect(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "stick")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	mark, err := durable.MarkOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := durable.OpenExisting(dir, 0o644).Expect(mark).WriteNew("first", nil); err != nil {
		t.Error(err)
	}
	if err := errors.Join(os.Rename(dir, dir+" away"), os.Mkdir(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := durable.OpenExisting(dir, 0o644).Expect(mark).WriteNew("second", nil); !errors.Is(err, durable.ErrMoved) {
		t.Errorf("error is %v, want %v", err, durable.ErrMoved)
	}
	if list, _ := os.ReadDir(dir); len(list) != 0 {
		t.Errorf("the other directory holds %v", list)
	}
}
