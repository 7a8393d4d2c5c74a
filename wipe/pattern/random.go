package pattern

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"sync"
)

// chunk is how many bytes are made at a time, so that the mask stays in the first-level cache. Clearing the destination and
// enciphering it in place took an eighth more CPU; chunks of 4 and 8 KiB took 6 % more.
const chunk = 16 << 10

// Never written to.
var zeros, ones = [chunk]byte{}, allOnes()

func allOnes() (b [chunk]byte) {
	for i := range b {
		b[i] = 0xFF
	}
	return b
}

type random struct {
	*keyStream
	xorMask *[chunk]byte // XORed with the key stream: zeros, or ones for the complement
}

// keyStream expands its key when the first bytes are asked for: an audit parses the patterns of a hundred thousand certificates and
// asks for none.
type keyStream struct {
	key    [32]byte
	expand sync.Once
	block  cipher.Block
	vaes   *roundKeys // nil: crypto/aes makes the whole stream
}

// Random is the key stream of AES-256-CTR, see the package comment. Where crypto/aes makes it, FillAt allocates once a call, because
// a cipher.Stream cannot seek. With 64 KiB or more a call, that cost does not show.
func Random(key [32]byte) Pattern { return newRandom(key, &zeros) }

// RandomComplement is [Random] of the same key with every bit inverted.
func RandomComplement(key [32]byte) Pattern { return newRandom(key, &ones) }

func newRandom(key [32]byte, xorMask *[chunk]byte) random {
	return random{&keyStream{key: key}, xorMask}
}

// prepare expands the key. Its block cipher and the instructions of the processor must agree on the bytes under this mask.
func (r random) prepare() {
	r.expand.Do(func() {
		b, err := aes.NewCipher(r.key[:])
		if err != nil {
			panic(err) // cannot be: 32 bytes are a key
		}
		r.block, r.vaes = b, vaesKeys(r.key, b, r.xorMask[0])
	})
}

func (r random) FillAt(p []byte, off int64) {
	if off < 0 {
		panic("pattern: negative offset")
	}
	r.prepare()
	if n := len(p) / vaesUnit * vaesUnit; r.vaes != nil && n > 0 && off%aes.BlockSize == 0 {
		vaesStream(r.vaes, &p[0], n, uint64(off)/aes.BlockSize)
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
		q := p[:min(chunk, len(p))]
		p = p[len(q):]
		s.XORKeyStream(q, r.xorMask[:len(q)])
	}
}

func (r random) String() string {
	if r.xorMask == &zeros {
		return "random"
	}
	return "random-complement"
}
