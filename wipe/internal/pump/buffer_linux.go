package pump

import (
	"fmt"

	"golang.org/x/sys/unix"
)

const huge = 2 << 20

// newBuffers maps memory outside the heap: aligned to pages as O_DIRECT wants it, present at once, and never moved. It asks for
// huge pages: every transfer has its pages pinned by the kernel, one by one, which took two thirds of the kernel's time.
func newBuffers(n int) ([]byte, func(), error) {
	b, err := unix.Mmap(-1, 0, (n+huge-1)/huge*huge, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return nil, nil, fmt.Errorf("mapping %d bytes of buffers: %w", n, err)
	}
	// A kernel that does neither (it may be built without, or older than Linux 5.14) gives small pages when they are first written to.
	_ = unix.Madvise(b, unix.MADV_HUGEPAGE)
	_ = unix.Madvise(b, unix.MADV_POPULATE_WRITE)
	return b[:n:n], func() { unix.Munmap(b) }, nil
}
