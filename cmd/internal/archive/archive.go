// Package archive reads packed bundles, from a file or from memory: a browser has no files.
package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"rasure/certify/audit"
	"rasure/cmd/message"
)

// Limits of a bundle that a stranger made. Our choice: a bundle has a few dozen small files, and evidence.
const (
	maxMembers = 300_000
	maxKept    = 256 << 20 // bytes held in memory, of everything but evidence
)

// Named reports whether a name is one of a packed bundle.
func Named(name string) bool {
	return strings.HasSuffix(name, ".zst") || strings.HasSuffix(name, ".tzst") || IsZip(name)
}

// archive is a packed bundle as a file system, below its one directory. Small files are in memory; evidence is unpacked again each
// time that it is opened.
type archive struct {
	file  *io.SectionReader
	files map[string]*member
	dirs  map[string][]fs.DirEntry
}

type member struct {
	name  string // base
	full  string // in the archive
	size  int64
	data  []byte // nil for evidence
	zip   *zip.File
	isDir bool
}

// Open reads a packed bundle of size bytes. What a stranger made is not larger in memory than maxKept.
func Open(name string, file io.ReaderAt, size int64) (fs.FS, error) {
	a := &archive{io.NewSectionReader(file, 0, size), map[string]*member{}, map[string][]fs.DirEntry{}}
	kept := int64(0)
	if IsZip(name) {
		return a, a.openZip()
	}
	err := a.each(func(h *tar.Header, r io.Reader) (bool, error) {
		_, inner, ok := strings.Cut(path.Clean(h.Name), "/")
		switch {
		case h.Typeflag == tar.TypeDir:
			return true, nil
		case h.Typeflag != tar.TypeReg:
			return false, message.Errorf("%s is not a regular file", h.Name)
		case !ok || !fs.ValidPath(path.Clean(h.Name)) || a.files[inner] != nil:
			return false, message.Errorf("%q is not a name of a file in a bundle, or is there twice", h.Name)
		case len(a.files) >= maxMembers:
			return false, message.Errorf("it has more than %d files", maxMembers)
		}
		m := &member{name: path.Base(inner), full: h.Name, size: h.Size}
		a.add(inner, m)
		if strings.HasPrefix(inner, audit.EvidenceDir) {
			return true, nil
		}
		if kept += h.Size; kept > maxKept {
			return false, message.Errorf("its files have more than %d bytes", int64(maxKept))
		}
		var err error
		m.data, err = io.ReadAll(r)
		return true, err
	})
	return a, err
}

// Of is a file system of files in memory, by their names.
func Of(files map[string][]byte) fs.FS {
	a := &archive{nil, map[string]*member{}, map[string][]fs.DirEntry{}}
	for name, data := range files {
		a.add(name, &member{name: path.Base(name), full: name, size: int64(len(data)), data: data})
	}
	for _, list := range a.dirs {
		slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return a
}

// add enters a file and the directories above it.
func (a *archive) add(name string, m *member) {
	a.files[name] = m
	for {
		dir := path.Dir(name)
		_, known := a.dirs[dir]
		a.dirs[dir] = append(a.dirs[dir], fs.FileInfoToDirEntry(m))
		if known || dir == "." {
			return
		}
		name, m = dir, &member{name: path.Base(dir), isDir: true}
	}
}

// each calls f for the files of the archive, until it returns false.
func (a *archive) each(f func(*tar.Header, io.Reader) (bool, error)) error {
	z, err := zstd.NewReader(io.NewSectionReader(a.file, 0, a.file.Size()), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
	if err != nil {
		return err
	}
	defer z.Close()
	t := tar.NewReader(z)
	for {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if more, err := f(h, t); err != nil || !more {
			return err
		}
	}
}

func (a *archive) Open(name string) (fs.File, error) {
	if list, ok := a.dirs[name]; ok {
		return &archiveDir{&member{name: path.Base(name), isDir: true}, slices.Clone(list)}, nil
	}
	m := a.files[name]
	switch {
	case m == nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case m.data != nil || m.size == 0:
		return &archiveFile{m, bytes.NewReader(m.data), func() error { return nil }}, nil
	}
	if m.zip != nil {
		r, err := m.zip.Open()
		if err != nil {
			return nil, err
		}
		return &archiveFile{m, r, r.Close}, nil
	}
	r, w := io.Pipe()
	go func() {
		w.CloseWithError(a.each(func(h *tar.Header, data io.Reader) (bool, error) {
			if h.Name != m.full {
				return true, nil
			}
			_, err := io.Copy(w, data)
			return false, err
		}))
	}()
	return &archiveFile{m, r, r.Close}, nil
}

type archiveFile struct {
	*member
	io.Reader
	close func() error
}

func (f *archiveFile) Stat() (fs.FileInfo, error) { return f.member, nil }
func (f *archiveFile) Close() error               { return f.close() }

type archiveDir struct {
	*member
	left []fs.DirEntry
}

func (d *archiveDir) Stat() (fs.FileInfo, error) { return d.member, nil }
func (d *archiveDir) Close() error               { return nil }
func (d *archiveDir) Read([]byte) (int, error)   { return 0, fs.ErrInvalid }

func (d *archiveDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(d.left) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(d.left) {
		n = len(d.left)
	}
	list := d.left[:n]
	d.left = d.left[n:]
	return list, nil
}

func (m *member) Name() string       { return m.name }
func (m *member) Size() int64        { return m.size }
func (m *member) ModTime() time.Time { return time.Time{} }
func (m *member) IsDir() bool        { return m.isDir }
func (m *member) Sys() any           { return nil }
func (m *member) Mode() fs.FileMode {
	if m.isDir {
		return fs.ModeDir | 0o755
	}
	return 0o644
}
