package canon

import "encoding/hex"

// Hash is a SHA-256, or other 32 bytes, written as 64 lower-case hexadecimal digits.
type Hash [32]byte

// String returns the hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero reports whether all bytes are zero: an optional hash is then absent.
func (h Hash) IsZero() bool { return h == Hash{} }

// ParseHash reads 64 lower-case hexadecimal digits.
func ParseHash(s string) (h Hash, ok bool) {
	if len(s) != 2*len(h) {
		return h, false
	}
	bad := byte(0)
	for i := range h {
		high, low := nibbles[s[2*i]], nibbles[s[2*i+1]]
		h[i], bad = high<<4|low, bad|high|low
	}
	return h, bad < 16
}

// nibbles are the values of lower-case hexadecimal digits, and 255 for what is none.
var nibbles = func() (all [256]byte) {
	for i := range all {
		all[i] = 255
	}
	for i, c := range []byte("0123456789abcdef") {
		all[c] = byte(i)
	}
	return all
}()

// Bytes are written in base64 with padding (RFC 4648, section 4).
type Bytes []byte

// Day is a day of the calendar, 2006-01-02.
type Day string
