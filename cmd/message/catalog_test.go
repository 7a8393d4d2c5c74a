package message

import (
	"maps"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func init() { Register(Chinese, os.DirFS("zh")) }

var index = regexp.MustCompile(`^%\[(\d+)\]`)

var verb = regexp.MustCompile(`%(\[\d+\])?[-+# 0]*\d*(\.\d+)?[a-zA-Z%]`)

// TestCatalogs holds that every translation has the verbs of its English format, in their order or by index.
func TestCatalogs(t *testing.T) {
	seen := map[string]string{}
	eachPair(os.DirFS("zh"), func(file, en, zh string) {
		switch {
		case en == "" || zh == "":
			t.Errorf("%s: %q and %q are no pair", file, en, zh)
			return
		case seen[en] != "":
			t.Errorf("%s: %q is in %s too", file, en, seen[en])
		}
		seen[en] = file
		if want, got := verbs(t, en), verbs(t, zh); !maps.Equal(want, got) {
			t.Errorf("%s: %q has the verbs %v, and %q has %v", file, en, want, zh, got)
		}
	})
	if len(seen) < 3000 {
		t.Errorf("only %d pairs", len(seen))
	}
}

// verbs returns the letter of the verb of each argument, counted from 1.
func verbs(t *testing.T, format string) map[int]string {
	all, n := map[int]string{}, 0
	for _, v := range verb.FindAllString(format, -1) {
		if v == "%%" {
			continue
		}
		n++
		if m := index.FindStringSubmatch(v); m != nil {
			n, _ = strconv.Atoi(m[1])
		}
		letter := strings.Replace(v[len(v)-1:], "w", "v", 1)
		if was := all[n]; was != "" && was != letter {
			t.Errorf("%q shows argument %d as %s and as %s", format, n, was, letter)
		}
		all[n] = letter
	}
	return all
}
