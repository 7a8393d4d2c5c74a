package logs_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"rasure/logs"
)

// TestUpdate brings a copy up to date as the log grows, writes nothing again that is there, and repairs what was lost.
func TestUpdate(t *testing.T) {
	t.Parallel()
	dir, o := filepath.Join(t.TempDir(), "log"), plain()
	l, err := logs.Create(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	to, n := filepath.Join(t.TempDir(), "copy"), int64(0)
	grow := func(until int64) {
		t.Helper()
		for ; n < until; n++ {
			if _, err := l.Append([]byte{byte(n), byte(n >> 8)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Snapshot().Update(to); err != nil {
			t.Fatalf("%d entries: %v", n, err)
		}
		if cp, err := auditLog(os.DirFS(to), o.Identity, nil, nil); err != nil || cp.Size != n {
			t.Errorf("%d entries: audit of the copy: %d entries, %v", n, cp.Size, err)
		}
	}
	grow(0)
	grow(300)
	full := filepath.Join(to, "tile/entries/000")
	before, err := os.Stat(full)
	if err != nil {
		t.Fatal(err)
	}
	grow(301)
	if after, err := os.Stat(full); err != nil || !os.SameFile(before, after) {
		t.Errorf("a full bundle was written again: %v", err)
	}
	if err := os.WriteFile(full, []byte("damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
	grow(301)
}

// TestUpdateRefused has a copy of another log, one with more entries, and one that is no log.
func TestUpdateRefused(t *testing.T) {
	t.Parallel()
	dir, o := filepath.Join(t.TempDir(), "log"), plain()
	l, err := logs.Create(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	origin := o.Identity.Origin
	for name, checkpoint := range map[string]string{"another log": "other.example/log\n0\nAAAA\n", "more entries": origin + "\n1\nAAAA\n", "no number": origin + "\nx\nAAAA\n", "empty": ""} {
		to := t.TempDir()
		if err := os.WriteFile(filepath.Join(to, "checkpoint"), []byte(checkpoint), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := l.Snapshot().Update(to); !errors.Is(err, logs.ErrNewer) {
			t.Errorf("%s: %v", name, err)
		}
		if text, err := os.ReadFile(filepath.Join(to, "checkpoint")); err != nil || string(text) != checkpoint {
			t.Errorf("%s: it was overwritten: %q, %v", name, text, err)
		}
	}
}
