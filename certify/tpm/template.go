package tpm

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
)

const (
	coordinateSize = 32 // bytes; P-256
	counterSize    = 8  // bytes; Part 3, 31.8: a counter is 64 bits
)

// An entityName is what the TPM calls an object or index: the algorithm (SHA-256, 0x000B) and the digest of its public area
// (Part 1, 16 "Names").
type entityName [2 + sha256.Size]byte

// keyTemplate is the public area of a station's key, which is bound if there is a policy. With the point of the key in x and y it is the public area
// that the TPM hashes, so its name can be computed from the public key alone. At creation x is the secret number
// that makes the key unique, and y is zero.
func keyTemplate(x, y []byte, policy Policy) tpm2.TPMTPublic {
	area := tpm2.TPMTPublic{
		Type:    tpm2.TPMAlgECC,
		NameAlg: tpm2.TPMAlgSHA256,
		ObjectAttributes: tpm2.TPMAObject{
			FixedTPM: true, FixedParent: true, SensitiveDataOrigin: true, // made in this TPM and cannot leave it
			UserWithAuth: policy.IsZero(), NoDA: true, // by its password, or else by its policy alone
			Restricted: true, SignEncrypt: true, // signs only what the TPM hashed or states itself
		},
		Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{
			CurveID: tpm2.TPMECCNistP256,
			Scheme: tpm2.TPMTECCScheme{
				Scheme:  tpm2.TPMAlgECDSA,
				Details: tpm2.NewTPMUAsymScheme(tpm2.TPMAlgECDSA, &tpm2.TPMSSigSchemeECDSA{HashAlg: tpm2.TPMAlgSHA256}),
			},
		}),
		Unique: tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{
			X: tpm2.TPM2BECCParameter{Buffer: x},
			Y: tpm2.TPM2BECCParameter{Buffer: y},
		}),
	}
	if !policy.IsZero() {
		area.AuthPolicy.Buffer = policy[:]
	}
	return area
}

// counterTemplate is the public area of the counter at index; written after its first increment. Not ORDERLY: such a
// counter lives in RAM and loses counts when the power fails.
func counterTemplate(index uint32, written bool) tpm2.TPMSNVPublic {
	return tpm2.TPMSNVPublic{
		NVIndex: tpm2.TPMHandle(index),
		NameAlg: tpm2.TPMAlgSHA256,
		Attributes: tpm2.TPMANV{
			AuthWrite: true, AuthRead: true, OwnerRead: true,
			NT: tpm2.TPMNTCounter, NoDA: true, Written: written,
		},
		DataSize: counterSize,
	}
}

// keyNames returns the name of the key with this public key and policy, and its qualified name as a primary key of the endorsement
// hierarchy: SHA-256 over the hierarchy's handle and the name (Part 1, 16).
func keyNames(pub *ecdsa.PublicKey, policy Policy) (own, qualified entityName, err error) {
	if pub == nil || pub.Curve != elliptic.P256() {
		return entityName{}, entityName{}, message.New("not a P-256 key")
	}
	point, err := pub.Bytes() // 0x04 || X || Y
	if err != nil {
		return entityName{}, entityName{}, err
	}
	own = nameOf(tpm2.Marshal(keyTemplate(point[1:1+coordinateSize], point[1+coordinateSize:], policy)))
	qualified = nameOf(append(tpm2.PrimaryHandleName(tpm2.TPMRHEndorsement), own[:]...))
	return own, qualified, nil
}

func counterName(index uint32, written bool) entityName {
	return nameOf(tpm2.Marshal(counterTemplate(index, written)))
}

func nameOf(public []byte) entityName {
	sum := sha256.Sum256(public)
	return entityName(append([]byte{0x00, 0x0b}, sum[:]...)) // TPM_ALG_SHA256
}

func (n entityName) is(other tpm2.TPM2BName) bool { return bytes.Equal(n[:], other.Buffer) }
func (n entityName) tpm() tpm2.TPM2BName          { return tpm2.TPM2BName{Buffer: n[:]} }

// publicKey takes the public key out of a public area that a TPM returned.
func publicKey(area *tpm2.TPMTPublic) (*ecdsa.PublicKey, error) {
	point, err := area.Unique.ECC()
	if err != nil {
		return nil, err
	}
	if len(point.X.Buffer) > coordinateSize || len(point.Y.Buffer) > coordinateSize {
		return nil, message.New("point too long for P-256")
	}
	raw := make([]byte, 1+2*coordinateSize)
	raw[0] = 4 // uncompressed; SEC 1, 2.3.3
	copy(raw[1+coordinateSize-len(point.X.Buffer):], point.X.Buffer)
	copy(raw[1+2*coordinateSize-len(point.Y.Buffer):], point.Y.Buffer)
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
}
