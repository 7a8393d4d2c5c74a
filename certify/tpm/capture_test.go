package tpm_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
)

// uniqueOf is what nobody else's key has.
func uniqueOf(t *testing.T, key crypto.PublicKey) [][]byte {
	t.Helper()
	switch k := key.(type) {
	case *rsa.PublicKey:
		return [][]byte{k.N.Bytes()[:32], k.N.Bytes()[len(k.N.Bytes())-32:]}
	case *ecdsa.PublicKey:
		return [][]byte{k.X.Bytes(), k.Y.Bytes()}
	}
	t.Fatalf("a key of type %T", key)
	return nil
}

// A capture can be replayed, reads only, and does not identify the TPM.
func TestCapture(t *testing.T) {
	t.Parallel()
	e, vendor := tpmtest.New(t), tpmtest.NewVendor(t)
	e.Endorse(vendor, "rsa", "p256", "p384")
	e.Store(0x01C00100, append(slices.Clone(vendor.Issuer.Raw), vendor.Root.Raw...)) // one behind the other, in several pieces
	e.Store(0x01C00003, []byte("a number that only this TPM has!"))
	chip := open(t, e.Address())
	is, err := chip.Describe()
	if err != nil {
		t.Fatal(err)
	}
	c, err := chip.Capture()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	text := c.Text("rasure test", at)
	for _, want := range []string{"rasure TPM capture 1\n", "# TPM " + is.Manufacturer, "# index 0x01c00100: ", "2 certificates", "# persistent endorsement key 0x81010016: P-384"} {
		if !strings.Contains(text, want) {
			t.Errorf("the capture lacks %q", want)
		}
	}
	secret := [][]byte{[]byte("a number that only")}
	for kind := range tpmtest.Places {
		secret = append(secret, uniqueOf(t, e.EK(kind))...)
	}
	for _, der := range is.EKCertificates {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		secret = append(secret, cert.Signature[8:40])
		secret = append(secret, uniqueOf(t, cert.PublicKey)...)
		if n := len(cert.AuthorityKeyId); n > 0 {
			secret = append(secret, append([]byte{0x80, byte(n)}, cert.AuthorityKeyId...))
		}
	}
	for _, s := range secret {
		if strings.Contains(text, hex.EncodeToString(s)) {
			t.Errorf("the capture has %x", s)
		}
	}

	all, err := tpm.ParseCapture(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	again, err := tpm.Replay(all).Describe()
	if err != nil || again.Manufacturer != is.Manufacturer || again.Vendor != is.Vendor || again.Firmware != is.Firmware || again.Assurance != is.Assurance || len(again.EKCertificates) != len(is.EKCertificates) {
		t.Errorf("replayed: %+v, %v", again, err)
	}
	for i, der := range again.EKCertificates {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Errorf("masked certificate %d: %v", i, err)
			continue
		}
		if was, err := x509.ParseCertificate(is.EKCertificates[i]); err != nil || cert.Issuer.String() != was.Issuer.String() || !cert.NotAfter.Equal(was.NotAfter) || cert.SerialNumber.Cmp(was.SerialNumber) == 0 && !was.IsCA || len(cert.Raw) != len(was.Raw) {
			t.Errorf("masked certificate %d: %v, serial number %v, %v", i, cert.Issuer, cert.SerialNumber, err)
		}
	}
	twice, err := tpm.Replay(all).Capture()
	if err != nil || twice.Text("rasure test", at) != text {
		t.Errorf("a capture of the capture is another one, %v", err)
	}
	if _, err := tpm.Replay(all).Create(); err == nil {
		t.Error("a replayed TPM makes keys")
	}
	for name, bad := range map[string]string{"empty": "", "another text": "hello\n", "an answer without a command": "rasure TPM capture 1\n< 00\n", "no digits": "rasure TPM capture 1\n> zz\n", "two answers": "rasure TPM capture 1\n> 00\n< 00\n< 00\n"} {
		if _, err := tpm.ParseCapture(strings.NewReader(bad)); err == nil {
			t.Errorf("%s is taken for a capture", name)
		}
	}
}

// What owners of TPMs have sent is read as the TPM was. The first is of an emulator, so that there is one.
func TestRealCaptures(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/real/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("no captures, %v", err)
	}
	for _, name := range names {
		text := string(readFile(t, name))
		all, err := tpm.ParseCapture(strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		is, err := tpm.Replay(all).Describe()
		if want := "\n# TPM " + is.Manufacturer + " " + is.Vendor + ", firmware " + is.Firmware + ", " + is.Assurance + "\n"; err != nil || !strings.Contains(text, want) {
			t.Errorf("%s: %q is not what it says, %v", name, want, err)
		}
		for i, der := range is.EKCertificates {
			if _, err := x509.ParseCertificate(der); err != nil {
				t.Errorf("%s: certificate %d: %v", name, i, err)
			}
		}
	}
}
