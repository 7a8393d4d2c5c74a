package station

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"testing"

	"rasure/certify/audit"
	"rasure/logs"
)

func TestCache(t *testing.T) {
	t.Parallel()
	s := newTest(t)
	s.every = 5
	size := func(s *Station, want int64) {
		t.Helper()
		state, err := s.State()
		if err != nil || state.Checkpoint.Size != want || len(state.Chain.Open()) != int(want)-1 {
			t.Fatalf("state of %d entries, error %v", state.Checkpoint.Size, err)
		}
	}
	file := func() []byte {
		t.Helper()
		data, err := os.ReadFile(s.Path(CacheFile))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	early := t.TempDir() + "/log"
	if err := os.CopyFS(early, s.FS()); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if _, err := s.Append(begin(t, s, fmt.Sprintf("01JOB%d", i))); err != nil {
			t.Fatal(err)
		}
	}
	fresh := func() *Station {
		again := reopen(t, s)
		again.every = s.every
		return again
	}
	size(fresh(), 6)
	info, err := os.Stat(s.Path(CacheFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("cache %v, %v", info, err)
	}
	first := file()
	again := fresh()
	if cp, ok := again.cached(first); !ok || cp.Size != 6 {
		t.Errorf("cached %v, %v", cp, ok)
	}
	if size(again, 6); !bytes.Equal(file(), first) {
		t.Error("a cache that is new enough was written again")
	}
	for name, data := range map[string][]byte{"damaged": append(bytes.Clone(first[:len(first)-1]), first[len(first)-1]^1), "empty": {}, "text": []byte("verified\n")} {
		if err := os.WriteFile(s.Path(CacheFile), data, 0o600); err != nil {
			t.Fatal(err)
		}
		size(fresh(), 6)
		if _, ok := audit.CachedCheckpoint(file(), s.id, s.program()); !ok {
			t.Errorf("%s: the cache was not made again", name)
		}
	}
	// A log that was cut back is consistent in itself, and a software key has no counter: the cache shows it.
	if err := errors.Join(os.RemoveAll(s.Path(LogDir)), os.Rename(early, s.Path(LogDir))); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(s.dir, s.o); !errors.Is(err, logs.ErrCutBack) {
		t.Errorf("error is %v", err)
	}
}
