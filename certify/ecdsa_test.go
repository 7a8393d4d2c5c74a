package certify_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"rasure/certify"
)

// signatureOf is the DER signature of a statement.
func signatureOf(t testing.TB, signed []byte) []byte {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(signed[bytes.LastIndexByte(signed[:len(signed)-1], ' '):])))
	if err != nil {
		t.Fatal(err)
	}
	return raw[4:]
}

func sOf(t testing.TB, der []byte) *big.Int {
	t.Helper()
	var v struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &v); err != nil {
		t.Fatal(err)
	}
	return v.S
}

func TestSignaturesHaveTheLowS(t *testing.T) {
	t.Parallel()
	s, pub := signer(t)
	half := new(big.Int).Rsh(elliptic.P256().Params().N, 1)
	c := certificate(t, pub)
	for range 32 { // one in 2^32 would pass by chance
		signed := sign(t, certify.KindCertificate, c, s)
		if sOf(t, signatureOf(t, signed)).Cmp(half) > 0 {
			t.Fatal("signed with the high s")
		}
		high := malleate(t, signed, pub)
		if _, err := open(high, pub); err != nil {
			t.Fatalf("version 1 takes either half: %v", err)
		}
		low, err := certify.LowS(signatureOf(t, high))
		if err != nil || !bytes.Equal(low, signatureOf(t, signed)) {
			t.Fatalf("LowS gives %x, %v", low, err)
		}
	}
	if _, err := certify.LowS([]byte("no signature")); err == nil {
		t.Error("LowS takes anything")
	}
	if _, err := certify.LowS(append(signatureOf(t, sign(t, certify.KindCertificate, c, s)), 0)); err == nil {
		t.Error("LowS takes what follows a signature")
	}
}

// counting is a signer that counts what it is asked to sign.
type counting struct {
	n *int
	s interface {
		Name() string
		KeyHash() uint32
		Sign([]byte) ([]byte, error)
	}
}

func (c counting) Name() string    { return c.s.Name() }
func (c counting) KeyHash() uint32 { return c.s.KeyHash() }
func (c counting) Sign(text []byte) ([]byte, error) {
	*c.n++
	return c.s.Sign(text)
}

func TestSignMeasuresBeforeItSigns(t *testing.T) {
	t.Parallel()
	s, pub := signer(t)
	n := 0
	c := certificate(t, pub)
	fits := func(pad int) bool {
		c.Operator = strings.Repeat("x", pad)
		before := n
		signed, err := certify.Sign(certify.KindCertificate, c, counting{&n, s})
		if err == nil && len(signed) > certify.MaxBytes {
			t.Fatalf("signed %d bytes", len(signed))
		}
		if err != nil && n != before {
			t.Fatalf("a signature was made for a text that does not fit: %v", err)
		}
		return err == nil
	}
	fits(0)
	pad := certify.MaxBytes - len(sign(t, certify.KindCertificate, c, s)) - 10 // a signature has up to 72 bytes, and mostly 70
	if !fits(pad) || fits(pad+20) {
		t.Errorf("the limit is not near %d bytes", certify.MaxBytes)
	}
}

func TestKeysOfOtherCurves(t *testing.T) {
	t.Parallel()
	if _, err := certify.NewVerifier("a", &ecdsa.PublicKey{Curve: elliptic.P384()}); err == nil {
		t.Error("P-384 is taken")
	}
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"station7.archive.example", "s", "example.com/log", "a..b", "7", "rasure"} {
		if err := certify.CheckName(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "..", ".", "a/../b", "a/./b", "a//b", "/a", "a/", ".a", "-a", "rasure-witness", "Rasure-Root", "a b", "a+b", "ä", "a\n"} {
		if err := certify.CheckName(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// A log of version 1 whose station has a name that no new one may have opens for ever.
func TestOldStationNamesOpen(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"..", "rasure-witness"} {
		key, pub := software(t)
		s, err := certify.NewSoftwareSigner(name, key)
		if err != nil {
			t.Fatal(err)
		}
		c := certificate(t, pub)
		c.Station.Name = name
		if _, err := open(sign(t, certify.KindCertificate, c, s), pub); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
