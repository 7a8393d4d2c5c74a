//go:build !linux

package devices

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

func machine() fs.FS { return os.DirFS("/") }

// OpenFile opens a disk for reading through the page cache, on Linux.
func (h *Host) OpenFile(_ context.Context, d Disk) (*os.File, error) {
	return nil, &fs.PathError{Op: "open", Path: d.Path, Err: errors.ErrUnsupported}
}

func openPort(path string, write bool) (Port, error) {
	return nil, &fs.PathError{Op: "open", Path: path, Err: errors.ErrUnsupported}
}

func loopStatus(loop string) (LoopStatus, error) {
	return LoopStatus{}, &fs.PathError{Op: "open", Path: loop, Err: errors.ErrUnsupported}
}
