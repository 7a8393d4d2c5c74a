package message

import (
	"regexp"
	"slices"
	"testing"
)

var verb = regexp.MustCompile(`%(\[\d+\])?[-+# 0]*\d*(\.\d+)?[a-zA-Z%]`)

// TestCatalogs holds that every translation has the verbs of its English format, in their order or by index.
func TestCatalogs(t *testing.T) {
	seen := map[string]string{}
	eachPair(chinese, "zh", func(file, en, zh string) {
		switch {
		case en == "" || zh == "":
			t.Errorf("%s: %q and %q are no pair", file, en, zh)
			return
		case seen[en] != "":
			t.Errorf("%s: %q is in %s too", file, en, seen[en])
		}
		seen[en] = file
		want, got := verb.FindAllString(en, -1), verb.FindAllString(zh, -1)
		for i, v := range got {
			if m := regexp.MustCompile(`^%\[(\d)\]`).FindStringSubmatch(v); m != nil {
				slices.Sort(want)
				got[i] = "%" + v[len(m[0]):]
			}
		}
		if slices.Equal(want, verb.FindAllString(en, -1)) == false {
			slices.Sort(got)
		}
		if !slices.Equal(want, got) {
			t.Errorf("%s: %q has the verbs %q, and %q has %q", file, en, want, zh, got)
		}
	})
	if len(seen) < 100 {
		t.Errorf("only %d pairs", len(seen))
	}
}
