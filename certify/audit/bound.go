package audit

import (
	"crypto/ecdsa"

	"rasure/certify/tpm"
)

// CheckBound returns a [Failure] if the key of the station is not bound to these, the publisher first: then it is not they who approve where it signs. Whether
// the key is in a TPM, which keeps to that, is for the enrolment.
func (r *Report) CheckBound(to ...*ecdsa.PublicKey) error {
	policy, err := tpm.PolicyOf(to...)
	switch {
	case err != nil:
		return &Failure{err}
	case r.Bound == "":
		return failf("the key of the station is not bound: it signs in every boot")
	case policy.String() != r.Bound:
		return failf("the key of the station is bound to others: its policy is %s, and the one of the keys that you gave is %s", r.Bound, policy)
	}
	return nil
}
