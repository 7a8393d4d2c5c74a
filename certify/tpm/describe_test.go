package tpm_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"testing"

	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
)

func TestSoftwareIsCalledEmulated(t *testing.T) {
	t.Parallel()
	d, err := open(t, tpmtest.Start(t)).Describe()
	if err != nil || d.Manufacturer != "IBM" || d.Vendor != "SW   TPM" || d.Firmware == "" || len(d.EKCertificates) != 2 || d.Assurance != tpm.Emulated {
		t.Errorf("%+v, %v", d, err)
	}
}

// The recorded answers of an emulated TPM, with other words in them.
func TestAnythingThatHintsAtSoftwareMakesATPMEmulated(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		manufacturer, vendor, certificate string // 4, 8 and 5 bytes
		want                              string
	}{
		{"IFX\x00", "SLB9672\x00", "model", tpm.Unverified},
		{"IFX\x00", "SLB9672\x00", "swtpm", tpm.Emulated},
		{"IFX\x00", "SW   TPM", "model", tpm.Emulated},
		{"IBM\x00", "SLB9672\x00", "model", tpm.Emulated},
		{"MSFT", "xCG fTPM", "model", tpm.Emulated},
		{"INTC", "xCG fTPM", "model", tpm.Emulated},
		{"VMW\x00", "VMware\x00\x00", "model", tpm.Emulated},
		{"\x1b[2J", "\x1b]0;\x07\x00ab", "model", tpm.Unverified},
	} {
		answers := exchange(t, "describe")
		for i, a := range answers {
			for _, swap := range [][2]string{{"IBM\x00", c.manufacturer}, {"SW  ", c.vendor[:4]}, {" TPM", c.vendor[4:]}, {"swtpm", c.certificate}} {
				a = bytes.ReplaceAll(a, []byte(swap[0]), []byte(swap[1]))
			}
			answers[i] = a
		}
		d, err := replay(answers).Describe()
		if err != nil || d.Assurance != c.want || len(d.EKCertificates) != 2 {
			t.Errorf("%q %q with a certificate for %q: %q, %v, want %q", c.manufacturer, c.vendor, c.certificate, d.Assurance, err, c.want)
		}
		if i := bytes.IndexFunc([]byte(d.Manufacturer+d.Vendor), func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
			t.Errorf("control characters in %q %q", d.Manufacturer, d.Vendor)
		}
	}
}

func TestACertificateOfTheTPMLeadsToItsVendor(t *testing.T) {
	t.Parallel()
	e := tpmtest.New(t)
	d, err := open(t, e.Address()).Describe()
	if err != nil {
		t.Fatal(err)
	}
	var authority []*x509.Certificate
	for _, path := range e.Authority() {
		block, _ := pem.Decode(readFile(t, path))
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		authority = append(authority, c)
	}
	root, issuer := authority[0], authority[1]
	roots := x509.NewCertPool()
	roots.AddCert(root)
	if len(d.EKCertificates) == 0 {
		t.Fatal("no certificates")
	}
	for _, der := range d.EKCertificates {
		if _, err := tpm.VerifyEK(der, roots, issuer); err != nil {
			t.Error(err)
		}
		changed := slices.Clone(der)
		changed[len(der)-1] ^= 1 // in the signature
		for name, err := range map[string]error{
			"without the intermediate": second(tpm.VerifyEK(der, roots)),
			"with other roots":         second(tpm.VerifyEK(der, x509.NewCertPool(), issuer)),
			"with the system's roots":  second(tpm.VerifyEK(der, nil, issuer)),
			"with a changed signature": second(tpm.VerifyEK(changed, roots, issuer)),
			"cut off":                  second(tpm.VerifyEK(der[:100], roots, issuer)),
		} {
			if err == nil {
				t.Errorf("verifies %s", name)
			}
		}
	}
	if _, err := tpm.VerifyEK(issuer.Raw, roots); err == nil {
		t.Error("a certificate of an authority passes for a TPM's")
	}
}

func second(_ *x509.Certificate, err error) error { return err }
