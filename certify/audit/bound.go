package audit

import (
	"crypto/ecdsa"

	"rasure/certify"
	"rasure/certify/tpm"
)

// boundTo is what it takes to use a bound key, as the station states it; "" if it is not bound.
func boundTo(s certify.Station) string {
	if s.Counter == nil {
		return ""
	}
	return s.Counter.Policy
}

// CheckBound returns a [Failure] if the key of the station is not bound to these, the publisher first: then it is not they who approve where it signs. Whether
// the key is in a TPM, which keeps to that, is for the enrolment. A policy is a hash: without the keys nobody can see whose approval it demands.
func (r *Report) CheckBound(to ...*ecdsa.PublicKey) error {
	policy, err := tpm.PolicyOf(to...)
	switch {
	case err != nil:
		return &Failure{err}
	case r.Bound == "":
		return failf("the key of the station is not bound: it signs in every boot")
	case policy.String() != r.Bound:
		return failf("the key of the station is not bound to the keys that you gave: its policy is %s, and theirs is %s", r.Bound, policy)
	}
	r.BoundCompared = true
	return nil
}
