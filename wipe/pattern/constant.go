package pattern

import "encoding/hex"

// constant holds one period of the bytes, the shortest there is.
type constant string

// Bytes is the pattern that repeats b: the byte at offset o is b[o % len(b)]. It panics if b is empty or longer than [MaxBytes].
//
// The phase follows the absolute offset. A tool that restarts the three bytes of a Gutmann pass with each of its buffers
// writes another pattern than the one it names.
func Bytes(b ...byte) Pattern {
	if len(b) == 0 || len(b) > MaxBytes {
		panic("pattern: a constant pattern has 1 to 16 bytes")
	}
	return constant(b[:period(b)])
}

// period is the length of the shortest piece that b is a repetition of.
func period(b []byte) int {
	for n := 1; n < len(b); n++ {
		if len(b)%n == 0 && string(b[n:]) == string(b[:len(b)-n]) {
			return n
		}
	}
	return len(b)
}

func (c constant) FillAt(p []byte, off int64) {
	phase := int(off % int64(len(c)))
	n := 0
	for n < len(p) && n < len(c) {
		p[n] = c[(phase+n)%len(c)]
		n++
	}
	for n < len(p) {
		n += copy(p[n:], p[:n]) // n stays a multiple of the period until p is full
	}
}

func (c constant) String() string {
	switch c {
	case "\x00":
		return "zero"
	case "\xff":
		return "one"
	}
	return "bytes:" + hex.EncodeToString([]byte(c))
}
