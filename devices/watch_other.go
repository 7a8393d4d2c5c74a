//go:build !linux

package devices

import "errors"

func openUevents() (Uevents, error) { return nil, errors.ErrUnsupported }
