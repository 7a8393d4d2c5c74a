package logs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"rasure/logs"
	"rasure/logs/durable"
)

// failingFS fails to open, from the call n on.
type failingFS struct {
	fs.FS
	n   atomic.Int32
	err error
}

func (f *failingFS) Open(name string) (fs.File, error) {
	if f.n.Add(-1) < 0 {
		return nil, &fs.PathError{Op: "open", Path: name, Err: f.err}
	}
	return f.FS.Open(name)
}

// TestReadingFails lets each open fail: what cannot be read is not damaged.
func TestReadingFails(t *testing.T) {
	t.Parallel()
	dir, c := filled(t, 600)
	o, old := counted(c, 40), logs.Checkpoint{}
	{
		dir, c := filled(t, 300)
		old = snapshot(t, os.DirFS(dir), counted(c, 40)).Checkpoint()
	}
	all := func(s *logs.Snapshot, from int64) error {
		for _, err := range s.Entries(from) {
			if err != nil {
				return err
			}
		}
		return nil
	}
	for name, read := range map[string]func(*logs.Snapshot) error{
		"Entries":       func(s *logs.Snapshot) error { return all(s, 0) },
		"Entries later": func(s *logs.Snapshot) error { return all(s, 599) },
		"Entry":         func(s *logs.Snapshot) error { _, err := s.Entry(3); return err },
		"Prove":         func(s *logs.Snapshot) error { _, err := s.Prove(3); return err },
		"Extends":       func(s *logs.Snapshot) error { return s.Extends(old) },
		"Export":        func(s *logs.Snapshot) error { return s.Export(filepath.Join(t.TempDir(), "copy")) },
	} {
		for _, want := range []error{syscall.EMFILE, syscall.ENFILE, syscall.EIO, syscall.EACCES} {
			failed := 0
			for n := int32(0); ; n++ {
				f := &failingFS{FS: os.DirFS(dir), err: want}
				f.n.Store(1 << 20)
				s := snapshot(t, f, o)
				f.n.Store(n)
				err := read(s)
				if err == nil {
					break
				}
				failed++
				if !errors.Is(err, want) || errors.Is(err, logs.ErrDamaged) || errors.Is(err, logs.ErrCutBack) {
					t.Errorf("%s, call %d: %v, want %v", name, n, err, want)
				}
				if want == syscall.EMFILE && !strings.Contains(err.Error(), "file descriptors") {
					t.Errorf("%s: %v does not name the descriptors", name, err)
				}
			}
			if failed == 0 {
				t.Errorf("%s: no call failed", name)
			}
		}
	}
}

// TestReadingNarrowTileFails looks for a wider tile and cannot read the directory.
func TestReadingNarrowTileFails(t *testing.T) {
	t.Parallel()
	c := &counter{v: 40}
	l, dir := create(t, counted(c, 40), 3)
	f := &failingFS{FS: os.DirFS(dir), err: syscall.EMFILE}
	f.n.Store(1 << 20)
	s := snapshot(t, f, counted(c, 40))
	add(t, l, 1) // the tiles of 3 entries are gone
	failed := 0
	for n := int32(0); ; n++ {
		f.n.Store(n)
		_, err := s.Entry(2)
		if err == nil {
			break
		}
		if failed++; !errors.Is(err, syscall.EMFILE) || errors.Is(err, logs.ErrDamaged) {
			t.Errorf("call %d: %v, want %v", n, err, syscall.EMFILE)
		}
	}
	if failed < 4 {
		t.Errorf("only %d calls failed", failed)
	}
}

// TestAppendReadingFails has too few descriptors in the middle of the life of a handle.
func TestAppendReadingFails(t *testing.T) {
	t.Parallel()
	dir, c := filled(t, 3)
	l, err := logs.Open(dir, counted(c, 40))
	if err != nil {
		t.Fatal(err)
	}
	f := &failingFS{FS: os.DirFS(dir), err: syscall.EMFILE}
	l.SetFS(f)
	if _, err := l.Append(short(3)); !errors.Is(err, syscall.EMFILE) || errors.Is(err, logs.ErrDamaged) || errors.Is(err, logs.ErrUnfinished) {
		t.Errorf("Append = %v, want %v", err, syscall.EMFILE)
	}
	f.n.Store(1 << 20)
	if i, err := l.Append(short(3)); i != 3 || err != nil {
		t.Errorf("Append afterwards = %d, %v", i, err)
	}
}

// TestReadingChangesNothing reads a directory that has no lock, and looks for traces.
func TestReadingChangesNothing(t *testing.T) {
	t.Parallel()
	dir, c := filled(t, 300)
	o := counted(c, 40)
	list := func() (names []string) {
		filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if info, err := d.Info(); err == nil {
				names = append(names, fmt.Sprint(name, info.ModTime(), info.Size()))
			}
			return err
		})
		return names
	}
	before := list()
	s, err := logs.ReadCounted(durable.FS(dir), o.Identity, c)
	if err != nil {
		t.Fatal(err)
	}
	_, err1 := s.Entry(3)
	_, err2 := s.Prove(3)
	err3 := s.Export(filepath.Join(t.TempDir(), "copy"))
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	if now := list(); !slices.Equal(before, now) {
		t.Errorf("the directory has changed from\n%v\nto\n%v", before, now)
	}
}

