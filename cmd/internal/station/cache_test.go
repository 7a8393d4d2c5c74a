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

// What the cache of erasures says is read again: a wrong one changes nothing, and one of another log is not used.
func TestErasuresCache(t *testing.T) {
	t.Parallel()
	s := newTest(t)
	s.every = 1
	if _, err := s.Append(begin(t, s, "01JOB")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.State(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(s.Path(ErasuresFile))
	if err != nil || string(text) != "rasure-erasures 1 2\n" {
		t.Fatalf("%q, %v", text, err)
	}
	for _, cache := range []string{"", "rasure-erasures 1 2\nS1\t1\n", "rasure-erasures 1 9\nS1\t3\n", "rasure-erasures 1 x\nS1\t1\n", "S1\t1\n", "rasure-erasures 1 2\nS1\t-1\nS1\t99\n"} {
		if err := os.WriteFile(s.Path(ErasuresFile), []byte(cache), 0o600); err != nil {
			t.Fatal(err)
		}
		if found, err := Erasures(s.dir, []string{"S1", ""}); len(found) != 0 || err != nil {
			t.Errorf("%q: %v, %v", cache, found, err)
		}
	}
}

func TestCachedErasures(t *testing.T) {
	t.Parallel()
	size, newest := cachedErasures([]byte("rasure-erasures 1 100\nS1\t7\nS12\t9\nXS1\t8\n"), []string{"S1", "XS1", "S", "", "S12"})
	if size != 100 || len(newest) != 3 || newest["S1"] != 7 || newest["S12"] != 9 || newest["XS1"] != 8 {
		t.Errorf("%d, %v", size, newest)
	}
}
