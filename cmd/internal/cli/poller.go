package cli

import (
	"errors"
	"os"
	"syscall"

	"rasure/logs/durable"
)

// pollerFiles is how many files the process needs to start the runtime's poller with a pipe: the pipe's two, an epoll and an event.
const pollerFiles = 4

// StartPoller starts the runtime's poller, or returns an error that names the limit of open files. Where the runtime starts it itself, at
// the first file that needs it, and finds no file descriptor left, the program ends with a stack trace ("ulimit -n 7").
func StartPoller() error {
	if err := openable(pollerFiles); err != nil {
		return durable.Explain(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return durable.Explain(err)
	}
	return errors.Join(r.Close(), w.Close())
}

// openable returns an error if n more files cannot be open at once.
func openable(n int) error {
	for range n {
		fd, err := syscall.Open("/", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		if err != nil {
			return os.NewSyscallError("open", err)
		}
		defer syscall.Close(fd)
	}
	return nil
}
