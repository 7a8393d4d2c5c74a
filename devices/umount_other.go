//go:build !linux

package devices

import "errors"

func umount(string, int) error { return errors.ErrUnsupported }
