package logs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"rasure/logs"
)

// readingFS counts how often each file is opened.
type readingFS struct {
	fs.FS
	mu    sync.Mutex
	opens map[string]int
}

func newReadingFS(f fs.FS) *readingFS { return &readingFS{FS: f, opens: map[string]int{}} }

func (r *readingFS) Open(name string) (fs.File, error) {
	r.mu.Lock()
	r.opens[name]++
	r.mu.Unlock()
	return r.FS.Open(name)
}

func (r *readingFS) taken() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.opens
	r.opens = map[string]int{}
	return was
}

// large is a log with three levels of tiles, in memory. Nobody changes it.
var large = sync.OnceValues(func() (fs.FS, logs.Options) {
	o := counted(&counter{v: 40 + 66000}, 40)
	dir, err := os.MkdirTemp("", "logs-test-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = logs.Fill(dir, o, 66000, short)
	}
	m := fstest.MapFS{}
	if err == nil {
		err = fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(filepath.Join(dir, name))
			m[name] = &fstest.MapFile{Data: data}
			return err
		})
	}
	if err != nil {
		panic(err)
	}
	return m, o
})

func snapshot(t testing.TB, dir fs.FS, o logs.Options) *logs.Snapshot {
	t.Helper()
	s, err := logs.ReadSnapshot(dir, o.Identity)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEntries(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, 1, 255, 256, 257, 600, 66000} {
		t.Run(fmt.Sprintf("%d entries", size), func(t *testing.T) {
			t.Parallel()
			files, o := large()
			if size != 66000 {
				dir, c := filled(t, size)
				files, o = os.DirFS(dir), counted(c, 40)
			}
			s := snapshot(t, files, o)
			for _, from := range []int64{0, 1, 255, 256, 257, 511, 512, 65535, 65536, 65537, size - 1, size} {
				if from < 0 || from > size {
					continue
				}
				want := from
				for e, err := range s.Entries(from) {
					if err != nil || e.Index != want || string(e.Data) != string(short(want)) {
						t.Fatalf("from %d: got entry %d, %q, %v, want entry %d", from, e.Index, e.Data, err, want)
					}
					want++
				}
				if want != size {
					t.Errorf("from %d: ended before entry %d", from, want)
				}
			}
			for _, from := range []int64{-1, size + 1, 1 << 60} {
				n := 0
				for _, err := range s.Entries(from) {
					if n++; err == nil || n > 1 {
						t.Errorf("from %d: got an entry", from)
					}
				}
				if n == 0 {
					t.Errorf("from %d: no error", from)
				}
			}
		})
	}
}

// TestEntriesReadsOnce counts what is opened.
func TestEntriesReadsOnce(t *testing.T) {
	t.Parallel()
	dir, o := large()
	files := newReadingFS(dir)
	s := snapshot(t, files, o)
	read := func(from int64) map[string]int {
		t.Helper()
		files.taken()
		for _, err := range s.Entries(from) {
			if err != nil {
				t.Fatal(err)
			}
		}
		return files.taken()
	}
	t.Run("each file once", func(t *testing.T) {
		opens := read(0)
		for name, n := range opens {
			if n != 1 {
				t.Errorf("%s was opened %d times", name, n)
			}
		}
		if len(opens) < 516 {
			t.Errorf("only %d files were opened", len(opens))
		}
	})
	t.Run("from an index on, little of what is before", func(t *testing.T) {
		for _, from := range []int64{65535, 65536, 65999, 66000} {
			for name, n := range read(from) {
				if index := strings.TrimPrefix(name, "tile/entries/"); n != 1 || index != name && index < fmt.Sprint(from/256) {
					t.Errorf("from %d: %s was opened %d times", from, name, n)
				}
			}
		}
		if opens := read(66000); len(opens) > 5 {
			t.Errorf("from the end: opened %v", opens)
		}
	})
	t.Run("a break ends the reading", func(t *testing.T) {
		files.taken()
		for range s.Entries(0) {
			break
		}
		n := 0
		for name := range files.taken() {
			if strings.HasPrefix(name, "tile/entries/") {
				n++
			}
		}
		if n > 4 {
			t.Errorf("%d bundles were read", n)
		}
	})
}

