package main_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Discarding and zeroing by the kernel are hints: a drive may keep what was there, and reads make up zeros. Peers erase by them, or discard
// after the last pass, so that nothing can be verified any more.
var hint = regexp.MustCompile(`BLKDISCARD|BLKSECDISCARD|BLKZEROOUT|FALLOC_FL_|Fallocate\(|0x1277|0x127d|0x127f`)

func TestNothingIsDiscardedOrZeroedByTheKernel(t *testing.T) {
	t.Parallel()
	seen := 0
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if found := hint.Find(text); found != nil {
			t.Errorf("%s: %s", name, found)
		}
		seen++
		return err
	})
	if err != nil || seen < 100 {
		t.Fatalf("%d files, %v", seen, err)
	}
}
