//go:build !linux

package station

import "errors"

func place(string) (free int64, volatile string, err error) { return 0, "", errors.ErrUnsupported }
