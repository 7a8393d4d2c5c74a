package pattern

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
)

// piece is how much is made at a time: it stays in the first-level cache between being cleared and being enciphered.
const piece = 16 << 10

type random struct {
	block cipher.Block
	under byte // what the key stream is combined with: 0x00, or 0xFF for the complement
}

// Random is the key stream of AES-256-CTR, see the package comment. FillAt makes one small allocation a call, however
// long p is: a cipher.Stream cannot be set back. Call it with 64 KiB or more and that does not show.
func Random(key [32]byte) Pattern { return newRandom(key, 0x00) }

// RandomComplement is [Random] of the same key with every bit inverted.
func RandomComplement(key [32]byte) Pattern { return newRandom(key, 0xFF) }

func newRandom(key [32]byte, under byte) random {
	b, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // cannot be: 32 bytes are a key
	}
	return random{b, under}
}

func (r random) FillAt(p []byte, off int64) {
	if off < 0 {
		panic("pattern: negative offset")
	}
	var counter [aes.BlockSize]byte
	binary.BigEndian.PutUint64(counter[8:], uint64(off)/aes.BlockSize) // an int64 offset never reaches the upper half
	s := cipher.NewCTR(r.block, counter[:])
	if skip := off % aes.BlockSize; skip > 0 {
		head := make([]byte, skip)
		s.XORKeyStream(head, head)
	}
	for len(p) > 0 {
		q := p[:min(piece, len(p))]
		p = p[len(q):]
		if r.under == 0 {
			clear(q)
		} else {
			constant("\xff").FillAt(q, 0)
		}
		s.XORKeyStream(q, q)
	}
}

func (r random) String() string {
	if r.under == 0 {
		return "random"
	}
	return "random-complement"
}
