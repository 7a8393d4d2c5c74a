package certify_test

import (
	"os"
	"path/filepath"
	"testing"

	"rasure/certify"
)

// The files below testdata/v1 are never made anew: what version 1 signed opens for ever.
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

func TestWhatVersion1SignedOpensForEver(t *testing.T) {
	t.Parallel()
	chain := opens(t, "testdata/v1", 8)
	if len(chain.Problems) != 0 || chain.Outcomes["verified"] != 2 || chain.Outcomes["completed-with-exceptions"] != 1 || len(chain.Open()) != 0 {
		t.Errorf("problems %+v, outcomes %v, open %v", chain.Problems, chain.Outcomes, chain.Open())
	}
}

// Certificates of drives that erased themselves: one that did, and one that said so and had not.
func TestWhatVersion1SignedOfPurgesOpensForEver(t *testing.T) {
	t.Parallel()
	chain := opens(t, "testdata/v1/purge", 5)
	if len(chain.Problems) != 0 || chain.Outcomes["verified"] != 1 || chain.Outcomes["failed"] != 1 || len(chain.Open()) != 0 {
		t.Errorf("problems %+v, outcomes %v, open %v", chain.Problems, chain.Outcomes, chain.Open())
	}
}

// opens folds the n statements in a directory.
func opens(t *testing.T, dir string, n int) *certify.Chain {
	t.Helper()
	check := goldenKey(t, dir)
	chain := certify.NewChain()
	files, err := filepath.Glob(dir + "/[0-9].*")
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

func TestWhatVersion1RefusesStaysRefused(t *testing.T) {
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
