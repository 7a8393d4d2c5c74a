//go:build !linux

package jobs

import (
	"context"
	"errors"
	"net"
)

func dial(context.Context, string) (net.Conn, error) { return nil, errors.ErrUnsupported }

// PeerUser returns [errors.ErrUnsupported].
func PeerUser(*net.UnixConn) (uint32, error) { return 0, errors.ErrUnsupported }

func startServer(string) (<-chan error, error) { return nil, errors.ErrUnsupported }
