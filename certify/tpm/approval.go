package tpm

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"rasure/certify"
	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
)

// An Approval lets bound keys sign in one boot: while the PCRs have these values, and while the version counter of the TPM is not above the version.
//
// All four PCRs are needed. 11 has the image, and everybody can extend it in a system where it is zero; 4 has what the firmware started, the image too; 12 is
// zero as long as nobody gave the image another command line, which is in neither of these; 13 is zero without system extensions.
type Approval struct {
	Authority                 *ecdsa.PublicKey
	PCR4, PCR11, PCR12, PCR13 [sha256.Size]byte
	Version                   uint64 // of the image
	Signature                 []byte // r and s, 32 bytes each
}

// Sign approves it.
func (a *Approval) Sign(key *ecdsa.PrivateKey) error {
	if err := checkAuthority(&key.PublicKey); err != nil {
		return err
	}
	a.Authority = &key.PublicKey
	digest := a.digest()
	sig, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		return err
	}
	a.Signature, err = certify.FixedSignature(sig)
	return err
}

// Verify returns an error if the approval is not signed by its authority.
func (a Approval) Verify() error {
	if err := checkAuthority(a.Authority); err != nil {
		return err
	}
	sig, err := certify.DERSignature(a.Signature)
	if digest := a.digest(); err != nil || !ecdsa.VerifyASN1(a.Authority, digest[:], sig) {
		return message.New("the approval is not signed by the key that it names")
	}
	return nil
}

// digest is what the authority signs (Part 3, 23.16: aHash).
func (a Approval) digest() [sha256.Size]byte {
	p := a.policy()
	return sha256.Sum256(append(p[:], policyRef...))
}

// policy is what is approved: TPM2_PolicyPCR, then TPM2_PolicyNV.
func (a Approval) policy() Policy {
	pcrs, values := a.pcrs()
	p := Policy{}.extend(tpm2.TPMCCPolicyPCR, tpm2.Marshal(pcrs), values[:])
	operands := sha256.Sum256(slices.Concat(a.operand(), []byte{0, 0}, binary.BigEndian.AppendUint16(nil, uint16(tpm2.TPMEOUnsignedLE))))
	name := versionName(true)
	return p.extend(tpm2.TPMCCPolicyNV, operands[:], name[:])
}

// pcrs returns the PCRs that matter, and the SHA-256 of their values.
func (a Approval) pcrs() (tpm2.TPMLPCRSelection, [sha256.Size]byte) {
	return selection(4, 11, 12, 13), sha256.Sum256(slices.Concat(a.PCR4[:], a.PCR11[:], a.PCR12[:], a.PCR13[:]))
}

func (a Approval) operand() []byte { return binary.BigEndian.AppendUint64(nil, a.Version) }

// is reports whether the approval is of a boot with these values.
func (a Approval) is(boot Approval) bool {
	return a.PCR4 == boot.PCR4 && a.PCR11 == boot.PCR11 && a.PCR12 == boot.PCR12 && a.PCR13 == boot.PCR13
}
