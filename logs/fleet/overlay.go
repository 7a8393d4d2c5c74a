package fleet

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// overlay is a mirror with what a request adds: its checkpoint, and files that a stranger may have made. Package logs verifies all of them.
type overlay struct {
	checkpoint []byte
	added      fs.FS
	mirror     fs.FS
}

// isLogFile reports whether a name is one that a request may add.
func isLogFile(name string) bool {
	return fs.ValidPath(name) && (strings.HasPrefix(name, "tile/") || strings.HasPrefix(name, "attest/"))
}

// Open opens the checkpoint, or a file of the request, or one of the mirror.
func (o overlay) Open(name string) (fs.File, error) {
	if name == "checkpoint" {
		return &memory{Reader: bytes.NewReader(o.checkpoint)}, nil
	}
	if isLogFile(name) {
		f, err := o.added.Open(name)
		if !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return o.mirror.Open(name)
}

// ReadDir lists a directory of both.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	added, err := fs.ReadDir(o.added, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	old, err := fs.ReadDir(o.mirror, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	all := append(added, old...)
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return slices.CompactFunc(all, func(a, b fs.DirEntry) bool { return a.Name() == b.Name() }), nil
}

// memory is a file in memory.
type memory struct{ *bytes.Reader }

func (m *memory) Stat() (fs.FileInfo, error) { return m, nil }
func (m *memory) Close() error               { return nil }
func (m *memory) Name() string               { return "checkpoint" }
func (m *memory) Mode() fs.FileMode          { return 0o444 }
func (m *memory) ModTime() time.Time         { return time.Time{} }
func (m *memory) IsDir() bool                { return false }
func (m *memory) Sys() any                   { return nil }
