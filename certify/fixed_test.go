package certify_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"math/big"
	"testing"

	"rasure/certify"
)

// A signature has one fixed form, with the low s, and DERSignature takes no other.
func TestFixedSignature(t *testing.T) {
	t.Parallel()
	key, pub := software(t)
	sum := sha256.Sum256([]byte("a text"))
	n := elliptic.P256().Params().N
	for range 20 { // half of them have the high s
		der, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		fixed, err := certify.FixedSignature(der)
		if err != nil || len(fixed) != 64 {
			t.Fatalf("FixedSignature() = %x, %v", fixed, err)
		}
		again, err := certify.DERSignature(fixed)
		if err != nil || !ecdsa.VerifyASN1(pub, sum[:], again) {
			t.Errorf("DERSignature() = %x, %v", again, err)
		}
		high := bytes.Clone(fixed)
		new(big.Int).Sub(n, new(big.Int).SetBytes(fixed[32:])).FillBytes(high[32:])
		for name, wrong := range map[string][]byte{
			"the high s": high, "too short": fixed[:63], "too long": append(bytes.Clone(fixed), 0), "r = 0": append(make([]byte, 32), fixed[32:]...),
			"s = 0": append(bytes.Clone(fixed[:32]), make([]byte, 32)...), "r = n": append(n.Bytes(), fixed[32:]...),
		} {
			if got, err := certify.DERSignature(wrong); err == nil {
				t.Errorf("%s: read as %x", name, got)
			}
		}
	}
	if _, err := certify.FixedSignature([]byte{0x30, 6, 2, 1, 0, 2, 1, 1}); err == nil {
		t.Error("r = 0 has a fixed form")
	}
}
