package contents_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rasure/devices/contents"
)

// image makes a file of size bytes and runs a tool on it, which finds its path where the arguments have "IMG".
// Without the tool the test is skipped.
func image(t testing.TB, size int64, command ...string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "img")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
	if len(command) > 0 {
		tool(t, strings.Split(strings.ReplaceAll(strings.Join(command, "\x00"), "IMG", path), "\x00")...)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func tool(t testing.TB, command ...string) {
	t.Helper()
	path, err := exec.LookPath(command[0])
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/" + command[0]); err != nil {
			t.Skipf("%s is not installed", command[0])
		}
	}
	if out, err := exec.Command(path, command[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", command, err, out)
	}
}

// folder makes a directory with the given files; a name that ends in "/" is a directory.
func folder(t testing.TB, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, n := range names {
		path := filepath.Join(dir, n)
		var err error
		if strings.HasSuffix(n, "/") {
			err = os.Mkdir(path, 0o700)
		} else {
			err = os.WriteFile(path, []byte("x"), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t testing.TB, b []byte, block int) contents.Summary {
	t.Helper()
	s, err := contents.Read(bytes.NewReader(b), int64(len(b)), block)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// noted says whether a note has all the words.
func noted(s contents.Summary, words ...string) bool {
	for _, n := range s.Notes {
		all := true
		for _, w := range words {
			all = all && strings.Contains(n.String(), w)
		}
		if all {
			return true
		}
	}
	return false
}
