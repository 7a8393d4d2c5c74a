//go:build !linux

package pump

import "unsafe"

// newBuffers makes memory that is aligned to 4096 bytes.
func newBuffers(n int) ([]byte, func(), error) {
	const align = 4096
	b := make([]byte, n+align)
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) % align
	return b[skip:][:n:n], func() {}, nil
}
