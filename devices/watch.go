package devices

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// What we chose. Plugging in one stick is a dozen messages within some 50 ms, for the disk and each of its partitions.
const (
	burstQuiet   = 200 * time.Millisecond // a burst is over when nothing was told for this long
	burstLongest = time.Second            // and is looked into after this long even if it goes on
	lookAgain    = 5 * time.Second        // some changes are told by nobody: a program opens a disk, another namespace mounts one
)

// Uevents is a place where the kernel tells of devices that come, go and change. Receive waits for a message and returns
// it with the netlink port of its sender, 0 for the kernel; the message is good until the next call. After [ErrMissed] it
// goes on. Close ends a Receive that waits.
type Uevents interface {
	Receive() (message []byte, sender uint32, err error)
	Close() error
}

// ErrMissed means that messages were lost because they came faster than they were read.
var ErrMissed = errors.New("messages were missed")

// Watch calls look at once, when nothing can be missed any more, and then again each time that something may have
// changed: 0.2 seconds after the last of a burst of messages from the kernel, and within 1 second of its first. Messages that
// were lost count as a change. What no message tells of is found because look is called every 5 seconds in any case.
//
// It never calls look twice at a time. It returns the error of look, or nil when ctx ends, which is how a watch ends;
// that does not stop a look that has begun. Where the kernel has no such messages the error is [errors.ErrUnsupported].
func (h *Host) Watch(ctx context.Context, look func() error) error {
	if h.Uevents == nil {
		return fmt.Errorf("watching for disks: %w", errors.ErrUnsupported)
	}
	from, err := h.Uevents()
	if err != nil {
		return fmt.Errorf("watching for disks: %w", err)
	}
	heard, stop := context.WithCancelCause(ctx)
	told := make(chan struct{}, 1)
	var listener sync.WaitGroup
	listener.Go(func() { stop(listen(from, told)) })
	defer listener.Wait()
	defer from.Close()
	for {
		if err := look(); err != nil {
			return err
		}
		if awaitChange(heard, told); heard.Err() != nil {
			break
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("watching for disks: %w", context.Cause(heard))
}

// listen leaves word in told, which holds one, for every message that a disk may have changed. It reads all the while that
// others look, so that the kernel's queue stays short. It returns when from fails or is closed.
func listen(from Uevents, told chan<- struct{}) error {
	for {
		message, sender, err := from.Receive()
		switch {
		case errors.Is(err, ErrMissed): // it may have been about anything
		case err != nil:
			return err
		case sender != 0:
			continue // any process with the right to may write here; only the kernel knows
		default:
			e, err := ParseUevent(message)
			if err == nil && e.Subsystem != "block" {
				continue
			} // what cannot be read may have been about a disk
		}
		select {
		case told <- struct{}{}:
		default:
		}
	}
}

// awaitChange returns when it is time to look again, or when ctx ends.
func awaitChange(ctx context.Context, told <-chan struct{}) {
	next := time.NewTimer(lookAgain)
	defer next.Stop()
	var latest <-chan time.Time // of this burst; none has begun
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
			return
		case <-latest:
			return
		case <-told:
			next.Reset(burstQuiet)
			if latest == nil {
				latest = time.After(burstLongest)
			}
		}
	}
}
