package job

import (
	"fmt"
	"syscall"
)

// fileSystem identifies the file system that a directory is on. Most have an id that outlives a reboot; where there is none, or no
// such call, it is "".
func fileSystem(dir string) string {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return ""
	}
	id := fmt.Sprintf("%x", s.Fsid)
	if id == fmt.Sprintf("%x", syscall.Fsid{}) {
		return ""
	}
	return id
}
