package statement

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ofMembers are the refused spellings that a program without the tables of FORMAT.md cannot find.
var ofMembers = []string{"base64-with-loose-bits", "base64-without-padding", "false-for-absent", "hash-in-capitals", "member-in-another-case", "member-missing", "member-unknown",
	"member-with-a-long-s", "members-in-another-order", "number-in-quotes", "time-in-small-letters", "time-with-a-fraction", "time-with-an-offset", "word-unknown", "zero-for-absent"}

// A second implementation of the form, in Python with its own JSON, writes every vector again byte for byte, and no other spelling.
func TestFormInPython(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	good := []string{filepath.Join(dir, "annex")}
	for name := range vectors(t) {
		good = append(good, filepath.Join(dir, name))
	}
	out, err := exec.Command(python, append([]string{filepath.Join(dir, "form.py")}, good...)...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
	other := []string{}
	for _, s := range otherSpellings {
		other = append(other, filepath.Join(dir, "refused", "spelling-"+s.name))
	}
	out, err = exec.Command(python, append([]string{filepath.Join(dir, "form.py")}, other...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, s := range otherSpellings {
		if found := strings.Contains(string(out), "spelling-"+s.name+" "); found == slices.Contains(ofMembers, s.name) {
			t.Errorf("%s: found by the form alone: %v", s.name, found)
		}
	}
}
