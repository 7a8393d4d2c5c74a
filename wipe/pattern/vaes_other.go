//go:build !amd64

package pattern

const hasVAES = false

func vaesStream(*roundKeys, *byte, int, uint64) { panic("pattern: no such instructions here") }
