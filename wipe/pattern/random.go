package pattern

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
)

// piece is how much is made at a time: what the key stream is combined with stays in the first-level cache. Clearing the
// destination and enciphering it in place took an eighth more CPU; pieces of 4 and 8 KiB take some 6 % more than this.
const piece = 16 << 10

// Never written to.
var zeros, ones = [piece]byte{}, allOnes()

func allOnes() (b [piece]byte) {
	for i := range b {
		b[i] = 0xFF
	}
	return b
}

type random struct {
	block cipher.Block
	under *[piece]byte // what the key stream is combined with: zeros, or ones for the complement
	wide  *roundKeys   // nil: the library makes it all
}

// Random is the key stream of AES-256-CTR, see the package comment. Where the library makes it, FillAt makes one small allocation a
// call, however long p is: a cipher.Stream cannot be set back. Call it with 64 KiB or more and that does not show.
func Random(key [32]byte) Pattern { return newRandom(key, &zeros) }

// RandomComplement is [Random] of the same key with every bit inverted.
func RandomComplement(key [32]byte) Pattern { return newRandom(key, &ones) }

func newRandom(key [32]byte, under *[piece]byte) random {
	b, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // cannot be: 32 bytes are a key
	}
	return random{b, under, wideKeys(key, b, under[0])}
}

func (r random) FillAt(p []byte, off int64) {
	if off < 0 {
		panic("pattern: negative offset")
	}
	if n := len(p) / wideUnit * wideUnit; r.wide != nil && n > 0 && off%aes.BlockSize == 0 {
		wideStream(r.wide, &p[0], n, uint64(off)/aes.BlockSize)
		p, off = p[n:], off+int64(n)
	}
	if len(p) == 0 {
		return
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
		s.XORKeyStream(q, r.under[:len(q)])
	}
}

func (r random) String() string {
	if r.under == &zeros {
		return "random"
	}
	return "random-complement"
}
