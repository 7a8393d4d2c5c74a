package devices

import (
	"errors"

	"golang.org/x/sys/unix"
)

func lostErrno(err error) bool {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return false
	}
	switch errno {
	case unix.ENOSPC, unix.ENODEV, unix.ENXIO, unix.ENOMEDIUM:
		return true
	}
	return false
}

func busyErrno(err error) bool { return errors.Is(err, unix.EBUSY) }

func lockedErrno(err error) bool { return errors.Is(err, unix.EWOULDBLOCK) }
