package ioctl

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Do sends a request to the driver behind f. The result is 0 for most drivers, and for some a status of the device. The
// error is the kernel's, a [unix.Errno], or that f is closed. The kernel may write to what arg points to; the caller must have
// pinned every address in it.
func Do(f *os.File, request uintptr, arg unsafe.Pointer) (result uintptr, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	var errno unix.Errno
	err = raw.Control(func(fd uintptr) { result, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, request, uintptr(arg)) })
	if err != nil {
		return 0, err
	}
	if errno != 0 {
		return 0, errno
	}
	return result, nil
}
