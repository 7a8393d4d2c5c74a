//go:build !linux

package mmc

import (
	"context"
	"errors"
	"os"
)

// Ioctl returns a transport that carries nothing: the ioctl exists on Linux only.
func Ioctl(*os.File) Transport { return unsupported{} }

// HasIoctl reports false.
func HasIoctl(*os.File) bool { return false }

type unsupported struct{}

func (unsupported) Do(context.Context, ...Command) ([]Status, error) {
	return nil, errors.ErrUnsupported
}
