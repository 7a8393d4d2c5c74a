package durable

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"rasure/cmd/message"
)

const (
	lockPoll = time.Millisecond
	lockLook = 10 * time.Second // for which a lock is tried again, whatever the wait, if somebody only looks at it. Chosen
	lockPerm = 0o600            // a process that can open a file can flock it
)

// errBusy is an attempt that may succeed later; errLooked one whose lock nobody holds: processes that call [Dir.Holder] have it for a moment.
var (
	errBusy   = errors.New("busy")
	errLooked = fmt.Errorf("%w: looked at", errBusy)
)

// LockContext takes the lock of the file name, which it makes if need be and never removes. It waits until ctx is done, and for at most
// wait; then it returns a [LockedError]. The kernel frees the lock of a process that dies. It holds between handles of one
// process too.
//
//	open("lock", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 3
//	flock(3, LOCK_EX|LOCK_NB)                 again every ms, until wait is over
//	fstat(3), stat("lock")                    the same file? if not, once more
//
// Versions before 0.2 made lock files that every user could open, and so hold. Such a file is replaced under its lock; if a
// process of another user holds it, it is replaced at once, since such a process cannot write here.
func (d *Dir) LockContext(ctx context.Context, name string, wait time.Duration) (unlock func() error, err error) {
	if err := d.mkdir("."); err != nil {
		return nil, Explain(err)
	}
	root, err := d.root(".")
	if err != nil {
		return nil, Explain(err)
	}
	defer root.Close()
	start := time.Now()
	for {
		f, err := tryLock(root, name)
		if err == nil {
			return func() error { return release(f) }, nil
		}
		if !errors.Is(err, errBusy) {
			return nil, message.Errorf("locking %s: %w", d.os(name), Explain(err))
		}
		if waited := time.Since(start); waited >= wait && (waited >= lockLook || !errors.Is(err, errLooked)) {
			return nil, lockedError(root, name, d.os(name), wait)
		}
		select {
		case <-ctx.Done():
			return nil, message.Errorf("waiting for the lock %s: %w", d.os(name), context.Cause(ctx))
		case <-time.After(lockPoll):
		}
	}
}

func tryLock(root *os.Root, name string) (*os.File, error) {
	if info, err := root.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return nil, ErrNotRegular
	}
	f, err := root.OpenFile(name, os.O_RDWR|os.O_CREATE|nonblock, lockPerm)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case errors.Is(err, unix.EWOULDBLOCK) && !held(f):
		err = errLooked
	case errors.Is(err, unix.EWOULDBLOCK), errors.Is(err, unix.EINTR):
		err = errBusy
	}
	open := openToOthers(f)
	if err == nil {
		// A process that removes the file and makes another one would hold another lock.
		err = sameFile(root, name, f)
	}
	if open && (err == nil || errors.Is(err, errBusy) && heldByStranger(f)) {
		fresh, failed := replaceLock(root, name, f)
		release(f)
		return fresh, failed
	}
	if err != nil {
		release(f)
		return nil, err
	}
	return f, nil
}

// release frees the lock and closes its file. Closing alone frees it only when no child has the file: one that another goroutine is just
// starting has it until its exec.
func release(f *os.File) error {
	return errors.Join(unix.Flock(int(f.Fd()), unix.LOCK_UN), f.Close())
}

func sameFile(root *os.Root, name string, f *os.File) error {
	held, err := f.Stat()
	if err != nil {
		return err
	}
	there, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(held, there) {
		return errBusy
	}
	return err
}

// openToOthers reports whether users besides the owner can open a lock file.
func openToOthers(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode().Perm()&^lockPerm != 0
}

// replaceLock puts a file that only its owner can open in the place of old, and returns it locked. A chmod is not enough: a process
// that has the old file open could still lock it. The guard lets one process do this at a time.
func replaceLock(root *os.Root, name string, old *os.File) (*os.File, error) {
	guardName := "." + name + ".guard"
	guard, err := tryLock(root, guardName)
	if err != nil {
		return nil, err
	}
	defer release(guard)
	defer root.Remove(guardName) // while it is locked: nobody can hold the lock of a removed file unnoticed, see sameFile
	if err := sameFile(root, name, old); err != nil {
		return nil, err // replaced already
	}
	tmp := fmt.Sprintf(".%s.%d.tmp", name, os.Getpid())
	root.Remove(tmp)
	f, err := root.OpenFile(tmp, os.O_RDWR|os.O_CREATE|os.O_EXCL, lockPerm)
	if err != nil {
		return nil, err
	}
	if err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err == nil {
		err = root.Rename(tmp, name)
	}
	if err != nil {
		release(f)
		root.Remove(tmp)
		return nil, err
	}
	return f, nil
}
