package tpm

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"

	"github.com/google/go-tpm/tpm2"
)

// areaOf is the public area of an endorsement key of a template, with this key.
func areaOf(t *testing.T, template tpm2.TPMTPublic, key any, edit func(*tpm2.TPMTPublic)) []byte {
	t.Helper()
	switch key := key.(type) {
	case *rsa.PublicKey:
		template.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgRSA, &tpm2.TPM2BPublicKeyRSA{Buffer: key.N.Bytes()})
	case *ecdsa.PublicKey:
		template.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{X: tpm2.TPM2BECCParameter{Buffer: key.X.Bytes()}, Y: tpm2.TPM2BECCParameter{Buffer: key.Y.Bytes()}})
	}
	if edit != nil {
		edit(&template)
	}
	return tpm2.Marshal(template)
}

func TestCheckEK(t *testing.T) {
	t.Parallel()
	generate := func(bits int) *rsa.PublicKey {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		return &key.PublicKey
	}
	curve := func(c elliptic.Curve) *ecdsa.PublicKey {
		key, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return &key.PublicKey
	}
	long, short, p256, p384, p521 := generate(2048), generate(1024), curve(elliptic.P256()), curve(elliptic.P384()), curve(elliptic.P521())
	high := highECC(tpm2.TPMECCNistP384, 256, tpm2.TPMAlgSHA384, policyB384)
	shortArea := highRSA(1024, 128, tpm2.TPMAlgSHA256, policyB256)
	wide := highECC(tpm2.TPMECCNistP521, 256, tpm2.TPMAlgSHA384, policyB384)
	attribute := func(set func(*tpm2.TPMAObject)) func(*tpm2.TPMTPublic) {
		return func(a *tpm2.TPMTPublic) { set(&a.ObjectAttributes) }
	}
	for _, c := range []struct {
		name     string
		template tpm2.TPMTPublic
		key      any
		edit     func(*tpm2.TPMTPublic)
		says     string
	}{
		{"RSA", tpm2.RSAEKTemplate, long, nil, ""},
		{"P-256", tpm2.ECCEKTemplate, p256, nil, ""},
		{"P-384", high, p384, nil, ""},
		{"1024 bits", shortArea, short, nil, "has 1024 bits"},
		{"P-521", wide, p521, nil, "P-256 and P-384 are accepted"},
		{"not of this TPM", tpm2.RSAEKTemplate, long, attribute(func(a *tpm2.TPMAObject) { a.FixedTPM = false }), "can leave it"},
		{"not of this parent", tpm2.RSAEKTemplate, long, attribute(func(a *tpm2.TPMAObject) { a.FixedParent = false }), "can leave it"},
		{"made elsewhere", tpm2.RSAEKTemplate, long, attribute(func(a *tpm2.TPMAObject) { a.SensitiveDataOrigin = false }), "can leave it"},
		{"can be duplicated", tpm2.RSAEKTemplate, long, attribute(func(a *tpm2.TPMAObject) { a.EncryptedDuplication = true }), "can leave it"},
		{"not restricted", tpm2.RSAEKTemplate, long, attribute(func(a *tpm2.TPMAObject) { a.Restricted = false }), "does more"},
		{"does not decrypt", tpm2.RSAEKTemplate, long, attribute(func(a *tpm2.TPMAObject) { a.Decrypt = false }), "does more"},
		{"signs", tpm2.RSAEKTemplate, long, attribute(func(a *tpm2.TPMAObject) { a.SignEncrypt = true }), "does more"},
		{"no policy", tpm2.RSAEKTemplate, long, func(a *tpm2.TPMTPublic) { a.AuthPolicy.Buffer = nil }, "none of the TCG's"},
		{"another policy", tpm2.RSAEKTemplate, long, func(a *tpm2.TPMTPublic) { a.AuthPolicy.Buffer = make([]byte, 32) }, "none of the TCG's"},
		{"a point off its curve", tpm2.ECCEKTemplate, &ecdsa.PublicKey{Curve: elliptic.P256(), X: p256.X, Y: p256.X}, nil, "not on its curve"},
	} {
		_, err := CheckEK(areaOf(t, c.template, c.key, c.edit))
		if (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
		if _, _, err := MakeCredential(areaOf(t, c.template, c.key, c.edit), nil, make([]byte, SecretSize)); err != nil != (c.says != "") && c.name != "1024 bits" && c.name != "P-521" {
			t.Errorf("%s: MakeCredential: %v", c.name, err)
		}
	}
	area := areaOf(t, tpm2.RSAEKTemplate, long, nil)
	for name, b := range map[string][]byte{"cut off": area[:40], "with more behind it": append(area, 0), "empty": nil} {
		if _, err := CheckEK(b); err == nil {
			t.Errorf("an area %s is accepted", name)
		}
	}
}
