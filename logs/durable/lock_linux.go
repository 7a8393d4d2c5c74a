package durable

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const lockPoll = time.Millisecond

// Lock takes the lock of the file name, which it makes if need be and never
// removes. It waits for at most wait and then returns [ErrLocked]. The kernel
// frees the lock of a process that dies. It holds between handles of one
// process too.
//
//	open("lock", O_RDWR|O_CREAT|O_CLOEXEC) = 3
//	flock(3, LOCK_EX|LOCK_NB)                 again every ms, till wait is over
//	fstat(3), stat("lock")                    the same file? else once more
func (d *Dir) Lock(name string, wait time.Duration) (unlock func() error, err error) {
	if err := d.mkdir("."); err != nil {
		return nil, err
	}
	for end := time.Now().Add(wait); ; {
		f, err := d.tryLock(name)
		if err == nil {
			return f.Close, nil
		}
		if !errors.Is(err, ErrLocked) {
			return nil, fmt.Errorf("locking %s: %w", d.os(name), err)
		}
		if !time.Now().Before(end) {
			return nil, fmt.Errorf("locking %s for %v: %w", d.os(name), wait, err)
		}
		time.Sleep(lockPoll)
	}
}

func (d *Dir) tryLock(name string) (*os.File, error) {
	f, err := os.OpenFile(d.os(name), os.O_RDWR|os.O_CREATE, filePerm)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, unix.EINTR) {
		err = ErrLocked
	}
	if err == nil {
		// Somebody who removes the file and makes it anew would hold another lock.
		err = sameFile(f, d.os(name))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func sameFile(f *os.File, name string) error {
	held, err := f.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(name)
	if errors.Is(err, os.ErrNotExist) || err == nil && !os.SameFile(held, there) {
		return ErrLocked
	}
	return err
}
