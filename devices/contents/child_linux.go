package contents

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// childDisk is the descriptor of the disk in the child.
const childDisk = 3

// Child examines the disk at descriptor 3, whose size and block size are the second and third argument, and prints its findings to
// stdout for [Probe]. It returns the exit status. It gives up all privileges before it reads the first byte, and reads nothing if it
// cannot.
func Child() int {
	time.AfterFunc(limitAlarm, func() { os.Exit(1) })
	if err := runChild(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func runChild() error {
	if len(os.Args) != 4 {
		return fmt.Errorf("%s is for rasure's own use", ChildArgument)
	}
	size, err := strconv.ParseInt(os.Args[2], 10, 64)
	if err != nil {
		return err
	}
	block, err := strconv.Atoi(os.Args[3])
	if err != nil {
		return err
	}
	debug.SetTraceback("none") // the parent shows one line
	debug.SetMaxStack(limitStack)
	debug.SetMemoryLimit(limitHeap)
	if err := confine(); err != nil {
		return fmt.Errorf("giving up privileges: %w", err)
	}
	return send(os.Stdout, descriptor(childDisk), size, block)
}

// descriptor reads without os.File, whose fcntl the confined child may not call.
type descriptor int

func (d descriptor) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		got, err := unix.Pread(int(d), p[n:], off+int64(n))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return n, err
		case got == 0:
			return n, io.EOF
		default:
			n += got
		}
	}
	return n, nil
}
