package enrol

import (
	"crypto/rsa"
	"crypto/x509"
	"slices"

	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Check returns what is wrong with the certificates of an enrolment, as far as they show it without the roots: an auditor who has none sees that they belong
// together, and follows the last of them to nothing.
func Check(e *statement.Enrolment) error {
	_, err := certificatesOf(e)
	return err
}

// Recheck follows the certificates of an enrolment to the roots that an auditor chose.
func Recheck(e *statement.Enrolment, t Trust) (*Chain, error) {
	all, err := certificatesOf(e)
	if err != nil {
		return nil, err
	}
	t.Between = slices.Concat(t.Between, all[1:])
	return t.Verify(all[0], e.At)
}

// certificatesOf are the certificates of an enrolment, that of the endorsement key first.
func certificatesOf(e *statement.Enrolment) (all []*x509.Certificate, err error) {
	for _, der := range append([]statement.Bytes{e.EK.Certificate}, e.EK.Chain...) {
		c, err := Parse(der)
		if err != nil {
			return nil, message.Errorf("certificate %d of the TPM: %w", len(all), err)
		}
		all = append(all, c)
	}
	if sum, err := keySum(all[0].PublicKey); err != nil || sum != e.EK.Public {
		return nil, message.New("the certificate of the endorsement key has another key than the enrolment names")
	}
	if !slices.ContainsFunc(all[0].UnknownExtKeyUsage, oidEKUse.Equal) {
		return nil, message.New("the certificate is not for an endorsement key")
	}
	if key, ok := all[0].PublicKey.(*rsa.PublicKey); ok && isROCA(key.N) {
		return nil, errROCA
	}
	for i, c := range all[1:] {
		if err := all[i].CheckSignatureFrom(c); err != nil {
			return nil, message.Errorf("certificate %d of the TPM is not signed by the next one: %w", i, err)
		}
	}
	return all, nil
}
