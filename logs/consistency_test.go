package logs_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"rasure/logs"
)

func TestConsistency(t *testing.T) {
	t.Parallel()
	o := plain()
	dir := filepath.Join(scratch(t), "log")
	if err := logs.Fill(dir, o, 300, short); err != nil {
		t.Fatal(err)
	}
	s, err := logs.ReadSnapshot(os.DirFS(dir), o.Identity)
	if err != nil {
		t.Fatal(err)
	}
	for size := range int64(301) {
		old, err := s.Head(size)
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.ProveConsistency(old.Size)
		if err == nil {
			err = logs.CheckConsistency(old, s.Checkpoint(), p)
		}
		if err != nil {
			t.Fatalf("from %d: %v", old.Size, err)
		}
		other := old
		other.Root[3] ^= 1
		if err := logs.CheckConsistency(other, s.Checkpoint(), p); old.Size > 0 && !errors.Is(err, logs.ErrCutBack) {
			t.Errorf("another root of %d entries: %v", old.Size, err)
		}
		if err := logs.CheckConsistency(old, s.Checkpoint(), append(p, tlog.Hash{})); err == nil {
			t.Errorf("from %d: a proof with one hash too many was accepted", old.Size)
		}
		if len(p) > 0 && logs.CheckConsistency(old, s.Checkpoint(), p[1:]) == nil {
			t.Errorf("from %d: a proof with one hash too few was accepted", old.Size)
		}
	}
	seven, err := s.Head(7)
	if err != nil {
		t.Fatal(err)
	}
	if err := logs.CheckConsistency(s.Checkpoint(), seven, nil); !errors.Is(err, logs.ErrCutBack) {
		t.Errorf("a shorter log: %v", err)
	}
	for _, size := range []int64{-1, 301} {
		if _, err := s.ProveConsistency(size); err == nil {
			t.Errorf("a proof from size %d", size)
		}
	}
}
