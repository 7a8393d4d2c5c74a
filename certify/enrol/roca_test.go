package enrol

import (
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"testing"
)

func TestROCA(t *testing.T) {
	t.Parallel()
	weak := weakModulus(t)
	if !isROCA(weak) {
		t.Error("a weak modulus was not recognised")
	}
	for range 3 {
		key, err := rsa.GenerateKey(rand.Reader, 1024)
		if err != nil {
			t.Fatal(err)
		}
		if isROCA(key.N) {
			t.Error("an honest modulus was taken for a weak one")
		}
	}
}

func weakModulus(t *testing.T) *big.Int { return new(big.Int).Mul(weakPrime(t), weakPrime(t)) }

// weakPrime is a prime as Infineon's library made it, of some 512 bits.
func weakPrime(t *testing.T) *big.Int {
	t.Helper()
	m := big.NewInt(2) // the product of the first 39 primes: 219 bits, as for keys of 512 to 960 bits
	for _, p := range rocaPrimes {
		m.Mul(m, big.NewInt(p))
	}
	for range 100_000 {
		a, err := rand.Int(rand.Reader, big.NewInt(1<<40))
		if err != nil {
			t.Fatal(err)
		}
		k, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 290))
		if err != nil {
			t.Fatal(err)
		}
		k.SetBit(k, 289, 1)
		p := new(big.Int).Exp(big.NewInt(65537), a, m)
		if p.Add(p, k.Mul(k, m)); p.ProbablyPrime(20) {
			return p
		}
	}
	t.Fatal("no prime was found")
	return nil
}
