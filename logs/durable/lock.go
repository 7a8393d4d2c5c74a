package durable

import "errors"

// ErrLocked says that somebody else held the lock all the time that one was
// willing to wait.
var ErrLocked = errors.New("another process holds the lock")
