// Package pattern gives the bytes that belong at an offset of a disk.
//
// A pattern is a function of the offset alone, so writing, verifying, resuming and reading at random places agree without
// keeping anything. The names below stand in certificates; each pattern has exactly one:
//
//	random             AES-256 in counter mode (NIST SP 800-38A 6.5) with the key beside it. The byte at offset o is byte o of the
//	                   key stream whose first counter block is 16 bytes of zero, counted up as one big-endian number.
//	random-complement  the bytes of random, each one inverted
//	zero               0x00 everywhere
//	one                0xFF everywhere: every bit is a one
//	bytes:HEX          2 to 32 lower-case hex digits: the bytes, repeated; the phase is the absolute offset modulo their number
//
// What random put on a disk can be checked without this program:
//
//	openssl enc -aes-256-ctr -K KEY -iv 00000000000000000000000000000000 -in /dev/zero | cmp -n SIZE - /dev/sdX
package pattern

import (
	"encoding/hex"
	"errors"
	"strings"
)

// Pattern is what one pass leaves on a disk. It may be used by several goroutines at a time.
type Pattern interface {
	// FillAt puts into p the bytes that belong at the offsets from off on. It panics if off is negative.
	FillAt(p []byte, off int64)

	// String is the pattern's name, as it stands in a certificate. It does not hold the key.
	String() string
}

// MaxBytes is the longest period of a constant pattern.
const MaxBytes = 16

// What Parse answers to a text that no certificate of ours can hold.
var (
	errName = errors.New("malformed pattern")
	errKey  = errors.New("malformed pattern key")
)

// Parse makes the pattern of that name; key is 64 lower-case hex digits for the two random ones and empty for the others.
// It takes only the spelling that [Pattern.String] gives, so that two certificates of the same bytes say the same.
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

// Period is the number of bytes after which p repeats itself, 0 if it never does. A buffer whose length is a multiple of it
// needs to be filled only once.
func Period(p Pattern) int {
	if c, ok := p.(constant); ok {
		return len(c)
	}
	return 0
}
