package devices

import (
	"fmt"
	"io/fs"
	"strings"
)

// FileID is what a file is, whatever its path: a hard link, a bind mount and another name of its directory lead to the same one.
// The zero value is no file.
type FileID struct {
	Device uint64 // of its file system, as stat(2) encodes it in st_dev
	Inode  uint64
}

func (id FileID) String() string { return fmt.Sprintf("inode %d on device %d", id.Inode, id.Device) }

// fileIDAt returns the FileID of the regular file or directory under a path, false where there is none or the file system of the
// machine does not say.
func (h *Host) fileIDAt(file string) (FileID, bool) {
	info, err := fs.Stat(h.Root, strings.TrimPrefix(file, "/"))
	if err != nil {
		return FileID{}, false
	}
	return fileIDOf(info)
}
