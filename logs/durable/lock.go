package durable

import (
	"context"
	"time"

	"rasure/cmd/message"
)

// ErrLocked reports that another process held the lock for as long as the caller was willing to wait.
var ErrLocked = message.New("another process holds the lock")

// Lock is [Dir.LockContext] with a wait that only time ends.
func (d *Dir) Lock(name string, wait time.Duration) (unlock func() error, err error) {
	return d.LockContext(context.Background(), name, wait)
}

// LockedError is an [ErrLocked] that names the holder.
type LockedError struct {
	Path    string
	Waited  time.Duration
	PID     int    // of the holder; 0 if it is not known
	User    int    // user id of the holder; -1 if it is not known
	Command string // name of the holder's program, as it says itself; "" if it is not known
}

func (e *LockedError) Error() string { return e.Message().String() }

// Message returns the error as a sentence.
func (e *LockedError) Message() message.Text {
	switch {
	case e.PID == 0:
		return message.Of("another process holds the lock %s (waited %v)", e.Path, e.Waited)
	case e.User < 0:
		return message.Of("process %d, which has ended, left the lock %s to another process that holds it (waited %v)", e.PID, e.Path, e.Waited)
	}
	return message.Of("process %d (%q, user %d) holds the lock %s (waited %v)", e.PID, e.Command, e.User, e.Path, e.Waited)
}

// Is reports that it is an [ErrLocked].
func (e *LockedError) Is(target error) bool { return target == ErrLocked }
