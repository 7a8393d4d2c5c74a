package devices

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"rasure/cmd/message"
)

// Our choice. Plugging in one stick makes a dozen messages within some 50 ms, for the disk and each of its partitions.
const (
	burstQuiet   = 200 * time.Millisecond // a burst is over when no message came for this long
	burstLongest = time.Second            // and is looked into after this long even if it continues
	lookAgain    = 5 * time.Second        // unless the host has another; some changes make no message: a program opens a disk, another namespace mounts one
)

// Uevents is a source of the kernel's messages about devices that come, go and change. Receive waits for a message and returns
// it with the netlink port of its sender, 0 for the kernel; the message is good until the next call. It can be called again
// after [ErrMissed]. Close ends a Receive that waits.
type Uevents interface {
	Receive() (message []byte, sender uint32, err error)
	Close() error
}

// ErrMissed means that messages were lost because they came faster than they were read.
var ErrMissed = message.New("messages were missed")

// Watch calls look at once, when nothing can be missed any more, and then again each time that something may have
// changed: 0.2 seconds after the last of a burst of messages from the kernel, and within 1 second of its first. Messages that
// were lost count as a change. Changes without a message are found because look is called every 5 seconds ([Host.LookAgain]) in any case.
//
// It never calls look twice at a time. It returns the error of look, or nil when ctx ends, which is how a watch ends;
// that does not stop a look that has begun. Where the kernel has no such messages the error is [errors.ErrUnsupported].
func (h *Host) Watch(ctx context.Context, look func() error) error {
	if h.Uevents == nil {
		return message.Errorf("watching for disks: %w", errors.ErrUnsupported)
	}
	from, err := h.Uevents()
	if err != nil {
		return message.Errorf("watching for disks: %w", err)
	}
	longest := cmp.Or(h.LookAgain, lookAgain)
	heard, stop := context.WithCancelCause(ctx)
	news := make(chan struct{}, 1)
	var listener sync.WaitGroup
	listener.Go(func() { stop(listen(from, news)) })
	defer listener.Wait()
	defer from.Close()
	for {
		if err := look(); err != nil {
			return err
		}
		if awaitChange(heard, news, longest); heard.Err() != nil {
			break
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return message.Errorf("watching for disks: %w", context.Cause(heard))
}

// listen sends to news, which holds one value, for every message that a disk may have changed. It reads while others look,
// so that the kernel's queue stays short. It returns when from fails or is closed.
func listen(from Uevents, news chan<- struct{}) error {
	for {
		text, sender, err := from.Receive()
		switch {
		case errors.Is(err, ErrMissed): // it may have been about anything
		case err != nil:
			return err
		case sender != 0:
			continue // other processes may write here, and only the kernel knows
		default:
			e, err := ParseUevent(text)
			if err == nil && e.Subsystem != "block" {
				continue
			} // what cannot be read may have been about a disk
		}
		select {
		case news <- struct{}{}:
		default:
		}
	}
}

// awaitChange returns when it is time to look again, after longest without a message, or when ctx ends.
func awaitChange(ctx context.Context, news <-chan struct{}, longest time.Duration) {
	next := time.NewTimer(longest)
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
		case <-news:
			next.Reset(burstQuiet)
			if latest == nil {
				latest = time.After(burstLongest)
			}
		}
	}
}
