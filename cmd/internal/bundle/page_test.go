package bundle

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/cmd/internal/fault"
)

// TestPage cannot run beside others: it says where the page is installed.
func TestPage(t *testing.T) {
	installed, dir := t.TempDir(), t.TempDir()
	old := pageDirs
	pageDirs = []string{filepath.Join(installed, "nowhere"), installed}
	t.Cleanup(func() { pageDirs = old })
	if _, err := ReadPage(""); err == nil || !strings.Contains(err.Error(), "not installed") {
		t.Errorf("not installed: %v", err)
	}
	file := filepath.Join(installed, PageFile)
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(file, "a page that is none")
	if _, err := ReadPage(""); err == nil {
		t.Error("anything is taken for the page")
	}
	write(file, "<!DOCTYPE html>one")
	p, err := ReadPage("")
	if err != nil || string(p) != "<!DOCTYPE html>one" {
		t.Fatalf("ReadPage = %q, %v", p, err)
	}
	if _, err := ReadPage(filepath.Join(installed, "other.html")); err == nil {
		t.Error("a file that is named and missing is passed over")
	}
	for range 2 { // the same page may be there already
		if err := p.Put(dir); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, PageFile), "another one")
	if err := p.Put(dir); fault.Code(err) != fault.Code(fault.Refusef("%s", "x")) {
		t.Errorf("another page is replaced: %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, PageFile)); err != nil || string(text) != "another one" {
		t.Errorf("it is %q now, %v", text, err)
	}
}
