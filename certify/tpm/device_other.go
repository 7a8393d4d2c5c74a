//go:build !linux

package tpm

import (
	"errors"

	"github.com/google/go-tpm/tpm2/transport"
)

func openDevice(string) (transport.TPMCloser, error) { return nil, errors.ErrUnsupported }
