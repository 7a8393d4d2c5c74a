//go:build !linux

package jobserver

import (
	"errors"
	"net"
)

// Listen returns [errors.ErrUnsupported]: no disk is erased here.
func Listen(string) (net.Listener, error) { return nil, errors.ErrUnsupported }