func TestReadCounted(t *testing.T) {
	t.Parallel()
	c := &counter{v: 40}
	o := counted(c, 40)
	l, dir := create(t, o, 3)
	read := func() error {
		_, err := logs.ReadCounted(os.DirFS(dir), o.Identity, c)
		return err
	}
	if err := read(); err != nil {
		t.Error(err)
	}
	next := l.Intent(short(3))
	for v, want := range map[uint64]error{42: logs.ErrCounterBehind, 44: logs.ErrCutBack, 50: logs.ErrCutBack} {
		c.v = v
		if err := read(); !errors.Is(err, want) {
			t.Errorf("counter %d of 43: %v, want %v", v, err, want)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "intent"), next, 0o644); err != nil {
		t.Fatal(err)
	}
	for v, want := range map[uint64]error{43: nil, 44: nil, 45: logs.ErrCutBack} {
		c.v = v
		if err := read(); !errors.Is(err, want) {
			t.Errorf("an intent, and counter %d of 43: %v, want %v", v, err, want)
		}
	}
}

// TestOpenVerified opens a log of which a prefix was verified before.
func TestOpenVerified(t *testing.T) {
	t.Parallel()
	dir, c := filled(t, 700)
	o := counted(c, 40)
	whole, err := logs.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{0, 1, 256, 300, 699, 700} {
		old, oldCounter := filled(t, size)
		v := snapshot(t, os.DirFS(old), counted(oldCounter, 40)).Checkpoint()
		o.Verified = &v
		l, err := logs.Open(dir, o)
		if err != nil || l.Snapshot().Checkpoint() != whole.Snapshot().Checkpoint() {
			t.Errorf("verified up to %d: %v", size, err)
		}
		forged := v
		forged.Root[0] ^= 1
		o.Verified = &forged
		if _, err := logs.Open(dir, o); size > 0 && !errors.Is(err, logs.ErrCutBack) {
			t.Errorf("another prefix of %d: %v, want %v", size, err, logs.ErrCutBack)
		}
	}
	// What is behind the prefix is read.
	old, oldCounter := filled(t, 300)
	v := snapshot(t, os.DirFS(old), counted(oldCounter, 40)).Checkpoint()
	o.Verified = &v
	files := inMemory(t, dir)
	for name, f := range files {
		if name == "checkpoint" {
			continue
		}
		bad := copyDir(t, dir)
		data := slices.Clone(f.Data)
		data[len(data)-1] ^= 1
		if err := os.WriteFile(filepath.Join(bad, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := logs.Open(bad, o)
		if name == "attest/000" || name == "attest/001" {
			if err != nil {
				t.Errorf("%s damaged: %v, and no append copies it", name, err)
			}
			continue
		}
		if before := name == "tile/entries/000" || name == "tile/0/000"; before != (err == nil) && name != "tile/0/000" {
			t.Errorf("%s damaged: %v", name, err)
		} else if err != nil && (!errors.Is(err, logs.ErrDamaged) || !strings.Contains(err.Error(), name)) {
			t.Errorf("%s damaged: the error does not name it: %v", name, err)
		}
	}
	l, err := logs.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	add(t, l, 1)
}

func TestNames(t *testing.T) {
	t.Parallel()
	key := make([]byte, 32)
	for _, name := range []string{"", ".", "..", "a/../b", "/a", "a//b", "a/", "rasure-witness", "Rasure-x", "two words", "a+b", "a\nb", "\u4e2d", strings.Repeat("a", 101)} {
		o := plain()
		o.Origin = name
		if _, err := logs.Create(filepath.Join(scratch(t), "log"), o); err == nil {
			t.Errorf("a log has the origin %q", name)
		}
		if _, err := logs.NewCosigner(name, key); err == nil {
			t.Errorf("a cosigner has the name %q", name)
		}
	}
	for _, name := range []string{"a", "station7.archive.example", "example.com/log/2026", "a..b"} {
		if _, err := logs.NewCosigner(name, key); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestMalleatedCheckpoint rewrites the signature (r, s) as (r, n-s): it is the same checkpoint.
func TestMalleatedCheckpoint(t *testing.T) {
	t.Parallel()
	dir, c := filled(t, 5)
	o := counted(c, 40)
	l, err := logs.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "checkpoint")
	signed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	other := malleate(t, signed)
	if string(other) == string(signed) {
		t.Fatal("the signature was not changed")
	}
	if err := os.WriteFile(file, other, 0o644); err != nil {
		t.Fatal(err)
	}
	if s := snapshot(t, os.DirFS(dir), o); s.Checkpoint() != l.Snapshot().Checkpoint() {
		t.Error("it is taken for another checkpoint")
	}
	if i, err := l.Append(short(5)); i != 5 || err != nil {
		t.Errorf("Append = %d, %v", i, err)
	}
	if cp, err := audit(t, dir, o, nil); err != nil || cp.Size != 6 {
		t.Errorf("audit = %v, %v", cp, err)
	}
}
