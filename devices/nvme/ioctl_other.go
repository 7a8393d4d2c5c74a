//go:build !linux

package nvme

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

func (unsupported) Admin(context.Context, Command) (uint32, error) { return 0, errors.ErrUnsupported }
