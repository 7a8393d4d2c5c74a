package durable

import (
	"errors"
	"syscall"

	"rasure/cmd/message"
)

// Explain returns an error that names what the system lacks: file descriptors, space, a quota, permission, a disk that works.
// These say nothing about the content of a file. Other errors, and nil, are returned as they are. The result wraps err.
func Explain(err error) error {
	var e interface{ Message() message.Text }
	if errors.As(err, &e) {
		return err // explained already
	}
	switch {
	case errors.Is(err, syscall.EMFILE):
		return message.Errorf("too few file descriptors for this process, raise the limit (ulimit -n): %w", err)
	case errors.Is(err, syscall.ENFILE):
		return message.Errorf("too few file descriptors for the whole system, raise fs.file-max: %w", err)
	case errors.Is(err, syscall.ENOMEM):
		return message.Errorf("too little memory: %w", err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, errQuota):
		return message.Errorf("no space left for the file: %w", err)
	case errors.Is(err, syscall.EROFS):
		return message.Errorf("the file system is read-only: %w", err)
	case errors.Is(err, syscall.EIO):
		return message.Errorf("the disk that holds the file reported an error: %w", err)
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return message.Errorf("no permission: %w", err)
	}
	return err
}
