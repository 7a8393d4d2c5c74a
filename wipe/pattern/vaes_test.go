package pattern

import (
	"bytes"
	"crypto/aes"
	"encoding/hex"
	"testing"
)

// FIPS 197, appendix A.3: the words that a step of the schedule ends with.
func TestKeySchedule(t *testing.T) {
	t.Parallel()
	key := [32]byte(unhex(t, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"))
	k := expand(key)
	for i, want := range map[int]string{0: "603deb10", 7: "0914dff4", 8: "9ba35411", 12: "a8b09c1a", 16: "d59aecb8", 59: "706c631e"} {
		if got := hex.EncodeToString(k[i/4][i%4*4:][:4]); got != want {
			t.Errorf("w%d = %s, want %s", i, got, want)
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func library(p Pattern) Pattern {
	r := newRandom(p.(random).key, p.(random).xorMask)
	r.prepare()
	r.vaes = nil
	return r
}

func needVAES(t *testing.T) {
	t.Helper()
	if !hasVAES {
		t.Skip("this processor has no VAES")
	}
}

func TestVAESUsed(t *testing.T) { // not in parallel: allocations are counted
	needVAES(t)
	for _, p := range []Pattern{Random([32]byte{1}), RandomComplement([32]byte{2})} {
		p.(random).prepare()
		if p.(random).vaes == nil {
			t.Errorf("%s is made by the library, though the processor has VAES", p)
		}
		buf := make([]byte, 64<<10)
		if n := testing.AllocsPerRun(5, func() { p.FillAt(buf, 1<<20) }); n != 0 {
			t.Errorf("filling allocates %v times", n)
		}
	}
}

// The rest of the suite goes through whichever of the two this processor has; here they meet.
func TestVAESStream(t *testing.T) {
	t.Parallel()
	needVAES(t)
	for i, p := range []Pattern{Random([32]byte{3}), RandomComplement([32]byte(bytes.Repeat([]byte{0xE5}, 32)))} {
		for _, off := range []int64{0, 16, 512, 13, 16<<8 - 48, 16<<16 - 16, 16<<32 - 160, 16<<40 - 4096, 1<<62 + 48, 1<<63 - 1 - 1<<20} {
			for _, n := range []int{0, 1, 16, 255, 256, 257, 512, 4096, 65536 + 33} {
				got, want := bytes.Repeat([]byte{0xA7}, n+16), bytes.Repeat([]byte{0xA7}, n+16)
				p.FillAt(got[:n], off)
				library(p).FillAt(want[:n], off)
				if !bytes.Equal(got, want) { // the 16 bytes behind them stay as they were
					t.Errorf("pattern %d: %d bytes at %d differ", i, n, off)
				}
			}
		}
	}
}

func TestVAESDisagrees(t *testing.T) {
	t.Parallel()
	needVAES(t)
	key := [32]byte{4}
	b, err := aes.NewCipher(key[:])
	if err != nil {
		t.Fatal(err)
	}
	if !expand(key).agree(b, 0) {
		t.Fatal("right keys do not agree with the library")
	}
	for i := range rounds + 1 {
		for bit := range 128 {
			k := expand(key)
			k[i][bit/8] ^= 1 << (bit % 8)
			if k.agree(b, 0) {
				t.Errorf("bit %d of round key %d is inverted, and agree does not notice", bit, i)
			}
		}
	}
	if expand(key).agree(b, 0xFF) {
		t.Error("the stream passes for its complement")
	}
}

func FuzzVAESStream(f *testing.F) {
	f.Add([]byte("key"), uint64(0), uint16(512))
	f.Add([]byte{0xFF}, uint64(1)<<36-48, uint16(4097))
	f.Fuzz(func(t *testing.T, k []byte, off uint64, n uint16) {
		var key [32]byte
		copy(key[:], k)
		p, at := Random(key), int64(off>>2)
		got, want := make([]byte, n), make([]byte, n)
		p.FillAt(got, at)
		library(p).FillAt(want, at)
		if !bytes.Equal(got, want) {
			t.Fatalf("%d bytes at %d differ", n, at)
		}
	})
}
