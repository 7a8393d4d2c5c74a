package p256

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"math/big"
	random "math/rand/v2"
	"slices"
	"testing"
)

// TestPlain changes signatures: what is given to a browser is what package ecdsa reads of the same bytes.
func TestPlain(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("a log\n")
	sum := sha256.Sum256(message)
	sig, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	agree := func(name string, sig []byte) (taken bool) {
		raw, taken := plain(sig)
		good := ecdsa.VerifyASN1(&key.PublicKey, sum[:], sig)
		if Verify(&key.PublicKey, message, sig) != good {
			t.Errorf("%s: Verify and package ecdsa disagree", name)
		}
		if taken && ecdsa.Verify(&key.PublicKey, sum[:], new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])) != good {
			t.Errorf("%s: a browser says %v, and package ecdsa %v: %x", name, !good, good, sig)
		}
		return taken
	}
	if !agree("genuine", sig) {
		t.Error("a genuine signature is not given to a browser")
	}
	longer := slices.Concat(sig, []byte{2, 1, 1})
	longer[1] += 3
	for name, bad := range map[string][]byte{"empty": nil, "cut": sig[:len(sig)-1], "longer": append(slices.Clone(sig), 0), "a third number": longer} {
		if agree(name, bad) {
			t.Errorf("%s: given to a browser", name)
		}
	}
	r := random.New(random.NewPCG(1, 2))
	for range 3000 {
		changed := slices.Clone(sig)
		changed[r.IntN(len(changed))] ^= byte(1 << r.IntN(8))
		agree("changed", changed)
	}
}
