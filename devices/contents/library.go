package contents

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/diskfs/go-diskfs/backend"
	"github.com/diskfs/go-diskfs/filesystem"
	"github.com/diskfs/go-diskfs/filesystem/iso9660"
	"github.com/diskfs/go-diskfs/filesystem/squashfs"
)

// libraryRoot lists the root of what go-diskfs opens.
func (d disk) libraryRoot(name string, n *names) (err error) {
	var f filesystem.FileSystem
	s := storage{io.NewSectionReader(d.r, 0, d.size)}
	if name == squash {
		f, err = squashfs.Read(s, d.size, 0, 0)
	} else {
		f, err = iso9660.Read(s, d.size, 0, 0)
	}
	if err != nil {
		return err
	}
	entries, err := f.ReadDir(".") // "/" is refused
	for _, e := range entries {
		n.add(e.Name(), e.IsDir())
	}
	return err
}

// storage is a volume as go-diskfs needs it: a read-only file with the volume at its start. (Its iso9660 ignores the start that can be
// given.)
type storage struct{ *io.SectionReader }

var _ backend.Storage = storage{}

func (storage) Stat() (fs.FileInfo, error)              { return nil, errors.ErrUnsupported }
func (storage) Sys() (*os.File, error)                  { return nil, backend.ErrNotSuitable }
func (storage) Writable() (backend.WritableFile, error) { return nil, backend.ErrIncorrectOpenMode }
func (storage) Path() string                            { return "" }
func (storage) Close() error                            { return nil }
