package tpm

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"math/big"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
)

// What an authority does, on any system and without a TPM.

// CheckKey returns the public key of a station from its public area (TPMT_PUBLIC) and that of its counter (TPMS_NV_PUBLIC), with the index of the counter. It
// refuses every area that differs from the templates of this package in anything but the point, the policy and the index: so all is known of the key that can be.
//
// The policy is that of a bound key. Who can satisfy it is not known from the areas.
func CheckKey(public, nv []byte) (key *ecdsa.PublicKey, nvIndex uint32, policy Policy, err error) {
	area, err := tpm2.Unmarshal[tpm2.TPMSNVPublic](nv)
	if err != nil {
		return nil, 0, policy, message.Errorf("the counter: %w", err)
	}
	of, err := tpm2.Unmarshal[tpm2.TPMTPublic](public)
	if err != nil {
		return nil, 0, policy, err
	}
	if p := of.AuthPolicy.Buffer; len(p) == len(policy) {
		policy = Policy(p)
	}
	nvIndex = uint32(area.NVIndex)
	key, _, err = Key{Public: public, NVPublic: nv, NVIndex: nvIndex}.checkAreas(policy)
	return key, nvIndex, policy, err
}

// CheckEK returns the public key of an endorsement key from its public area (TPMT_PUBLIC). It refuses what is not a key that only its TPM has, which decrypts
// credentials and nothing else, and whose policy is one of the TCG's.
func CheckEK(public []byte) (crypto.PublicKey, error) {
	area, err := checkEK(public)
	if err != nil {
		return nil, err
	}
	switch area.Type {
	case tpm2.TPMAlgRSA:
		return rsaKeyOf(area)
	case tpm2.TPMAlgECC:
		return eccKeyOf(area)
	}
	return nil, message.Errorf("the endorsement key has the algorithm %#04x; RSA and ECC are known", uint16(area.Type))
}

func checkEK(public []byte) (*tpm2.TPMTPublic, error) {
	area, err := tpm2.Unmarshal[tpm2.TPMTPublic](public)
	if err != nil || !bytes.Equal(tpm2.Marshal(area), public) {
		return nil, message.New("the public area of the endorsement key is malformed")
	}
	a := area.ObjectAttributes
	switch {
	case !a.FixedTPM || !a.FixedParent || !a.SensitiveDataOrigin || a.EncryptedDuplication:
		return nil, message.New("the endorsement key was not made in its TPM, or can leave it")
	case !a.Restricted || !a.Decrypt || a.SignEncrypt:
		return nil, message.New("the endorsement key is not one: it does more than to open credentials")
	case !isEKPolicy(area.NameAlg, area.AuthPolicy.Buffer):
		return nil, message.New("the endorsement key has a policy that is none of the TCG's: who may use it is not known")
	}
	return area, nil
}

func isEKPolicy(hash tpm2.TPMIAlgHash, policy []byte) bool {
	switch hash {
	case tpm2.TPMAlgSHA256:
		return bytes.Equal(policy, policyA) || bytes.Equal(policy, policyB256)
	case tpm2.TPMAlgSHA384:
		return bytes.Equal(policy, policyB384)
	}
	return false
}

// minRSA is the shortest RSA key in bits that is accepted.
const minRSA = 2048

func rsaKeyOf(area *tpm2.TPMTPublic) (*rsa.PublicKey, error) {
	parms, err := area.Parameters.RSADetail()
	if err != nil {
		return nil, err
	}
	n, err := area.Unique.RSA()
	if err != nil {
		return nil, err
	}
	key, err := tpm2.RSAPub(parms, n)
	if err == nil && key.N.BitLen() < minRSA {
		err = message.Errorf("the endorsement key has %d bits; at least %d are accepted", key.N.BitLen(), minRSA)
	}
	return key, err
}

func eccKeyOf(area *tpm2.TPMTPublic) (*ecdsa.PublicKey, error) {
	parms, err := area.Parameters.ECCDetail()
	if err != nil {
		return nil, err
	}
	point, err := area.Unique.ECC()
	if err != nil {
		return nil, err
	}
	key := &ecdsa.PublicKey{X: new(big.Int).SetBytes(point.X.Buffer), Y: new(big.Int).SetBytes(point.Y.Buffer)}
	switch parms.CurveID {
	case tpm2.TPMECCNistP256:
		key.Curve = elliptic.P256()
	case tpm2.TPMECCNistP384:
		key.Curve = elliptic.P384()
	default:
		return nil, message.Errorf("the endorsement key is on the curve %#04x; P-256 and P-384 are accepted", uint16(parms.CurveID))
	}
	if _, err := key.ECDH(); err != nil {
		return nil, message.Errorf("the endorsement key is not on its curve: %w", err)
	}
	return key, nil
}

// SecretSize is the length of what [MakeCredential] encrypts, in bytes.
const SecretSize = 32

// MakeCredential encrypts a secret so that only the TPM opens it that has both an endorsement key and the key of a station, given by their public areas
// (TPMT_PUBLIC): TPM2_MakeCredential, which needs no TPM.
func MakeCredential(ek, key, secret []byte) (idObject, encSecret []byte, err error) {
	area, err := checkEK(ek)
	if err != nil {
		return nil, nil, err
	}
	to, err := tpm2.ImportEncapsulationKey(area)
	if err != nil {
		return nil, nil, err
	}
	name := nameOf(key)
	return tpm2.CreateCredential(rand.Reader, to, name[:], secret)
}
