package wipe

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// newBuffers maps memory outside the heap: aligned to pages as O_DIRECT wants it, present at once, and never moved.
func newBuffers(n int) ([]byte, func(), error) {
	b, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_POPULATE)
	if err != nil {
		return nil, nil, fmt.Errorf("mapping %d bytes of buffers: %w", n, err)
	}
	return b, func() { unix.Munmap(b) }, nil
}
