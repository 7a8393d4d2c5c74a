package enrol

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/certify/tpm/tpmtest"
)

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func newKey(t *testing.T) *ecdsa.PublicKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &key.PublicKey
}

func parse(t *testing.T, der []byte) *x509.Certificate {
	t.Helper()
	c, err := Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func parseCRL(t *testing.T, der []byte) *x509.RevocationList {
	t.Helper()
	l, err := x509.ParseRevocationList(der)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestChain(t *testing.T) {
	t.Parallel()
	v, other, key := tpmtest.NewVendor(t), tpmtest.NewVendor(t), newKey(t)
	good := parse(t, v.Certify(key, nil))
	full := Trust{Roots: []*x509.Certificate{v.Root}, Between: []*x509.Certificate{v.Issuer}}
	with := func(edit func(*Trust)) Trust {
		to := full
		edit(&to)
		return to
	}
	lists := func(until time.Time, revoked ...*big.Int) Trust {
		return with(func(to *Trust) {
			to.CRLs = []*x509.RevocationList{parseCRL(t, v.CRL(until, revoked...)), parseCRL(t, v.RootCRL(until)), parseCRL(t, other.CRL(until, good.SerialNumber))}
		})
	}
	edited := func(edit func(*x509.Certificate)) *x509.Certificate { return parse(t, v.Certify(key, edit)) }
	changed := bytes.Clone(good.Raw)
	changed[len(changed)-1] ^= 1
	for _, c := range []struct {
		name  string
		trust Trust
		ek    *x509.Certificate
		says  string   // part of the error; "" for none
		codes []string // that are among those checked
	}{
		{"good", full, good, "", []string{CheckedChain, WarnNoCRL}},
		{"no roots", Trust{Between: full.Between}, good, "no roots", nil},
		{"another vendor's root", with(func(to *Trust) { to.Roots = []*x509.Certificate{other.Root} }), good, "unknown authority", nil},
		{"no intermediate", with(func(to *Trust) { to.Between = nil }), good, "unknown authority", nil},
		{"a changed signature", full, parse(t, changed), "verif", nil},
		{"a certificate of an authority", full, v.Issuer, "not for an endorsement key", nil},
		{"no use for endorsement keys", full, edited(func(c *x509.Certificate) { c.UnknownExtKeyUsage = nil }), "not for an endorsement key", nil},
		{"another critical extension", full, edited(func(c *x509.Certificate) {
			c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}})
		}), "unhandled critical extension", nil},
		{"expired", full, edited(func(c *x509.Certificate) { c.NotAfter = tpmtest.Issued.AddDate(1, 0, 0) }), "", []string{WarnExpired}},
		{"not valid yet", full, edited(func(c *x509.Certificate) { c.NotBefore = now.AddDate(1, 0, 0) }), "not yet valid", nil},
		{"a trusted certificate of the key itself", with(func(to *Trust) { to.Roots = []*x509.Certificate{good} }), good, "one of the roots itself", nil},
		{"lists", lists(now.AddDate(1, 0, 0)), good, "", []string{CheckedCRL}},
		{"old lists", lists(now.AddDate(-1, 0, 0)), good, "", []string{CheckedCRL, WarnOldCRL}},
		{"revoked", lists(now.AddDate(1, 0, 0), good.SerialNumber), good, "was revoked on 2023-01-01", nil},
		{"a list for a part", with(func(to *Trust) { to.CRLs = []*x509.RevocationList{parseCRL(t, v.CRL(now))} }), good, "", []string{WarnNoCRL}},
	} {
		chain, err := c.trust.Verify(c.ek, now)
		if (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
			continue
		}
		for _, code := range c.codes {
			if !slices.Contains(chain.Checked, code) {
				t.Errorf("%s: checked %q, without %s", c.name, chain.Checked, code)
			}
		}
	}
}

// A vendor's certificate for a key that can be factored is refused, whatever it leads to; also by an auditor who has no roots.
func TestChainROCA(t *testing.T) {
	t.Parallel()
	v := tpmtest.NewVendor(t)
	weak := rsa.PublicKey{N: weakModulus(t), E: 65537}
	c := parse(t, v.Certify(&weak, nil))
	if _, err := (Trust{Roots: []*x509.Certificate{v.Root}, Between: []*x509.Certificate{v.Issuer}}).Verify(c, now); err == nil || !strings.Contains(err.Error(), "ROCA") {
		t.Errorf("Verify = %v", err)
	}
	e := enrolmentOf(t, c, v.Issuer)
	if err := Check(e); err == nil || !strings.Contains(err.Error(), "ROCA") {
		t.Errorf("Check = %v", err)
	}
}

