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

// fileNumber returns what stands for the number of an image file: its file system's device and the low half of its inode.
func fileNumber(info fs.FileInfo) Number {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return Number{uint32(stat.Dev), uint32(stat.Ino)}
	}
	return Number{}
}

// vanished reports whether a process or disk went away while it was looked at.
func vanished(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH)
}
