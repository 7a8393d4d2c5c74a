package pattern

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
)

// On a RAM disk the key stream limits a random pass: crypto/aes makes 6 GB/s on one core, VAES instructions on sixteen blocks at a time
// make 15. Go's library has no such path (golang.org/issue/76061). The library remains the definition: whenever a key is set up, a few
// blocks are compared, and a processor whose stream differs uses the library; tests compare more. The key is printed on the certificate,
// so there is no secret that timing could leak.

const (
	vaesUnit = 256 // bytes made at a time
	rounds   = 14  // of AES-256, FIPS 197 table 3
)

// roundKeys are w[0] to w[59] of FIPS 197 section 5.2, as bytes.
type roundKeys [rounds + 1][aes.BlockSize]byte

// expand is KEYEXPANSION of FIPS 197 section 5.2 with Nk = 8.
func expand(key [32]byte) *roundKeys {
	s := sbox()
	var w [4 * (rounds + 1)][4]byte
	for i := range 8 {
		w[i] = [4]byte(key[4*i:])
	}
	rcon := byte(1)
	for i := 8; i < len(w); i++ {
		t := w[i-1]
		switch i % 8 {
		case 0:
			t = [4]byte{s[t[1]] ^ rcon, s[t[2]], s[t[3]], s[t[0]]}
			rcon <<= 1
		case 4:
			t = [4]byte{s[t[0]], s[t[1]], s[t[2]], s[t[3]]}
		}
		for j := range t {
			w[i][j] = w[i-8][j] ^ t[j]
		}
	}
	k := new(roundKeys)
	for i := range w {
		copy(k[i/4][i%4*4:], w[i][:])
	}
	return k
}

// sbox makes the table of FIPS 197 section 5.1.1: p goes through all bytes but 0 as the powers of 3, and q through their inverses.
func sbox() (s [256]byte) {
	s[0] = 0x63
	for p, q := byte(1), byte(1); ; {
		s[p] = 0x63 ^ q ^ (q<<1 | q>>7) ^ (q<<2 | q>>6) ^ (q<<3 | q>>5) ^ (q<<4 | q>>4)
		p ^= p<<1 ^ p>>7*0x1B // times 3
		q ^= q << 1           // divided by 3
		q ^= q << 2
		q ^= q << 4
		q ^= q >> 7 * 0x09
		if p == 1 {
			return s
		}
	}
}

// vaesKeys returns the keys for vaesStream, or nil if the processor lacks VAES or disagrees with crypto/aes.
func vaesKeys(key [32]byte, b cipher.Block, xorMask byte) *roundKeys {
	if !hasVAES {
		return nil
	}
	k := expand(key)
	for i := range k[rounds] {
		k[rounds][i] ^= xorMask // the last round key is XORed with the stream at the end
	}
	if !k.agree(b, xorMask) {
		return nil
	}
	return k
}

// agree compares four times sixteen blocks with crypto/aes. The counters carry out of each lower byte that an offset can reach.
func (k *roundKeys) agree(b cipher.Block, xorMask byte) bool {
	for _, counter := range []uint64{0, 1<<16 - 8, 1<<32 - 7, 1<<59 - 9} {
		var got, want [vaesUnit]byte
		vaesStream(k, &got[0], vaesUnit, counter)
		var first [aes.BlockSize]byte
		binary.BigEndian.PutUint64(first[8:], counter)
		copy(want[:], bytes.Repeat([]byte{xorMask}, vaesUnit))
		cipher.NewCTR(b, first[:]).XORKeyStream(want[:], want[:])
		if got != want {
			return false
		}
	}
	return true
}
