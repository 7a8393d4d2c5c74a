//go:build !linux

package devices

import (
	"errors"
	"io/fs"
)

func nodeOf(fs.FileInfo) (Number, bool) { return Number{}, false }

func fileIDOf(info fs.FileInfo) (FileID, bool) {
	id, ok := info.Sys().(FileID)
	return id, ok
}

func fileNumber(fs.FileInfo) Number { return Number{} }

func vanished(err error) bool { return errors.Is(err, fs.ErrNotExist) }
