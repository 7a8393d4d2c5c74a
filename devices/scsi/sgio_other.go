//go:build !linux

package scsi

import (
	"context"
	"errors"
	"os"
)

// SGIO returns a transport that carries nothing: SG_IO exists on Linux only.
func SGIO(*os.File) Transport { return unsupported{} }

// HasSGIO reports false.
func HasSGIO(*os.File) bool { return false }

type unsupported struct{}

func (unsupported) Do(context.Context, Command) (Reply, error) {
	return Reply{}, errors.ErrUnsupported
}
