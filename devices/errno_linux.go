package devices

import (
	"errors"

	"golang.org/x/sys/unix"

	"rasure/cmd/message"
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

func limitErrno(err error) bool {
	return errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) || errors.Is(err, unix.ENOMEM)
}

func limitText(err error) message.Text {
	switch {
	case errors.Is(err, unix.EMFILE):
		return message.Of("rasure may not open enough files: raise the limit (ulimit -n)")
	case errors.Is(err, unix.ENFILE):
		return message.Of("the machine has too many files open: raise fs.file-max (sysctl)")
	}
	return message.Of("the machine has too little memory: %v", err)
}
