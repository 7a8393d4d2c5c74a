//go:build browser

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"rasure/cmd/rasure-hub/internal/hubtest"
)

// TestLargeLog makes a log of 10,001 entries, has TestLarge of cmd/rasure-page audit it in Chromium, and prints how long that takes. The stations of this module
// make such a log in seconds.
func TestLargeLog(t *testing.T) {
	s := hubtest.New(t, "station.example")
	s.Bulk(func() {
		for i := range 5000 {
			s.Erase(fmt.Sprintf("WD-WX%d", i))
		}
	})
	card := filepath.Join(hubtest.Scratch(t), "station.card")
	hubtest.Check(t, os.WriteFile(card, s.Card, 0o644))
	large := exec.Command("go", "test", "-tags", "browser", "-count=1", "-timeout", "20m", "-v", "-run", "^TestLarge$", "./cmd/rasure-page")
	large.Dir = filepath.Join("..", "..")
	large.Env = append(os.Environ(), "RASURE_PAGE_LOG="+s.Dir, "RASURE_PAGE_CARD="+card)
	out, err := large.CombinedOutput()
	t.Logf("%d entries\n%s", s.Log.Snapshot().Size(), out)
	hubtest.Check(t, err)
	if !bytes.Contains(out, []byte("--- PASS: TestLarge (")) { // a test that is not there, or is skipped, is no error to go test
		t.Error("TestLarge did not run")
	}
}
