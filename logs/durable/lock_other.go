//go:build !linux

package durable

import (
	"context"
	"errors"
	"time"

	"rasure/cmd/message"
)

// LockContext returns [errors.ErrUnsupported]: nobody appends to a log here.
func (d *Dir) LockContext(_ context.Context, name string, _ time.Duration) (unlock func() error, err error) {
	return nil, message.Errorf("locking %s: %w", d.os(name), errors.ErrUnsupported)
}

// Holder reports that nobody holds it: nobody appends to a log here.
func (d *Dir) Holder(string) (pid int, isHeld bool) { return 0, false }
