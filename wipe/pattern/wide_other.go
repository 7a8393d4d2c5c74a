//go:build !amd64

package pattern

const canWide = false

func wideStream(*roundKeys, *byte, int, uint64) { panic("pattern: no such instructions here") }
