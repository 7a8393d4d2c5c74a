package tpm

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"strings"
	"testing"
	"time"
)

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

func TestROCA(t *testing.T) {
	t.Parallel()
	p, q := weakPrime(t), weakPrime(t)
	weak := new(big.Int).Mul(p, q)
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

	// A vendor's certificate for such a key is refused, whatever it leads to.
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "vendor"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	ca, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, root, root, &ca.PublicKey, ca)
	if err != nil {
		t.Fatal(err)
	}
	vendor, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(vendor)
	honest, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key   rsa.PublicKey
		wrong bool
	}{"weak": {rsa.PublicKey{N: weak, E: 65537}, true}, "honest": {honest.PublicKey, false}} {
		ek := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: root.NotBefore, NotAfter: root.NotAfter, UnknownExtKeyUsage: []asn1.ObjectIdentifier{ekUsage()}}
		der, err := x509.CreateCertificate(rand.Reader, ek, vendor, &c.key, ca)
		if err != nil {
			t.Fatal(err)
		}
		_, err = VerifyEK(der, roots)
		if (err != nil) != c.wrong || err != nil && !strings.Contains(err.Error(), "ROCA") {
			t.Errorf("%s: VerifyEK = %v", name, err)
		}
	}
}
