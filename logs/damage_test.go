package logs_test

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"rasure/logs"
)

// inMemory returns the files of dir.
func inMemory(t *testing.T, dir string) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == "lock" {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		m[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// detected audits files with name replaced by data, and demands that this is
// refused, and that the file or its counterpart is named.
func detected(t *testing.T, files fstest.MapFS, p logs.Identity, name string, data []byte) {
	t.Helper()
	m := maps.Clone(files)
	delete(m, name)
	if data != nil {
		m[name] = &fstest.MapFile{Data: data}
	}
	_, err := auditLog(m, p, nil, nil)
	switch {
	case err == nil:
		t.Errorf("%s: changed from %x to %x, and this was not noticed", name, files[name].Data, data)
	case strings.HasPrefix(name, "attest/") && strings.Contains(err.Error(), "the record of entry "):
	case !strings.Contains(err.Error(), name):
		t.Errorf("%s: changed, and the error does not name it: %v", name, err)
	case name != "checkpoint" && !errors.Is(err, logs.ErrDamaged):
		t.Errorf("%s: changed, and the error is not ErrDamaged: %v", name, err)
	}
}

func TestAuditDamaged(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, 1, 3, 258} {
		dir, c := filled(t, size)
		files, p := inMemory(t, dir), counted(c, 40).Identity
		if _, err := auditLog(files, p, nil, nil); err != nil {
			t.Fatal(err)
		}
		type change struct {
			name string
			data []byte
		}
		changes := make(chan change)
		var wg sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			wg.Go(func() {
				for c := range changes {
					detected(t, files, p, c.name, c.data)
				}
			})
		}
		count := 0
		for name, f := range files {
			for i := range f.Data {
				for bit := range 8 {
					if size > 3 && (i+bit)%40 != 0 || size > 3 && strings.HasPrefix(name, "attest/") && i%50 != 0 {
						continue // enough of a large file
					}
					data := bytes.Clone(f.Data)
					data[i] ^= 1 << bit
					changes <- change{name, data}
					count++
				}
			}
			for _, data := range [][]byte{nil, {}, f.Data[:len(f.Data)-1], append(bytes.Clone(f.Data), 0), append(bytes.Clone(f.Data), '\n')} {
				changes <- change{name, data}
				count++
			}
		}
		close(changes)
		wg.Wait()
		t.Logf("log of %d entries: %d files, %d changes", size, len(files), count)
	}
}

func TestOpenDamaged(t *testing.T) {
	t.Parallel()
	dir, c := filled(t, 258)
	for name := range inMemory(t, dir) {
		bad := copyDir(t, dir)
		data, _ := os.ReadFile(filepath.Join(bad, name))
		data[len(data)/2] ^= 4
		os.WriteFile(filepath.Join(bad, name), data, 0o644)
		if name == "attest/000" {
			continue // nothing is copied from it: an audit reads it
		}
		if _, err := logs.Open(bad, counted(c, 40)); err == nil {
			t.Errorf("opened a log with a changed byte in %s", name)
		}
		if now, _ := os.ReadFile(filepath.Join(bad, name)); !bytes.Equal(now, data) {
			t.Errorf("%s: the damage was written over", name)
		}
	}
}

func TestIntentDamaged(t *testing.T) {
	t.Parallel()
	dir, c := filled(t, 2)
	l, err := logs.Open(dir, counted(c, 40))
	if err != nil {
		t.Fatal(err)
	}
	next := l.Intent([]byte("third\n"))
	behind := func(i int64) []byte { // an intent for entry i, made when the log had i
		d, c := filled(t, i)
		l, err := logs.Open(d, counted(c, 40))
		if err != nil {
			t.Fatal(err)
		}
		return l.Intent(short(i))
	}
	tests := []struct {
		name   string
		intent []byte
		v      uint64 // counter
		size   int64  // after the intent is finished, or -1
		want   error
	}{
		{"not counted yet", next, 42, 3, nil},
		{"counted", next, 43, 3, nil},
		{"committed", behind(1), 42, 2, nil},
		{"of the past", behind(0), 42, -1, logs.ErrDamaged},
		{"of the future", behind(3), 42, -1, logs.ErrDamaged},
		{"counted twice", next, 44, -1, logs.ErrCutBack},
		{"not counted at all", next, 41, -1, logs.ErrCounterBehind},
		{"committed and counted again", behind(1), 43, -1, logs.ErrCutBack},
		{"empty file", []byte{}, 42, -1, logs.ErrDamaged},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			open := func(intent []byte) (int64, error) {
				dir, c := copyDir(t, dir), &counter{v: tt.v}
				os.WriteFile(filepath.Join(dir, "intent"), intent, 0o644)
				l, err := logs.Open(dir, counted(c, 40))
				if err != nil {
					now, _ := os.ReadFile(filepath.Join(dir, "intent"))
					if !bytes.Equal(now, intent) || c.v != tt.v {
						t.Errorf("refused, yet intent or counter have changed")
					}
					return -1, err
				}
				return l.Size(), nil
			}
			if size, err := open(tt.intent); size != tt.size || !errors.Is(err, tt.want) {
				t.Errorf("Open = %d entries, %v, want %d, %v", size, err, tt.size, tt.want)
			}
			for i := range tt.intent {
				bad := bytes.Clone(tt.intent)
				bad[i] ^= 1 << (i % 8)
				if _, err := open(bad); tt.want == nil && !errors.Is(err, logs.ErrDamaged) {
					t.Errorf("byte %d of the intent changed: Open = %v, want %v", i, err, logs.ErrDamaged)
				}
			}
		})
	}
}

func TestStrayTiles(t *testing.T) {
	t.Parallel()
	dir, c := filled(t, 3)
	os.WriteFile(filepath.Join(dir, "tile/entries/000.p/4"), []byte("stray"), 0o644)
	os.WriteFile(filepath.Join(dir, "tile/0/000.p/4"), []byte("stray"), 0o644)
	os.WriteFile(filepath.Join(dir, "tile/0/000.p/.4.tmp"), []byte("stray"), 0o644)
	whole(t, dir, c, 3)
}

func TestAuditOtherFiles(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{1, 256, 300} {
		dir, c := filled(t, size)
		o, other := counted(c, 40), scratch(t)
		if err := logs.Fill(other, o, size, func(i int64) []byte { return append(short(i), 'x') }); err != nil {
			t.Fatal(err)
		}
		files := inMemory(t, other)
		detected(t, files, o.Identity, "checkpoint", inMemory(t, dir)["checkpoint"].Data)
	}
}

func TestAppendDamaged(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"tile/entries/000.p/4", "tile/0/000.p/4", "checkpoint"} {
		dir, c := filled(t, 3)
		l, err := logs.Open(dir, counted(c, 40))
		if err != nil {
			t.Fatal(err)
		}
		other, err := logs.Open(dir, counted(c, 40))
		if err != nil {
			t.Fatal(err)
		}
		add(t, other, 1)
		file := filepath.Join(dir, name)
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		data[len(data)-5] ^= 1
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Append([]byte("x")); err == nil || name != "checkpoint" && !errors.Is(err, logs.ErrDamaged) {
			t.Errorf("%s damaged: Append = %v, want %v", name, err, logs.ErrDamaged)
		}
		if c.v != 44 {
			t.Errorf("%s damaged, and the counter went to %d", name, c.v)
		}
	}
}
