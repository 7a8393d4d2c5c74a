package tpmtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Vendor plays one that makes TPMs: it has a root and an authority below it that certifies endorsement keys.
type Vendor struct {
	Root, Issuer *x509.Certificate

	t         testing.TB
	root, key *ecdsa.PrivateKey
	serial    int64
}

// Issued is when a Vendor certifies all its keys.
var Issued = time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)

// NewVendor makes a vendor.
func NewVendor(t testing.TB) *Vendor {
	t.Helper()
	v := &Vendor{t: t, root: newKey(t), key: newKey(t), serial: 100}
	ca := func(name string, serial int64) *x509.Certificate {
		return &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, NotBefore: Issued.AddDate(-1, 0, 0), NotAfter: Issued.AddDate(100, 0, 0), IsCA: true,
			BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SubjectKeyId: []byte(name)}
	}
	root := ca("Chip Works Root", 1)
	v.Root = v.sign(root, root, &v.root.PublicKey, v.root)
	v.Issuer = v.sign(ca("Chip Works EK CA", 2), v.Root, &v.key.PublicKey, v.root)
	return v
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (v *Vendor) sign(c, by *x509.Certificate, key crypto.PublicKey, with crypto.Signer) *x509.Certificate {
	v.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, by, key, with)
	if err == nil {
		c, err = x509.ParseCertificate(der)
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return c
}

// Certify makes the certificate of an endorsement key, as the TCG has it: the subject is empty, and the model is in a critical alternative name. edit may
// be nil.
func (v *Vendor) Certify(key crypto.PublicKey, edit func(*x509.Certificate)) []byte {
	v.t.Helper()
	v.serial++
	c := &x509.Certificate{SerialNumber: big.NewInt(v.serial), NotBefore: Issued, NotAfter: Issued.AddDate(50, 0, 0), KeyUsage: x509.KeyUsageKeyEncipherment,
		UnknownExtKeyUsage: []asn1.ObjectIdentifier{{2, 23, 133, 8, 1}}, ExtraExtensions: []pkix.Extension{AltName(v.t, "id:49465800", "SLB9670", "id:0785")}}
	if edit != nil {
		edit(c)
	}
	return v.sign(c, v.Issuer, key, v.key).Raw
}

// AltName is the critical alternative name with manufacturer, model and firmware of a TPM.
func AltName(t testing.TB, manufacturer, model, firmware string) pkix.Extension {
	t.Helper()
	set := pkix.RelativeDistinguishedNameSET{}
	for i, value := range []string{manufacturer, model, firmware} {
		set = append(set, pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 23, 133, 2, i + 1}, Value: value})
	}
	name, err := asn1.Marshal(pkix.RDNSequence{set})
	if err == nil {
		name, err = asn1.Marshal([]asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 4, IsCompound: true, Bytes: name}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Critical: true, Value: name}
}

// CRL is the issuer's list of revoked certificates, in DER, which is to be replaced at that time.
func (v *Vendor) CRL(until time.Time, serials ...*big.Int) []byte {
	v.t.Helper()
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: Issued, NextUpdate: until}
	for _, s := range serials {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: s, RevocationTime: Issued.AddDate(1, 0, 0)})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, v.Issuer, v.key)
	if err != nil {
		v.t.Fatal(err)
	}
	return der
}

// RootCRL is the root's list, which revokes nothing.
func (v *Vendor) RootCRL(until time.Time) []byte {
	v.t.Helper()
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: Issued, NextUpdate: until}, v.Root, v.root)
	if err != nil {
		v.t.Fatal(err)
	}
	return der
}

// Dir writes the root, in PEM, and the issuer, in DER, into a directory of its own.
func (v *Vendor) Dir() string {
	v.t.Helper()
	dir := v.t.TempDir()
	for name, data := range map[string][]byte{"root.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: v.Root.Raw}), "issuer.cer": v.Issuer.Raw} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			v.t.Fatal(err)
		}
	}
	return dir
}
