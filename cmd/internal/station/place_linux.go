package station

import (
	"math"
	"syscall"
)

// Numbers of file systems (linux/magic.h) that a restart of the machine empties, or may empty.
const (
	tmpfsMagic   = 0x01021994
	ramfsMagic   = 0x858458f6
	overlayMagic = 0x794c7630
)

// place looks at the file system of a directory: how many bytes a user without privileges can still write to it, and what it is if it does not last.
func place(dir string) (free int64, volatile string, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, "", err
	}
	switch uint32(s.Type) {
	case tmpfsMagic:
		volatile = "tmpfs"
	case ramfsMagic:
		volatile = "ramfs"
	case overlayMagic:
		volatile = "overlay"
	}
	return int64(min(s.Bavail*uint64(s.Bsize), math.MaxInt64)), volatile, nil
}