// TestEntriesDamaged changes a bit of each file and reads from different places on.
func TestEntriesDamaged(t *testing.T) {
	t.Parallel()
	dir, c := filled(t, 600)
	o, files := counted(c, 40), inMemory(t, dir)
	for name, f := range files {
		if name == "checkpoint" {
			continue
		}
		for _, at := range []int{0, len(f.Data) / 2, len(f.Data) - 1} {
			m := maps.Clone(files)
			data := append([]byte{}, f.Data...)
			data[at] ^= 1
			m[name] = &fstest.MapFile{Data: data}
			s := snapshot(t, m, o)
			for _, from := range []int64{0, 256, 599, 600} {
				seen, failed := from, error(nil)
				for e, err := range s.Attested(from) {
					if failed != nil {
						t.Fatalf("%s: the iteration continues after %v", name, failed)
					}
					if failed = err; err == nil && string(e.Data) != string(short(e.Index)) {
						t.Fatalf("%s: entry %d is %q", name, e.Index, e.Data)
					}
					if seen++; err != nil {
						continue
					}
					if _, failed = o.VerifyRecord(e.Head, e.Record); failed != nil {
						break // Attested leaves it to its caller
					}
				}
				if failed == nil && (from == 0 || seen != 600) {
					t.Errorf("%s, byte %d, from %d: not noticed", name, at, from)
				}
				if failed != nil && (!errors.Is(failed, logs.ErrDamaged) || !strings.Contains(failed.Error(), name)) && !strings.HasPrefix(name, "attest/") {
					t.Errorf("%s, byte %d, from %d: %v", name, at, from, failed)
				}
			}
		}
	}
}

func TestExtends(t *testing.T) {
	t.Parallel()
	dir, o := large()
	files := newReadingFS(dir)
	s := snapshot(t, files, o)
	for _, size := range []int64{0, 1, 255, 256, 300, 2000, 65536, 66000} {
		old, c := filled(t, size)
		before := snapshot(t, os.DirFS(old), counted(c, 40)).Checkpoint()
		files.taken()
		if err := s.Extends(before); err != nil {
			t.Errorf("%d entries: %v", size, err)
		}
		opens := files.taken()
		for name := range opens {
			if strings.HasPrefix(name, "tile/entries/") {
				t.Errorf("%d entries: %s was read", size, name)
			}
		}
		if len(opens) > 10 {
			t.Errorf("%d entries: %d tiles were read", size, len(opens))
		}
		if size == 0 {
			continue
		}
		before.Root[5] ^= 1
		if err := s.Extends(before); !errors.Is(err, logs.ErrCutBack) {
			t.Errorf("%d other entries: %v, want %v", size, err, logs.ErrCutBack)
		}
		before.Size = 66001
		if err := s.Extends(before); !errors.Is(err, logs.ErrCutBack) {
			t.Errorf("cut back: %v, want %v", err, logs.ErrCutBack)
		}
		before.Origin = "another"
		if err := s.Extends(before); err == nil || errors.Is(err, logs.ErrCutBack) {
			t.Errorf("a checkpoint of another log: %v", err)
		}
	}
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	c := &counter{v: 40}
	o := counted(c, 40)
	l, dir := create(t, o, 300)
	s := snapshot(t, os.DirFS(dir), o)
	add(t, l, 300)
	if s.Size() != 300 || l.Snapshot().Size() != 600 {
		t.Errorf("sizes %d and %d, want 300 and 600", s.Size(), l.Snapshot().Size())
	}
	for _, i := range []int64{0, 255, 256, 299} {
		if e, err := s.Entry(i); err != nil || string(e) != string(short(i)) {
			t.Errorf("Entry(%d) = %q, %v", i, e, err)
		}
		p, err := s.Prove(i)
		if err != nil {
			t.Errorf("Prove(%d): %v", i, err)
		}
		if inc, err := logs.Verify(o.Identity, short(i), p); err != nil || inc.Checkpoint != s.Checkpoint() {
			t.Errorf("proof of %d: %+v, %v", i, inc, err)
		}
	}
	if _, err := s.Entry(300); err == nil {
		t.Error("a snapshot of 300 entries has an entry 300")
	}
	n := int64(0)
	for _, err := range s.Entries(0) {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if n != 300 {
		t.Errorf("%d entries, want 300", n)
	}
	if _, err := logs.ReadSnapshot(os.DirFS(filepath.Join(dir, "none")), o.Identity); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, logs.ErrDamaged) {
		t.Errorf("no log: %v", err)
	}
}
