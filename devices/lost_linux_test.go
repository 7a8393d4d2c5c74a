package devices_test

import (
	"fmt"
	"io"
	"syscall"
	"testing"

	"rasure/devices"
)

func TestLost(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]bool{
		nil: false, syscall.ENOSPC: true, syscall.ENODEV: true, syscall.ENXIO: true, syscall.Errno(123): true, // ENOMEDIUM
		io.EOF: true, io.ErrUnexpectedEOF: true, devices.ErrLost: true,
		syscall.EIO: false, syscall.ENODATA: false, syscall.EREMOTEIO: false, syscall.ETIMEDOUT: false, syscall.EINVAL: false, syscall.EPERM: false,
		devices.ErrImage: false,
	} {
		if got := devices.Lost(err); got != want {
			t.Errorf("Lost(%v) = %v", err, got)
		}
		if err != nil && devices.Lost(fmt.Errorf("writing: %w", err)) != want {
			t.Errorf("wrapped, Lost(%v) is not %v", err, want)
		}
	}
}
