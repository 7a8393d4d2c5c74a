package canon

import "encoding/hex"

// Hash is a SHA-256, or other 32 bytes, written as 64 lower-case hexadecimal digits.
type Hash [32]byte

// String returns the hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero reports whether all bytes are zero: an optional hash is then absent.
func (h Hash) IsZero() bool { return h == Hash{} }

// ParseHash reads 64 lower-case hexadecimal digits.
func ParseHash(s string) (Hash, bool) {
	var h Hash
	if len(s) != 2*len(h) {
		return h, false
	}
	_, err := hex.Decode(h[:], []byte(s))
	return h, err == nil && h.String() == s
}

// Bytes are written in base64 with padding (RFC 4648, section 4).
type Bytes []byte

// Day is a day of the calendar, 2006-01-02.
type Day string
