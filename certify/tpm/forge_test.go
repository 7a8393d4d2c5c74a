package tpm_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/google/go-tpm/tpm2"

	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
)

// Root on a machine has the files of the station, and any program. These are the two forgeries that succeeded while the key was bound to fewer PCRs.

func TestForgePCR11InAnotherSystem(t *testing.T) {
	t.Parallel()
	b := newBound(t)
	a := approve(t, b.publisher, 1, image("A")...)
	if s := b.forge(a); s == "" {
		t.Fatal("the attack does not even succeed in the approved boot")
	}
	// Another system does not extend PCR 11, and everybody can: with what the image measures there.
	b.Boot(tpmtest.Measured{PCR: 4, SHA256: sum("another system")})
	for _, m := range image("A")[1:] {
		_, err := tpm2.PCRExtend{PCRHandle: tpm2.AuthHandle{Handle: tpm2.TPMHandle(m.PCR), Auth: tpm2.PasswordAuth(nil)},
			Digests: tpm2.TPMLDigestValues{Digests: []tpm2.TPMTHA{{HashAlg: tpm2.TPMAlgSHA256, Digest: m.SHA256[:]}}}}.Execute(b)
		check(t, err)
	}
	if s := b.forge(a); s != "" {
		t.Errorf("the TPM signs with %s", s)
	}
}

func TestForgeCommandLine(t *testing.T) {
	t.Parallel()
	b := newBound(t)
	a := approve(t, b.publisher, 1, image("A")...)
	if b.forge(a) == "" {
		t.Fatal("the attack does not even succeed in the approved boot")
	}
	// A boot entry of the image itself, with another command line in its optional data: PCRs 4 and 11 are as approved.
	b.Boot(append(image("A"), tpmtest.Measured{PCR: 12, SHA256: sum("rdinit=/bin/sh")})...)
	if s := b.forge(a); s != "" {
		t.Errorf("the TPM signs with %s", s)
	}
}

// forge tries to use the key under an approval with a policy of each subset of the PCRs, as they are now, and with what the approval has. It returns how the
// TPM was made to sign; "" if it was not.
func (b *bound) forge(a tpm.Approval) string {
	b.Helper()
	pcrs := []int{4, 11, 12, 13}
	for set := range 1 << len(pcrs) {
		bits, chosen := make([]byte, 3), []int{}
		for i, n := range pcrs {
			if set>>i&1 == 1 {
				bits[n/8] |= 1 << (n % 8)
				chosen = append(chosen, n)
			}
		}
		for _, expected := range []bool{false, true} {
			if err := b.forgeWith(a, tpm2.TPMLPCRSelection{PCRSelections: []tpm2.TPMSPCRSelection{{Hash: tpm2.TPMAlgSHA256, PCRSelect: bits}}}, expected); err == nil {
				return fmt.Sprintf("PCRs %v, with the approved values given: %t", chosen, expected)
			}
		}
	}
	return ""
}

