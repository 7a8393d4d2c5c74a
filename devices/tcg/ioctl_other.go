//go:build !linux

package tcg

import (
	"errors"
	"os"
)

// RevertPSID fails: the ioctl exists on Linux only.
func RevertPSID(*os.File, string) error { return errors.ErrUnsupported }
