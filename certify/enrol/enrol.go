// Package enrol decides whether the key of a station is in a TPM that a vendor has made.
//
// A station writes a request. An authority, on any system and without a TPM, follows the certificate of an endorsement key in it to roots that it chose, and
// writes an enrolment, which a person signs. The signed enrolment leaves the authority only encrypted (TPM2_MakeCredential), so that no other TPM than the one that
// has both the endorsement key and the station's key can open it. The station opens it and adds it to its log.
//
// # What it proves
//
// A transcript of the exchange proves nothing to others, since the authority could have made it alone. The enrolment does, as far as the person is trusted who
// signed it: it was released only encrypted. The certificates are in it, so an auditor follows them to roots of their own.
//
// It does not prove that the TPM is in the machine that is shown, nor that its vendor makes good ones.
package enrol

import (
	"slices"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/certify/tpm"
)

// Class is the assurance of a station behind an enrolment, which is that of its card before. A TPM that says of itself that it is an emulator's, or of which a
// certificate says so, never becomes verified, even if its root was chosen: who can copy its files can copy the key. The authority has found that out, and from
// there on the station says it.
func Class(card string, e *statement.Enrolment) string {
	switch {
	case card != certify.TPMUnverified:
		return card
	case IsEmulator(e):
		return certify.TPMEmulated
	}
	return certify.TPMVerified
}

// IsEmulator reports whether the certificates of an enrolment are those of an emulator.
func IsEmulator(e *statement.Enrolment) bool {
	certificates := [][]byte{e.EK.Certificate}
	for _, c := range e.EK.Chain {
		certificates = append(certificates, c)
	}
	return slices.Contains(e.Checked, WarnEmulator) || tpm.Emulates(e.TPM.Manufacturer, e.TPM.Model, certificates...)
}
