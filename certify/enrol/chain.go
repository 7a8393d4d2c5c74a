package enrol

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Codes of what an authority checked, as an enrolment lists them; those of the second block are warnings.
const (
	CheckedKey        = "station-key" // it and the counter have the templates of rasure
	CheckedEK         = "endorsement-key"
	CheckedChain      = "chain" // the certificate leads to a root
	CheckedROCA       = "roca"  // the RSA modulus does not have the flaw of CVE-2017-15361
	CheckedCounter    = "counter"
	CheckedCredential = "credential" // only the TPM could open the statement
	CheckedCRL        = "crl"        // no list that was given revokes a certificate of the chain; old-crl: one of them should have been replaced

	WarnNoCRL    = "no-crl"   // not every certificate of the chain was looked up in a list
	WarnOldCRL   = "old-crl"  // a list should have been replaced by then
	WarnExpired  = "expired"  // a certificate of the chain was not valid any more
	WarnFetched  = "fetched"  // the certificate was not in the TPM
	WarnRecount  = "recount"  // the counter had counted without entries before
	WarnEmulator = "emulator" // it is one, or says so: who can copy its files can copy the key
)

// Chain is the way from a certificate of an endorsement key to roots.
type Chain struct {
	EK      *x509.Certificate
	Between []*x509.Certificate // from the key's issuer up, without the root
	Roots   []*x509.Certificate // to which a chain leads
	CRLs    []*x509.RevocationList
	Checked []string // codes
}

var (
	errNoRoots = message.New("no roots to check it with")
	errROCA    = message.New("the endorsement key can be factored (ROCA, CVE-2017-15361): anybody can answer in the TPM's place")
)

// Verify follows a certificate of an endorsement key to the roots, at a time. It proves that a vendor made a TPM that has this key. Certificates that
// were valid when the key got its own and have expired since are accepted, with a warning: vendors let them expire while the TPMs are in use.
func (t Trust) Verify(ek *x509.Certificate, at time.Time) (*Chain, error) {
	c, err := t.verify(ek, at)
	if err != nil {
		return nil, message.Errorf("the certificate of the endorsement key: %w", err)
	}
	return c, nil
}

func (t Trust) verify(ek *x509.Certificate, at time.Time) (*Chain, error) {
	if len(t.Roots) == 0 { // the system's web authorities would do
		return nil, errNoRoots
	}
	if !slices.ContainsFunc(ek.UnknownExtKeyUsage, oidEKUse.Equal) {
		return nil, message.New("it is not for an endorsement key")
	}
	c := &Chain{EK: ek, Checked: []string{CheckedChain}}
	if key, ok := ek.PublicKey.(*rsa.PublicKey); ok {
		if isROCA(key.N) {
			return nil, errROCA
		}
		c.Checked = append(c.Checked, CheckedROCA)
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	for _, c := range t.Roots {
		roots.AddCert(c)
	}
	for _, c := range t.Between {
		between.AddCert(c)
	}
	o := x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	chains, err := ek.Verify(o)
	if invalid := new(x509.CertificateInvalidError); errors.As(err, invalid) && invalid.Reason == x509.Expired && at.After(ek.NotBefore) {
		o.CurrentTime = ek.NotBefore.Add(time.Second)
		if again, laterErr := ek.Verify(o); laterErr == nil {
			chains, err, c.Checked = again, nil, append(c.Checked, WarnExpired)
		}
	}
	if err != nil {
		return nil, err
	}
	return c, c.take(chains, t.CRLs, at)
}

// take takes the shortest of the chains that no list revokes; the roots are those of all of these.
func (c *Chain) take(chains [][]*x509.Certificate, lists []*x509.RevocationList, at time.Time) error {
	slices.SortStableFunc(chains, func(a, b []*x509.Certificate) int { return len(a) - len(b) })
	var revoked error
	var codes []string
	for _, chain := range chains {
		if len(chain) < 2 { // the roots are not for endorsement keys
			continue
		}
		used, found, err := checkRevoked(chain, lists, at)
		if err != nil {
			revoked = err
			continue
		}
		if len(c.Roots) == 0 {
			c.Between, c.CRLs, codes = chain[1:len(chain)-1], used, found
		}
		if root := chain[len(chain)-1]; !slices.ContainsFunc(c.Roots, root.Equal) {
			c.Roots = append(c.Roots, root)
		}
	}
	switch {
	case len(c.Roots) == 0 && revoked == nil:
		return message.New("it is one of the roots itself")
	case len(c.Roots) == 0:
		return revoked
	}
	c.Checked = append(c.Checked, codes...)
	return nil
}

// checkRevoked looks every certificate of a chain up in the lists of its issuer. It returns the lists that it used.
func checkRevoked(chain []*x509.Certificate, lists []*x509.RevocationList, at time.Time) (used []*x509.RevocationList, codes []string, err error) {
	all, old := true, false
	for i, c := range chain[:len(chain)-1] {
		found := false
		for _, l := range lists {
			if !bytes.Equal(l.RawIssuer, c.RawIssuer) || l.CheckSignatureFrom(chain[i+1]) != nil {
				continue
			}
			found, used = true, append(used, l)
			old = old || !l.NextUpdate.IsZero() && at.After(l.NextUpdate)
			for _, r := range l.RevokedCertificateEntries {
				if r.SerialNumber.Cmp(c.SerialNumber) == 0 {
					return nil, nil, message.Errorf("the certificate with the serial number %x was revoked on %s", c.SerialNumber, r.RevocationTime.UTC().Format(time.DateOnly))
				}
			}
		}
		all = all && found
	}
	if all {
		codes = append(codes, CheckedCRL)
	} else {
		codes = append(codes, WarnNoCRL)
	}
	if old {
		codes = append(codes, WarnOldCRL)
	}
	return used, codes, nil
}

// roots are the SHA-256 of the roots.
func (c *Chain) roots() []statement.Hash {
	return sumsOf(c.Roots, func(c *x509.Certificate) []byte { return c.Raw })
}
