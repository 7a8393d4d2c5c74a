package scheme_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"rasure/wipe/pattern"
	"rasure/wipe/scheme"
)

// The schemes a second time, written independently: a letter or byte a pass. R random stream, r its complement, c a drawn character, k its
// complement, V after a pass that is read back.
var table = map[string]string{
	"clear-zero":       "00V",
	"clear-random":     "RV",
	"flash-clear":      "RV rV",
	"nnsa":             "R R 00V",
	"dod-3":            "c k cV",
	"dod-7":            "c k cV c c k cV",
	"rcmp-ops2":        "00 FF 00 FF 00 FF cV",
	"hmg-is5-base":     "00V",
	"hmg-is5-enhanced": "FF 00 RV",
	"vsitr":            "00 FF 00 FF 00 FF cV",
	"schneier-7":       "FF 00 R R R R RV",
	"afssi-5020":       "00 FF cV",
	"ar380-19":         "c c kV",
	"navso-rll":        "FF E4FFFFFF RV",
	"navso-mfm":        "FF FDFFFFFF RV",
	"ncsc-tg-025":      "00V FFV cV",
	"itsg-06":          "00 FF RV",
	"pfitzner-7":       strings.Repeat("R ", 6) + "RV",
	"pfitzner-33":      strings.Repeat("R ", 32) + "RV",
	"bmb21":            "FF 00 R R R FFV",
	"gost":             "00 RV",
	"gutmann-35":       "R R R R 55 AA 924924 492492 249249 " + nibbles() + "924924 492492 249249 6DB6DB B6DB6D DB6DB6 R R R RV",
}

func nibbles() (s string) {
	for i := range 16 {
		s += fmt.Sprintf("%X%X ", i, i)
	}
	return s
}

// TestTable compares the schemes with an independent table.
func TestTable(t *testing.T) {
	t.Parallel()
	words := map[string]string{"00": "zero", "FF": "one", "R": "random", "r": "random-complement", "c": "character", "k": "character-complement"}
	seen := map[string]bool{}
	for _, s := range scheme.All() {
		want := strings.Fields(table[s.ID])
		if seen[s.ID] || len(want) != len(s.Passes) {
			t.Errorf("%s: %d passes, want %d; or it is listed twice", s.ID, len(s.Passes), len(want))
			continue
		}
		seen[s.ID] = true
		for i, p := range s.Passes {
			name, verify := strings.CutSuffix(want[i], "V")
			if w := words[name]; w != "" {
				name = w
			} else {
				name = "bytes:" + strings.ToLower(name)
			}
			if p != (scheme.Pass{Pattern: pattern.Spec(name), Verify: verify}) {
				t.Errorf("%s, pass %d: %+v, want %s, verify %t", s.ID, i+1, p, name, verify)
			}
		}
		if !s.Passes[len(s.Passes)-1].Verify || s.Title == "" || s.Source == "" {
			t.Errorf("%s: the last pass is not read back, or title or source is missing", s.ID)
		}
		if got, err := scheme.Named(s.ID); err != nil || got.SHA256() != s.SHA256() {
			t.Errorf("Named(%q) = %v, %v", s.ID, got.ID, err)
		}
	}
	if len(seen) != len(table) {
		t.Errorf("%d schemes, want %d", len(seen), len(table))
	}
	for _, id := range []string{"", "nist", "Clear-Random", "clear-random "} {
		var unknown *scheme.UnknownError
		if _, err := scheme.Named(id); !errors.As(err, &unknown) || unknown.ID != id {
			t.Errorf("Named(%q): error %v", id, err)
		}
	}
}

// TestHash: certificates of years ago name a scheme by this hash. It is what
//
//	printf 'rasure/scheme/v1 flash-clear\n1 random verify\n2 random-complement verify\n' | sha256sum
//
// and the like print. A row that changes here is a scheme that changed under its name.
func TestHash(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"clear-random": "1f58d98a87d366814d8a59b2c142ee9fa15acf102ffc17be06ca7927568de80a",
		"flash-clear":  "9f894b826536052bb9710450a93dc942bc660e77066aeb14c1ce3b5d8a0c502d",
		"nnsa":         "1fcb2afc78b6adde49919985279eddbdfffa70ee9d9a4c65b7da6d96f67fe1ae",
		"gutmann-35":   "51d8ec3bf7ab7d5bd9e9ca31825da8503aa08c9922ebcffa831ec503f85fe878",
	} {
		s, err := scheme.Named(id)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.SHA256(); got != want {
			t.Errorf("%s: %s, want %s, over\n%s", id, got, want, s.Text())
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	random, complement := scheme.Pass{Pattern: "random", Verify: true}, scheme.Pass{Pattern: "random-complement", Verify: true}
	for name, c := range map[string]struct {
		passes []scheme.Pass
		want   string
	}{
		"no passes":                  {nil, "does not end with a pass that is read back"},
		"last is not read back":      {[]scheme.Pass{random, {Pattern: "random"}}, "does not end with a pass that is read back"},
		"unknown pattern":            {[]scheme.Pass{{Pattern: "zeros", Verify: true}}, "malformed pattern"},
		"complement before random":   {[]scheme.Pass{complement, random}, "no earlier pass"},
		"complement of other kind":   {[]scheme.Pass{random, {Pattern: "character-complement", Verify: true}}, "no earlier pass"},
		"complement after random":    {[]scheme.Pass{random, complement}, ""},
		"complement after character": {[]scheme.Pass{{Pattern: "character"}, {Pattern: "character-complement", Verify: true}}, ""},
	} {
		err := scheme.Scheme{ID: "test", Passes: c.passes}.Check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	for _, s := range scheme.All() {
		if err := s.Check(); err != nil {
			t.Error(err)
		}
		if got, want := s.VerifiesRandom(), strings.Contains(table[s.ID], "RV") || strings.Contains(table[s.ID], "rV"); got != want {
			t.Errorf("%s: VerifiesRandom is %t", s.ID, got)
		}
	}
}

// TestIDOf takes ids in any case and the names of other tools; each name means a scheme that exists, and no id.
func TestIDOf(t *testing.T) {
	for word, want := range map[string]string{"NNSA": "nnsa", "dod": "dod-7", "Gutmann": "gutmann-35", "zero": "clear-zero", "random": "clear-random", "bmb": "bmb21", "dodshort": "dod-3"} {
		if id, ok := scheme.IDOf(word); !ok || id != want {
			t.Errorf("%s means %q, %v; want %q", word, id, ok, want)
		}
	}
	for _, word := range []string{"", "dod-", "nonsense"} {
		if id, ok := scheme.IDOf(word); ok {
			t.Errorf("%q means %q", word, id)
		}
	}
	named := 0
	for _, s := range scheme.All() {
		for _, name := range scheme.Aliases(s.ID) {
			named++
			if id, ok := scheme.IDOf(name); !ok || id != s.ID || scheme.Lookup(name) != nil {
				t.Errorf("%s of %s means %q", name, s.ID, id)
			}
		}
	}
	if named < 15 {
		t.Errorf("%d names", named)
	}
}
