package enrol

import (
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-tpm/tpm2"

	"rasure/certify/statement"
)

// Where Intel and AMD have the certificate of a key with this modulus, as Python computed it from the vendors' rules: SHA-256 of the modulus and 010001, and
// the first half of that of 00002222, the exponent and the modulus.
const (
	intelHas = "https://ekop.intel.com/ekcertservice/3FS8UadtlHDEpG2ewTpySWrdUmlfP3kiqmoDR6ESGWY%3D"
	amdHas   = "https://ftpm.amd.com/pki/aia/80948f87c021f6871faa6fb30616bad6"
)

// A refusal names where a certificate may be that is not in the TPM.
func TestAddresses(t *testing.T) {
	t.Parallel()
	n := new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 2047), big.NewInt(12345))
	area := tpm2.RSAEKTemplate
	area.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgRSA, &tpm2.TPM2BPublicKeyRSA{Buffer: n.Bytes()})
	for manufacturer, want := range map[string][]string{"INTC": {intelHas}, "AMD": {amdHas}, "IFX": nil, "": nil} {
		r := &Request{EnrolmentRequest: &statement.EnrolmentRequest{TPM: statement.TPM{Manufacturer: manufacturer}, Keys: []statement.Bytes{{1, 2, 3}, tpm2.Marshal(area)}}}
		if got := r.Addresses(); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", manufacturer, got, want)
		}
	}
}
