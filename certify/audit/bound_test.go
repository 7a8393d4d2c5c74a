package audit

import (
	"crypto/ecdsa"

	"strings"
	"testing"
	"testing/fstest"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
)

// A bound key is said to be bound on whose word that is known, by the audit, the certificate, the bundle and its text.
func TestBound(t *testing.T) {
	t.Parallel()
	publisher, office := &newKey(t).PublicKey, &newKey(t).PublicKey
	policy, err := tpm.PolicyOf(publisher, office)
	check(t, err)
	key := newKey(t)
	b := newBureauOf(t, newStation(t, key, tpmtest.PlayBound(t, key, nvIndex, policy), nvIndex, certify.TPMUnverified))
	early := b.begin2(nil).certificateAdded()
	b.enrol()
	late := b.begin2(nil).certificateAdded()

	r := b.auditWith(nil)
	if !r.Valid || r.Bound != policy.String() || r.BoundCompared || r.CounterBy != TPM {
		t.Fatalf("bound to %q, by %s, compared %t: %v", r.Bound, r.CounterBy, r.BoundCompared, r.Problems)
	}
	for name, to := range map[string][]*ecdsa.PublicKey{"the publisher alone": {publisher}, "the other order": {office, publisher}, "nobody": nil} {
		if err := r.CheckBound(to...); err == nil || r.BoundCompared {
			t.Errorf("%s: %v, compared %t", name, err, r.BoundCompared)
		}
	}
	if err := r.CheckBound(publisher, office); err != nil || !r.BoundCompared {
		t.Errorf("%v, compared %t", err, r.BoundCompared)
	}

	v, err := VerifyCertificate(late, nil, b.cardPin())
	if err != nil || v.Bound != policy.String() || v.CounterBy != OwnWord {
		t.Errorf("the certificate: bound to %q, by %s, %v", v.Bound, v.CounterBy, err)
	}
	for name, c := range map[string]struct {
		signed []byte
		by     Word
	}{"before the enrolment": {early, OwnWord}, "behind the enrolment": {late, TPM}} {
		packed, err := r.Bundle(c.signed, b.cardPin(), fstest.MapFS{})
		check(t, err)
		files := unpack(t, packed)
		for _, file := range []string{bundleText, bundlePage} {
			if text := string(files[file].Data); !strings.Contains(text, "the key is bound to the policy "+policy.String()+", by the TPM: it signs only in boots that the policy allows") {
				t.Errorf("%s: %s does not say that the key is bound:\n%s", name, file, text)
			}
		}
		v, err := VerifyBundle(files, b.cardPin(), Trusted{Roots: []people.Signer{b.people["chief"].line, b.people["deputy"].line}})
		if err != nil || v.Bound != policy.String() || v.CounterBy != c.by {
			t.Errorf("%s: bound to %q, by %s, %v", name, v.Bound, v.CounterBy, err)
		}
	}
	if r := newBureau(t, certify.TPMUnverified).auditWith(nil); r.Bound != "" || r.CheckBound(publisher) == nil {
		t.Errorf("a key that is not bound is bound to %q", r.Bound)
	}
}
