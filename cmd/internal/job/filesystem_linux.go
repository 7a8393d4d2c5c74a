package job

import (
	"errors"
	"fmt"
	"os"
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

// allocate gives a new file n bytes of space. Most file systems can do that without writing them: for a hundred disks they are 800 MB.
func allocate(f *os.File, n int64) error {
	err := syscall.Fallocate(int(f.Fd()), 0, 0, n)
	for tries := 1; tries < 100 && errors.Is(err, syscall.EINTR); tries++ { // tmpfs gives up at any signal, and the runtime of Go sends itself some
		err = syscall.Fallocate(int(f.Fd()), 0, 0, n)
	}
	if errors.Is(err, syscall.EINTR) || errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.EINVAL) {
		return fill(f, n)
	}
	if err != nil {
		return os.NewSyscallError("fallocate", err)
	}
	return nil
}
