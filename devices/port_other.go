//go:build !linux

package devices

import (
	"errors"
	"io/fs"
	"os"
)

func machine() fs.FS { return os.DirFS("/") }

func openPort(path string, write bool) (Port, error) {
	return nil, &fs.PathError{Op: "open", Path: path, Err: errors.ErrUnsupported}
}

func loopStatus(loop string) (LoopStatus, error) {
	return LoopStatus{}, &fs.PathError{Op: "open", Path: loop, Err: errors.ErrUnsupported}
}
