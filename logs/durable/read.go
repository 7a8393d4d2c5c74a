package durable

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"rasure/cmd/message"
)

var (
	// ErrNotRegular reports a directory, FIFO, socket or device where a file was expected.
	ErrNotRegular = message.New("not a regular file")

	// ErrTooLong reports a file that is longer than its reader takes.
	ErrTooLong = message.New("the file is too long")
)

// OpenFile opens a file for reading that a stranger may have made. It never waits: what is not a regular file, be it a FIFO, a
// device, a socket or a directory, is refused with [ErrNotRegular]. A symbolic link is followed, as a person who names one
// expects. An error of the system is named, see [Explain].
func OpenFile(name string) (*os.File, error) {
	// Not opened at all, if possible: the opening of some devices does something.
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, message.Errorf("opening %s: %w", name, ErrNotRegular)
	}
	f, err := os.OpenFile(name, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, Explain(err)
	}
	return regular(f, name)
}

// ReadFile reads a file of at most limit bytes that a stranger may have made. It refuses what [OpenFile] refuses, and a longer
// file with [ErrTooLong], whatever its size claims to be: an endless file fills no memory.
func ReadFile(name string, limit int64) ([]byte, error) {
	f, err := OpenFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, name, limit)
}

// FS is [os.DirFS] for a directory of files that a stranger may have made: it opens regular files and directories only, never
// waits, and follows no symbolic link that leads out of dir.
func FS(dir string) fs.FS { return strangers(dir) }

type strangers string

func (s strangers) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	root, err := os.OpenRoot(string(s))
	if err != nil {
		return nil, Explain(err)
	}
	defer root.Close()
	return openIn(root, filepath.FromSlash(name))
}

// openIn opens a regular file or a directory.
func openIn(root *os.Root, name string) (*os.File, error) {
	if info, err := root.Stat(name); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: ErrNotRegular}
	}
	f, err := root.OpenFile(name, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, Explain(err)
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return f, nil
	}
	return regular(f, name)
}

// regular returns f, or closes it and returns an error if it is not a regular file.
func regular(f *os.File, name string) (*os.File, error) {
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = message.Errorf("opening %s: %w", name, ErrNotRegular)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func readAll(f *os.File, name string, limit int64) ([]byte, error) {
	tooLong := message.Errorf("reading %s: %w: it has more than %d bytes", name, ErrTooLong, limit)
	if n, _ := f.ReadAt(make([]byte, 1), limit); n == 1 { // so that no memory is filled with what is refused
		return nil, tooLong
	}
	var b bytes.Buffer
	if info, err := f.Stat(); err == nil {
		b.Grow(int(min(info.Size(), limit)) + bytes.MinRead) // the size is only a hint
	}
	if _, err := b.ReadFrom(io.LimitReader(f, limit+1)); err != nil {
		return nil, Explain(err)
	}
	if int64(b.Len()) > limit {
		return nil, tooLong
	}
	return b.Bytes(), nil
}