func enrolmentOf(t *testing.T, ek *x509.Certificate, chain ...*x509.Certificate) *statement.Enrolment {
	t.Helper()
	sum, err := keySum(ek.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	e := &statement.Enrolment{Act: statement.Act{At: now}, EK: statement.EK{Certificate: ek.Raw, Public: sum}, TPM: chipOf(ek)}
	for _, c := range chain {
		e.EK.Chain = append(e.EK.Chain, c.Raw)
	}
	return e
}

func TestCheck(t *testing.T) {
	t.Parallel()
	v, other, key := tpmtest.NewVendor(t), tpmtest.NewVendor(t), newKey(t)
	good := parse(t, v.Certify(key, nil))
	for _, c := range []struct {
		name string
		e    *statement.Enrolment
		edit func(*statement.Enrolment)
		says string
	}{
		{"good", enrolmentOf(t, good, v.Issuer), nil, ""},
		{"another key", enrolmentOf(t, good, v.Issuer), func(e *statement.Enrolment) { e.EK.Public[0] ^= 1 }, "another key than the enrolment names"},
		{"another issuer", enrolmentOf(t, good, other.Issuer), nil, "not signed by the next one"},
		{"the wrong way round", enrolmentOf(t, good, v.Root, v.Issuer), nil, "not signed by the next one"},
		{"no certificate", enrolmentOf(t, good, v.Issuer), func(e *statement.Enrolment) { e.EK.Certificate = []byte{1} }, "certificate 0"},
		{"an authority", enrolmentOf(t, v.Issuer, v.Root), nil, "not for an endorsement key"},
	} {
		if c.edit != nil {
			c.edit(c.e)
		}
		if err := Check(c.e); (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
	e := enrolmentOf(t, good, v.Issuer)
	if chain, err := Recheck(e, Trust{Roots: []*x509.Certificate{v.Root}}); err != nil || !chain.Roots[0].Equal(v.Root) {
		t.Errorf("Recheck = %v, %v", chain, err)
	}
	if _, err := Recheck(e, Trust{Roots: []*x509.Certificate{other.Root}}); err == nil {
		t.Error("the roots of another vendor would do")
	}
}

// An emulator never becomes verified, whether the card says it, or the certificates do.
func TestClass(t *testing.T) {
	t.Parallel()
	v, key := tpmtest.NewVendor(t), newKey(t)
	vendors := enrolmentOf(t, parse(t, v.Certify(key, nil)), v.Issuer)
	named := func(manufacturer, model string) *statement.Enrolment {
		return enrolmentOf(t, parse(t, v.Certify(key, func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{tpmtest.AltName(t, manufacturer, model, "id:1")}
		})), v.Issuer)
	}
	for _, c := range []struct {
		card string
		e    *statement.Enrolment
		want string
	}{
		{certify.TPMUnverified, vendors, certify.TPMVerified},
		{certify.TPMEmulated, vendors, certify.TPMEmulated},
		{certify.TPMUnverified, named("id:49424D00", "model"), certify.TPMEmulated}, // IBM
		{certify.TPMUnverified, named("id:49465800", "swtpm"), certify.TPMEmulated},
		{certify.TPMVerified, vendors, certify.TPMVerified}, // the card contradicts itself, as is said elsewhere
	} {
		if got := Class(c.card, c.e); got != c.want {
			t.Errorf("%s, %+v: %s, want %s", c.card, c.e.TPM, got, c.want)
		}
	}
}

// Old certificates by Infineon have a key of the type RSAES-OAEP, which crypto/x509 does not read.
func TestParseOAEP(t *testing.T) {
	t.Parallel()
	v := tpmtest.NewVendor(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der := v.Certify(&key.PublicKey, nil)
	oaep := bytes.Replace(der, []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1}, []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 7}, 1) // the signature does not matter here
	if c, err := x509.ParseCertificate(oaep); err != nil || c.PublicKey != nil {
		t.Fatalf("crypto/x509 reads it: %v, %v", c.PublicKey, err)
	}
	if c := parse(t, oaep); !sameKey(&key.PublicKey, c.PublicKey) {
		t.Errorf("the key is %v", c.PublicKey)
	}
}

func TestReadRoots(t *testing.T) {
	t.Parallel()
	v := tpmtest.NewVendor(t)
	pemOf := func(c *x509.Certificate) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	both := append(pemOf(v.Root), pemOf(v.Issuer)...)
	to, err := ReadRoots(fstest.MapFS{"all.pem": {Data: both}, "again.cer": {Data: v.Root.Raw}, "sub/x": {Data: []byte("y")}})
	if err != nil || len(to.Roots) != 1 || len(to.Between) != 1 || !to.Roots[0].Equal(v.Root) {
		t.Errorf("%d roots, %d others, %v", len(to.Roots), len(to.Between), err)
	}
	for name, c := range map[string]struct {
		dir  fstest.MapFS
		says string
	}{
		"no root":        {fstest.MapFS{"a": {Data: v.Issuer.Raw}}, "signed by itself"},
		"empty":          {fstest.MapFS{}, "signed by itself"},
		"no certificate": {fstest.MapFS{"a.txt": {Data: []byte("hello")}}, "a.txt"},
		"joined lines":   {fstest.MapFS{"a.pem": {Data: append(bytes.TrimSuffix(pemOf(v.Root), []byte("\n")), pemOf(v.Issuer)...)}}, "not all of it can be read"},
	} {
		if _, err := ReadRoots(c.dir); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// Some vendors write the attributes of a name in another order than DER demands (Nuvoton was seen by others). The certificate is read nevertheless.
func TestNamesOutOfOrder(t *testing.T) {
	t.Parallel()
	v, key := tpmtest.NewVendor(t), newKey(t)
	name := tpmtest.AltName(t, "id:4E544300", "NPCT75x,v1", "id:00000702")
	ordered := bytes.Clone(name.Value)
	first, last := bytes.Index(name.Value, []byte{0x30, 0x14, 0x06, 0x05, 0x67}), bytes.LastIndex(name.Value, []byte{0x30, 0x14, 0x06, 0x05, 0x67})
	if first < 0 || first == last {
		t.Fatalf("the name has other attributes: %x", name.Value)
	}
	copy(name.Value[first:], ordered[last:last+22])
	copy(name.Value[last:], ordered[first:first+22])
	c := parse(t, v.Certify(key, func(c *x509.Certificate) { c.ExtraExtensions = []pkix.Extension{name} }))
	if _, err := (Trust{Roots: []*x509.Certificate{v.Root}, Between: []*x509.Certificate{v.Issuer}}).Verify(c, now); err != nil {
		t.Error(err)
	}
	if chip := chipOf(c); chip != (statement.Chip{Manufacturer: "NTC", Model: "NPCT75x,v1", Firmware: "id:00000702"}) {
		t.Errorf("the TPM is %+v", chip)
	}
}
