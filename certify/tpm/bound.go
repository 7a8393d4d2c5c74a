package tpm

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"slices"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// ErrNotApproved says that a bound key does not sign in this boot. It comes wrapped in a sentence that says why not.
var ErrNotApproved = message.New("the station's key does not sign in this boot")

// chosen is an approval with the ticket by which the TPM says that it verified the signature. The ticket is good until the TPM is cleared.
type chosen struct {
	Approval
	ticket tpm2.TPMTTKVerified
}

// Approve gives the station the approvals with which it may use its bound key, instead of those that it had. Of several of one boot, that of the highest version is used.
func (s *Station) Approve(all []Approval) {
	s.t.places.Lock()
	defer s.t.places.Unlock()
	s.approvals, s.chosen = slices.Clone(all), nil
	slices.SortStableFunc(s.approvals, func(a, b Approval) int { return cmp.Compare(b.Version, a.Version) })
}

// Policy is that of the station's key; zero if it is not bound.
func (s *Station) Policy() Policy { return s.policy }

// A Binding is what a bound key says of itself and of this boot.
type Binding struct {
	Boot     Approval // the PCRs as they are now; Version is that of the version counter
	Approved *Approval
	Why      error // that there is no approval of this boot; nil if there is one
}

// Binding reads the PCRs and the version counter, and looks for the approval of this boot.
func (s *Station) Binding() (b Binding, err error) {
	s.t.places.Lock()
	defer s.t.places.Unlock()
	if b.Boot, err = s.t.booted(); err != nil {
		return b, err
	}
	s.chosen = nil
	c, err := s.choose()
	switch {
	case errors.Is(err, ErrNotApproved):
		b.Why = err
	case err != nil:
		return b, err
	default:
		b.Approved = &c.Approval
	}
	return b, nil
}

// use runs a command that uses the key: by its password, or in a policy session if the key is bound. That takes five commands more, and the first time four
// to choose the approval. PCRs may be extended by others meanwhile, also such as do not matter: then it is run again.
func (s *Station) use(command func(key tpm2.AuthHandle) error) error {
	if s.policy.IsZero() {
		return explain(command(s.key))
	}
	key := s.key
	const tries = 5
	for n := 1; ; n++ {
		c, err := s.choose()
		if err != nil {
			return err
		}
		key.Auth = tpm2.Policy(tpm2.TPMAlgSHA256, sha256.Size/2, func(t transport.TPM, h tpm2.TPMISHPolicy, _ tpm2.TPM2BNonce) error {
			return s.satisfy(t, h, c)
		})
		if err = command(key); err == nil {
			return nil
		}
		s.chosen = nil // of another boot state, or the TPM was cleared: choosing again says what is wrong
		if n == tries || !refuses(err, tpm2.TPMRCPCRChanged, tpm2.TPMRCValue, tpm2.TPMRCPolicy, tpm2.TPMRCTicket) {
			return explain(err)
		}
	}
}

// satisfy runs the commands of the policy in a session, which it ends if one of them is refused: the TPM has few places for sessions.
func (s *Station) satisfy(t transport.TPM, session tpm2.TPMISHPolicy, c *chosen) (err error) {
	defer func() {
		if err != nil {
			_, _ = tpm2.FlushContext{FlushHandle: session}.Execute(t) // the first error is the one that says something
		}
	}()
	pcrs, values := c.pcrs()
	if _, err = (tpm2.PolicyPCR{PolicySession: session, Pcrs: pcrs, PcrDigest: tpm2.TPM2BDigest{Buffer: values[:]}}).Execute(t); err != nil {
		return err
	}
	h := versionHandle()
	_, err = tpm2.PolicyNV{AuthHandle: h, NVIndex: &tpm2.NamedHandle{Handle: h.Handle, Name: h.Name}, PolicySession: session,
		OperandB: tpm2.TPM2BOperand{Buffer: c.operand()}, Operation: tpm2.TPMEOUnsignedLE}.Execute(t)
	if err != nil {
		return err
	}
	policy := c.policy()
	_, err = tpm2.PolicyAuthorize{PolicySession: session, ApprovedPolicy: tpm2.TPM2BDigest{Buffer: policy[:]}, PolicyRef: tpm2.TPM2BDigest{Buffer: []byte(policyRef)},
		KeySign: authorityName(c.Authority).tpm(), CheckTicket: c.ticket}.Execute(t)
	if err != nil || len(s.authorities) == 1 {
		return err
	}
	either := tpm2.TPMLDigest{}
	for _, a := range s.keys() {
		p := authorized(authorityName(a))
		either.Digests = append(either.Digests, tpm2.TPM2BDigest{Buffer: p[:]})
	}
	_, err = tpm2.PolicyOr{PolicySession: session, PHashList: either}.Execute(t)
	return err
}

// keys are those of the authorities.
func (s *Station) keys() (all []*ecdsa.PublicKey) {
	for _, der := range s.authorities {
		key, err := parseAuthority(der)
		if err != nil {
			panic(err) // Load has read it
		}
		all = append(all, key)
	}
	return all
}

