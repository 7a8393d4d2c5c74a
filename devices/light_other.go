//go:build !linux

package devices

import "errors"

func switchLight(string, string) error { return errors.ErrUnsupported }

func rescan(string) error { return errors.ErrUnsupported }
