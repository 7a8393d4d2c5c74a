// Package interrupt makes readers that end when a context does, so that Ctrl-C ends whatever reads from them. They fail with
// [fault.ErrInterrupted] then.
package interrupt

import (
	"context"
	"io"
	"io/fs"

	"rasure/cmd/internal/fault"
)

// Reader reads from r until ctx ends.
func Reader(ctx context.Context, r io.Reader) io.Reader { return reader{ctx, r} }

type reader struct {
	ctx context.Context
	io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, fault.ErrInterrupted
	}
	return r.Reader.Read(p)
}

// ReaderAt reads from r until ctx ends.
func ReaderAt(ctx context.Context, r io.ReaderAt) io.ReaderAt { return readerAt{ctx, r} }

type readerAt struct {
	ctx context.Context
	io.ReaderAt
}

func (r readerAt) ReadAt(p []byte, off int64) (int, error) {
	if r.ctx.Err() != nil {
		return 0, fault.ErrInterrupted
	}
	return r.ReaderAt.ReadAt(p, off)
}

// FS opens files of f, and reads them, until ctx ends.
func FS(ctx context.Context, f fs.FS) fs.FS { return fileSystem{ctx, f} }

type fileSystem struct {
	ctx context.Context
	fs.FS
}

func (f fileSystem) Open(name string) (fs.File, error) {
	if f.ctx.Err() != nil {
		return nil, fault.ErrInterrupted
	}
	opened, err := f.FS.Open(name)
	if d, ok := opened.(fs.ReadDirFile); ok && err == nil {
		if info, err := opened.Stat(); err == nil && info.IsDir() {
			return d, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return file{opened, reader{f.ctx, opened}}, nil
}

type file struct {
	fs.File
	r reader
}

func (f file) Read(p []byte) (int, error) { return f.r.Read(p) }
