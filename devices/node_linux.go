package devices

import (
	"errors"
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

// nodeOf returns the number of a block device node, false for any other file.
func nodeOf(info fs.FileInfo) (Number, bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Mode&syscall.S_IFMT != syscall.S_IFBLK {
		return Number{}, false
	}
	return Number{unix.Major(stat.Rdev), unix.Minor(stat.Rdev)}, true
}

// fileIDOf returns the identity of a regular file or a directory, false for anything else. A machine of memory gives a FileID itself.
func fileIDOf(info fs.FileInfo) (FileID, bool) {
	if !info.Mode().IsRegular() && !info.IsDir() {
		return FileID{}, false
	}
	switch stat := info.Sys().(type) {
	case *syscall.Stat_t:
		return FileID{uint64(stat.Dev), stat.Ino}, true
	case FileID:
		return stat, stat != FileID{}
	}
	return FileID{}, false
}

// fileNumber returns the number of an image file: the device of its file system, and the low half of its inode.
func fileNumber(info fs.FileInfo) Number {
	id, _ := fileIDOf(info)
	return Number{uint32(id.Device), uint32(id.Inode)}
}

// vanished reports whether a process or disk went away while it was looked at.
func vanished(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH)
}
