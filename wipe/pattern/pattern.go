// Package pattern makes the bytes that belong at an offset of a disk.
//
// A pattern is a function of the offset only, so writing, verifying, resuming and reading at random places need no shared state.
// Certificates use the names below; each pattern has exactly one:
//
//	random             AES-256 in counter mode (NIST SP 800-38A 6.5) with the key given next to it. The byte at offset o is byte o of the
//	                   key stream whose first counter block is 16 bytes of zero, counted up as one big-endian number.
//	random-complement  the bytes of random, each one inverted
//	zero               0x00 everywhere
//	one                0xFF everywhere: every bit is a one
//	bytes:HEX          2 to 32 lower-case hex digits: the bytes, repeated; the phase is the absolute offset modulo their number
//
// A disk written with random can be checked without this program:
//
//	openssl enc -aes-256-ctr -K KEY -iv 00000000000000000000000000000000 -in /dev/zero | cmp -n SIZE - /dev/sdX
package pattern

import (
	"encoding/hex"
	"strings"

	"rasure/cmd/message"
)

// Pattern is what one pass leaves on a disk. Several goroutines may use it at a time.
type Pattern interface {
	// FillAt fills p with the bytes that belong at off and after it. It panics if off is negative.
	FillAt(p []byte, off int64)

	// String returns the name of the pattern, as certificates spell it, without the key.
	String() string
}

// MaxBytes is the longest period of a constant pattern.
const MaxBytes = 16

var (
	errName = message.New("malformed pattern")
	errKey  = message.New("malformed pattern key")
)

// Parse makes the pattern of that name; key is 64 lower-case hex digits for the two random ones and empty for the others.
// It accepts only the spelling of [Pattern.String], so that two certificates of the same bytes are spelled the same.
func Parse(name, key string) (Pattern, error) {
	switch name {
	case "random", "random-complement":
		k, ok := lowerHex(key)
		if !ok || len(k) != 32 {
			return nil, errKey
		}
		if name == "random" {
			return Random([32]byte(k)), nil
		}
		return RandomComplement([32]byte(k)), nil
	}
	if key != "" {
		return nil, errKey
	}
	switch name {
	case "zero":
		return Bytes(0x00), nil
	case "one":
		return Bytes(0xFF), nil
	}
	digits, ok := strings.CutPrefix(name, "bytes:")
	if !ok || digits == "" || len(digits) > 2*MaxBytes {
		return nil, errName
	}
	b, ok := lowerHex(digits)
	if !ok {
		return nil, errName
	}
	if p := Bytes(b...); p.String() == name {
		return p, nil
	}
	return nil, errName // a second spelling: bytes:00, bytes:5555
}

func lowerHex(s string) ([]byte, bool) {
	b, err := hex.DecodeString(s)
	return b, err == nil && hex.EncodeToString(b) == s
}

// Period is the number of bytes after which p repeats, or 0 if it never does. A buffer whose length is a multiple of it needs to be
// filled only once.
func Period(p Pattern) int {
	if c, ok := p.(constant); ok {
		return len(c)
	}
	return 0
}