// booted reads what an approval fixes.
func (t *TPM) booted() (a Approval, err error) {
	pcrs, _ := a.pcrs()
	r, err := tpm2.PCRRead{PCRSelectionIn: pcrs}.Execute(t.t)
	if err != nil {
		return a, message.Errorf("reading the PCRs: %w", explain(err))
	}
	to := []*[sha256.Size]byte{&a.PCR4, &a.PCR11, &a.PCR12, &a.PCR13}
	if len(r.PCRValues.Digests) != len(to) {
		return a, message.New("the TPM has no PCRs of SHA-256")
	}
	for i, d := range r.PCRValues.Digests {
		if copy(to[i][:], d.Buffer) != sha256.Size {
			return a, message.New("the TPM has no PCRs of SHA-256")
		}
	}
	a.Version, err = t.version()
	return a, err
}

// choose returns the approval of this boot, which the TPM has verified.
func (s *Station) choose() (*chosen, error) {
	if s.chosen != nil {
		return s.chosen, nil
	}
	if s.policy.IsZero() {
		return nil, message.New("the station's key is not bound: it signs in every boot")
	}
	boot, err := s.t.booted()
	if err != nil {
		return nil, err
	}
	for _, a := range s.approvals {
		if !a.is(boot) || a.Version < boot.Version || !s.trusts(a) {
			continue
		}
		ticket, err := s.t.verify(a)
		if err != nil {
			return nil, err
		}
		s.chosen = &chosen{a, ticket}
		return s.chosen, nil
	}
	return nil, message.Errorf("%w: %w", ErrNotApproved, s.whyNot(boot))
}

// trusts reports whether one of the authorities has signed the approval.
func (s *Station) trusts(a Approval) bool {
	if a.Verify() != nil {
		return false
	}
	der := spki(a.Authority)
	return slices.ContainsFunc(s.authorities, func(have []byte) bool { return bytes.Equal(have, der) })
}

// verify has the TPM verify the signature. The authority is loaded into the owner hierarchy: a ticket of none is worth nothing.
func (t *TPM) verify(a Approval) (ticket tpm2.TPMTTKVerified, err error) {
	key, err := tpm2.LoadExternal{InPublic: tpm2.New2B(authorityTemplate(a.Authority)), Hierarchy: tpm2.TPMRHOwner}.Execute(t.t)
	if err != nil {
		return ticket, message.Errorf("verifying the approval: %w", explain(err))
	}
	digest := a.digest()
	r, err := tpm2.VerifySignature{KeyHandle: key.ObjectHandle, Digest: tpm2.TPM2BDigest{Buffer: digest[:]}, Signature: tpm2.TPMTSignature{
		SigAlg: tpm2.TPMAlgECDSA,
		Signature: tpm2.NewTPMUSignature(tpm2.TPMAlgECDSA, &tpm2.TPMSSignatureECC{Hash: tpm2.TPMAlgSHA256,
			SignatureR: tpm2.TPM2BECCParameter{Buffer: a.Signature[:coordinateSize]}, SignatureS: tpm2.TPM2BECCParameter{Buffer: a.Signature[coordinateSize:]}}),
	}}.Execute(t.t)
	if _, flushErr := (tpm2.FlushContext{FlushHandle: key.ObjectHandle}).Execute(t.t); err == nil { // only three such places exist
		err = flushErr
	}
	if err != nil {
		return ticket, message.Errorf("verifying the approval: %w", explain(err))
	}
	return r.Validation, nil
}

// whyNot says why no approval is of this boot, by the one that is nearest to it.
func (s *Station) whyNot(boot Approval) error {
	good := slices.DeleteFunc(slices.Clone(s.approvals), func(a Approval) bool { return !s.trusts(a) })
	has := func(is func(a Approval) bool) bool { return slices.ContainsFunc(good, is) }
	switch {
	case len(good) == 0 && len(s.approvals) == 0:
		return message.New("there is no approval")
	case len(good) == 0:
		return message.New("no approval is signed by the publisher or the office of this key")
	case has(func(a Approval) bool { return a.is(boot) }):
		return message.Errorf("no approval of this boot has version %d or later, which the TPM demands: the image was retired, or the counter of this TPM began there", boot.Version)
	case has(func(a Approval) bool {
		return a.PCR4 == boot.PCR4 && a.PCR11 == boot.PCR11 && a.PCR13 == boot.PCR13
	}):
		return message.New("the approved image was started with another command line, or PCR 12 was extended since")
	case has(func(a Approval) bool { return a.PCR4 == boot.PCR4 && a.PCR11 == boot.PCR11 }):
		return message.New("the approved image was started with a system extension, or PCR 13 was extended since")
	case has(func(a Approval) bool { return a.PCR11 == boot.PCR11 }):
		return message.New("the firmware started something else before the approved image, or another program has extended PCR 11")
	}
	return message.New("another image or system was started than those that are approved")
}
