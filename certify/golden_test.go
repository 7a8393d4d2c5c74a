package certify_test

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"rasure/certify"
)

// The files below testdata are never remade.
func goldenKey(t *testing.T, dir string) func(name string) (certify.Entry, error) {
	t.Helper()
	pem, err := os.ReadFile(dir + "/station.pem")
	if err != nil {
		t.Fatal(err)
	}
	pub, err := certify.ParsePublicKey(pem)
	if err != nil {
		t.Fatal(err)
	}
	return func(name string) (certify.Entry, error) {
		t.Helper()
		signed, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return certify.CheckEntry(signed, pub)
	}
}

// What version 1 signed opens for ever, and what it claimed stays good.
func TestVersion1Opens(t *testing.T) {
	t.Parallel()
	for dir, c := range map[string]struct {
		entries  int
		outcomes map[string]int64
		reused   int // certificates with the key of another job: no disk was written for the oldest, which share one
	}{
		"testdata/v1":       {8, map[string]int64{"verified": 2, "completed-with-exceptions": 1, "interrupted": 0}, 3},
		"testdata/v1/purge": {5, map[string]int64{"verified": 1, "failed": 1}, 0},
		// Written by version 0.1.0 (42fa06b): an image; without verification; dod-7 by sample; interrupted and resumed; killed, its state
		// lost, and closed; an image; killed and resumed.
		"testdata/0.1.0": {16, map[string]int64{"verified": 5, "completed-with-exceptions": 1, "interrupted": 0, "unknown": 1}, 0},
	} {
		t.Run(dir, func(t *testing.T) {
			chain := fold(t, dir, c.entries)
			if len(chain.Problems) != 0 || len(chain.Warnings) != c.reused || len(chain.Open()) != 0 || !maps.Equal(chain.Outcomes, c.outcomes) {
				t.Errorf("problems %+v, warnings %+v, outcomes %v, open %v", chain.Problems, chain.Warnings, chain.Outcomes, chain.Open())
			}
		})
	}
}

// fold folds the n statements in a directory.
func fold(t *testing.T, dir string, n int) *certify.Chain {
	t.Helper()
	check := goldenKey(t, dir)
	chain := certify.NewChain()
	files, err := filepath.Glob(dir + "/[0-9]*.*")
	if err != nil || len(files) != n {
		t.Fatalf("%v, %v", files, err)
	}
	for i, name := range files {
		e, err := check(name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		chain.Add(int64(i), e)
	}
	return chain
}

func TestVersion1Refuses(t *testing.T) {
	t.Parallel()
	check := goldenKey(t, "testdata/v1")
	files, err := filepath.Glob("testdata/v1/refused/*")
	if err != nil || len(files) < 9 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, name := range files {
		if _, err := check(name); err == nil {
			t.Errorf("%s opens", name)
		}
	}
}