func (b *bound) forgeWith(a tpm.Approval, pcrs tpm2.TPMLPCRSelection, expected bool) error {
	b.Helper()
	session, end, err := tpm2.PolicySession(b, tpm2.TPMAlgSHA256, 16)
	check(b, err)
	defer end()
	digest := tpm2.TPM2BDigest{}
	if expected {
		all := [][32]byte{a.PCR4, a.PCR11, a.PCR12, a.PCR13}
		h := sha256.New()
		for i, n := range []int{4, 11, 12, 13} {
			if pcrs.PCRSelections[0].PCRSelect[n/8]>>(n%8)&1 == 1 {
				h.Write(all[i][:])
			}
		}
		digest.Buffer = h.Sum(nil)
	}
	if _, err := (tpm2.PolicyPCR{PolicySession: session.Handle(), Pcrs: pcrs, PcrDigest: digest}).Execute(b); err != nil {
		return err
	}
	version := tpm2.AuthHandle{Handle: 0x01800BA0, Auth: tpm2.PasswordAuth(nil)}
	public, err := tpm2.NVReadPublic{NVIndex: version.Handle}.Execute(b)
	check(b, err)
	version.Name = public.NVName
	operand := make([]byte, 8)
	operand[7] = byte(a.Version)
	_, err = tpm2.PolicyNV{AuthHandle: version, NVIndex: &tpm2.NamedHandle{Handle: version.Handle, Name: version.Name}, PolicySession: session.Handle(),
		OperandB: tpm2.TPM2BOperand{Buffer: operand}, Operation: tpm2.TPMEOUnsignedLE}.Execute(b)
	if err != nil {
		return err
	}
	now, err := tpm2.PolicyGetDigest{PolicySession: session.Handle()}.Execute(b)
	check(b, err)
	// The signature of the publisher must be over what the session has come to.
	ref := []byte("rasure/boot-approval/v2")
	signed := sha256.Sum256(append(append([]byte{}, now.PolicyDigest.Buffer...), ref...))
	names, ticket, err := b.authorities(a, signed)
	if err != nil {
		return err
	}
	_, err = tpm2.PolicyAuthorize{PolicySession: session.Handle(), ApprovedPolicy: now.PolicyDigest, PolicyRef: tpm2.TPM2BDigest{Buffer: ref}, KeySign: names[0], CheckTicket: ticket}.Execute(b)
	if err != nil {
		return err
	}
	or := tpm2.TPMLDigest{}
	for _, n := range names {
		c, err := tpm2.NewPolicyCalculator(tpm2.TPMAlgSHA256)
		check(b, err)
		check(b, tpm2.PolicyAuthorize{PolicyRef: tpm2.TPM2BDigest{Buffer: ref}, KeySign: n}.Update(c))
		or.Digests = append(or.Digests, tpm2.TPM2BDigest{Buffer: c.Hash().Digest})
	}
	if _, err := (tpm2.PolicyOr{PolicySession: session.Handle(), PHashList: or}).Execute(b); err != nil {
		return err
	}
	key, err := tpm2.ReadPublic{ObjectHandle: tpm2.TPMHandle(b.key.Handle)}.Execute(b)
	check(b, err)
	hashed, err := tpm2.Hash{Data: tpm2.TPM2BMaxBuffer{Buffer: []byte("forged\n")}, HashAlg: tpm2.TPMAlgSHA256, Hierarchy: tpm2.TPMRHEndorsement}.Execute(b)
	check(b, err)
	_, err = tpm2.Sign{KeyHandle: tpm2.AuthHandle{Handle: tpm2.TPMHandle(b.key.Handle), Name: key.Name, Auth: session}, Digest: hashed.OutHash,
		InScheme: tpm2.TPMTSigScheme{Scheme: tpm2.TPMAlgNull}, Validation: hashed.Validation}.Execute(b)
	return err
}

// authorities has the TPM verify the signature of the publisher over a digest, and returns the names of publisher and office.
func (b *bound) authorities(a tpm.Approval, signed [32]byte) (names []tpm2.TPM2BName, ticket tpm2.TPMTTKVerified, err error) {
	for i, key := range []*struct{ X, Y []byte }{pointOf(b.publisher.PublicKey.Bytes()), pointOf(b.office.PublicKey.Bytes())} {
		loaded, loadErr := tpm2.LoadExternal{Hierarchy: tpm2.TPMRHOwner, InPublic: tpm2.New2B(tpm2.TPMTPublic{Type: tpm2.TPMAlgECC, NameAlg: tpm2.TPMAlgSHA256,
			ObjectAttributes: tpm2.TPMAObject{SignEncrypt: true, UserWithAuth: true},
			Parameters:       tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{CurveID: tpm2.TPMECCNistP256}),
			Unique:           tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{X: tpm2.TPM2BECCParameter{Buffer: key.X}, Y: tpm2.TPM2BECCParameter{Buffer: key.Y}})})}.Execute(b)
		check(b, loadErr)
		names = append(names, loaded.Name)
		if i == 0 {
			r, verifyErr := tpm2.VerifySignature{KeyHandle: loaded.ObjectHandle, Digest: tpm2.TPM2BDigest{Buffer: signed[:]}, Signature: tpm2.TPMTSignature{SigAlg: tpm2.TPMAlgECDSA,
				Signature: tpm2.NewTPMUSignature(tpm2.TPMAlgECDSA, &tpm2.TPMSSignatureECC{Hash: tpm2.TPMAlgSHA256,
					SignatureR: tpm2.TPM2BECCParameter{Buffer: a.Signature[:32]}, SignatureS: tpm2.TPM2BECCParameter{Buffer: a.Signature[32:]}})}}.Execute(b)
			if err = verifyErr; err == nil {
				ticket = r.Validation
			}
		}
		_, flushErr := tpm2.FlushContext{FlushHandle: loaded.ObjectHandle}.Execute(b)
		check(b, flushErr)
	}
	return names, ticket, err
}

func pointOf(raw []byte, err error) *struct{ X, Y []byte } {
	if err != nil {
		panic(err)
	}
	return &struct{ X, Y []byte }{raw[1:33], raw[33:]}
}
