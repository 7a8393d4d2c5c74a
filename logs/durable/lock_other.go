//go:build !linux

package durable

import (
	"errors"
	"fmt"
	"time"
)

// Lock returns [errors.ErrUnsupported]: nobody appends to a log here.
func (d *Dir) Lock(name string, _ time.Duration) (unlock func() error, err error) {
	return nil, fmt.Errorf("locking %s: %w", d.os(name), errors.ErrUnsupported)
}
