package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"rasure/logs/durable"
)

func TestMake(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(os.Mkdir(at("there"), 0o755), os.Symlink("there", at("link")), os.Symlink("none", at("dangling")), os.WriteFile(at("file"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{"there": fs.ErrExist, "link": fs.ErrExist, "dangling": fs.ErrExist, "file": fs.ErrExist, "a/b": fs.ErrNotExist} {
		if _, err := durable.Make(at(name)); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	d, err := durable.Make(at("new") + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.WriteFile("a/first", []byte("1")); err != nil {
		t.Fatal(err)
	}
	// Another user exchanges it for a link.
	if err := errors.Join(os.Rename(at("new"), at("moved")), os.Symlink("there", at("new"))); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.WriteFile("a/second", []byte("2")), d.WriteFile("b/third", []byte("3")), d.WriteFile("fourth", nil), d.Remove("fourth")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a/first", "a/second", "b/third"} {
		if _, err := os.Stat(at("moved/" + name)); err != nil {
			t.Error(err)
		}
	}
	if list, _ := os.ReadDir(at("there")); len(list) != 0 {
		t.Errorf("the link was followed: %v", list)
	}
}

// TestMakeExchanged looks at directories that may be in the place of the new one.
func TestMakeExchanged(t *testing.T) {
	t.Parallel()
	check := func(dir string) error {
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		return durable.IsNew(root)
	}
	dir := t.TempDir()
	if err := check(dir); err != nil {
		t.Errorf("a new directory: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "checkpoint"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := check(dir); err == nil {
		t.Error("another log is taken for a new directory")
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can give a directory to another user")
	}
	other := t.TempDir()
	if err := os.Chown(other, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if err := check(other); err == nil {
		t.Error("a directory of another user is taken for a new one")
	}
}
