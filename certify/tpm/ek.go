package tpm

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"slices"

	"rasure/cmd/message"
)

// VerifyEK checks that a certificate of an endorsement key (Description.EKCertificates) leads to one of the vendor's roots,
// over intermediates if it needs them, and was issued for that use. It returns the certificate.
//
// It proves that the vendor made a TPM that holds the certificate's key. It does not prove that this machine has that TPM, nor
// that the station's key is in it: for that the TPM must answer a challenge made for both keys
// (TPM2_ActivateCredential), and the authority that made the challenge must sign that it did.
func VerifyEK(der []byte, roots *x509.CertPool, intermediates ...*x509.Certificate) (*x509.Certificate, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, message.Errorf("the TPM's certificate: %w", err)
	}
	if roots == nil { // the system's web authorities would do
		return nil, message.New("the TPM's certificate: no roots to check it with")
	}
	if !slices.ContainsFunc(c.UnknownExtKeyUsage, ekUsage().Equal) {
		return nil, message.New("the TPM's certificate is not for an endorsement key")
	}
	// The model stands in the subjectAltName as a directory name, the only kind that crypto/x509 does not read, and
	// as the subject is empty the extension must be critical (RFC 5280, 4.2.1.6).
	c.UnhandledCriticalExtensions = slices.DeleteFunc(c.UnhandledCriticalExtensions, subjectAltName().Equal)
	between := x509.NewCertPool()
	for _, i := range intermediates {
		between.AddCert(i)
	}
	_, err = c.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil {
		return nil, message.Errorf("the TPM's certificate: %w", err)
	}
	if key, ok := c.PublicKey.(*rsa.PublicKey); ok && isROCA(key.N) {
		return nil, message.New("the TPM's endorsement key can be factored (ROCA, CVE-2017-15361): anybody can answer in its place")
	}
	return c, nil
}

// tcg-kp-EKCertificate: TCG EK Credential Profile for TPM Family 2.0.
func ekUsage() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 23, 133, 8, 1} }

func subjectAltName() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 5, 29, 17} }

// byEmulator reports whether a certificate was issued for swtpm: it says so in the issuer's name, or as the model.
func byEmulator(der []byte) bool {
	return bytes.Contains(bytes.ToLower(der), []byte("swtpm"))
}
