package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rasure/cmd/internal/fault"
)

// TestFewFiles starts processes that may open only a few files: they name the limit instead of ending with a stack trace.
func TestFewFiles(t *testing.T) {
	t.Parallel()
	rasure, err := exec.LookPath("rasure")
	if err != nil {
		t.Fatal(err)
	}
	for n := 5; n <= 14; n++ {
		t.Run(fmt.Sprintf("limit %d", n), func(t *testing.T) {
			dir := t.TempDir()
			var text bytes.Buffer
			p := exec.Command("sh", "-c", fmt.Sprintf(`ulimit -n %d; exec "$0" "$@"`, n), rasure, "station", "init", "--name", "few.example", "--key", "software", "--state", filepath.Join(dir, "state"))
			p.Stderr = &text
			err := p.Run()
			if err == nil && n > 8 {
				return // the limit is high enough
			}
			if code := p.ProcessState.ExitCode(); code != fault.Failed || !strings.HasPrefix(text.String(), "rasure: ") || !strings.Contains(text.String(), "too few file descriptors for this process") {
				t.Errorf("exit status %d\n%.400s", code, text.String())
			}
		})
	}
}
