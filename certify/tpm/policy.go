package tpm

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
)

// A Policy says who may use a key otherwise than by its password: the authPolicy of a bound key (Part 1, 19.7). Zero is that of a key that is not bound.
type Policy [sha256.Size]byte

// IsZero reports whether the key is not bound.
func (p Policy) IsZero() bool { return p == Policy{} }

// String is the policy in hex; "" if the key is not bound.
func (p Policy) String() string {
	if p.IsZero() {
		return ""
	}
	return hex.EncodeToString(p[:])
}

// ParsePolicy reads what String writes.
func ParsePolicy(text string) (p Policy, err error) {
	if b, err := hex.DecodeString(text); err == nil && len(b) == len(p) {
		p = Policy(b)
	}
	if p.String() != text {
		return Policy{}, message.Errorf("%q is not the policy of a key", text)
	}
	return p, nil
}

// MaxAuthorities is how many can approve boots for a key: the publisher of the image, and the office.
const MaxAuthorities = 2

// policyRef is what an authority signs behind the policy that it approves, so that the signature is good for nothing else.
const policyRef = "rasure/boot-approval/v2"

var errAuthority = message.New("the key of a publisher or an office is not a P-256 key")

// PolicyOf returns the policy of a key that signs only in boots that one of the authorities has approved: TPM2_PolicyAuthorize of one, or TPM2_PolicyOR of
// that of two. Who approves first changes nothing but the policy.
func PolicyOf(authorities ...*ecdsa.PublicKey) (p Policy, err error) {
	if len(authorities) == 0 || len(authorities) > MaxAuthorities {
		return p, message.Errorf("a key is bound to the approvals of %d keys; it can be 1 or 2", len(authorities))
	}
	var all []byte
	for _, a := range authorities {
		if err := checkAuthority(a); err != nil {
			return p, err
		}
		p = authorized(authorityName(a))
		all = append(all, p[:]...)
	}
	if len(authorities) > 1 {
		p = Policy{}.extend(tpm2.TPMCCPolicyOR, all)
	}
	return p, nil
}

func checkAuthority(key *ecdsa.PublicKey) error {
	if key == nil || key.Curve != elliptic.P256() {
		return errAuthority
	}
	return nil
}

// extend is PolicyUpdate (Part 3, 23.2.3).
func (p Policy) extend(command tpm2.TPMCC, with ...[]byte) Policy {
	b := binary.BigEndian.AppendUint32(p[:], uint32(command))
	return sha256.Sum256(append(b, slices.Concat(with...)...))
}

// authorized is the policy behind TPM2_PolicyAuthorize, which begins a new one (Part 3, 23.16).
func authorized(by entityName) Policy {
	p := Policy{}.extend(tpm2.TPMCCPolicyAuthorize, by[:])
	return sha256.Sum256(append(p[:], policyRef...))
}

// authorityTemplate is the public area by which a TPM knows an authority. It panics if the key is not on P-256.
func authorityTemplate(key *ecdsa.PublicKey) tpm2.TPMTPublic {
	point, err := key.Bytes() // 0x04 || X || Y
	if err != nil {
		panic(err)
	}
	return tpm2.TPMTPublic{
		Type:             tpm2.TPMAlgECC,
		NameAlg:          tpm2.TPMAlgSHA256,
		ObjectAttributes: tpm2.TPMAObject{UserWithAuth: true, SignEncrypt: true},
		Parameters:       tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{CurveID: tpm2.TPMECCNistP256}),
		Unique: tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{
			X: tpm2.TPM2BECCParameter{Buffer: point[1 : 1+coordinateSize]},
			Y: tpm2.TPM2BECCParameter{Buffer: point[1+coordinateSize:]},
		}),
	}
}

func authorityName(key *ecdsa.PublicKey) entityName {
	return nameOf(tpm2.Marshal(authorityTemplate(key)))
}
