package tpm

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/binary"

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

// Attributes of a station's key and counter (Part 2, 8.3 TPMA_OBJECT and 13.4 TPMA_NV).
const (
	keyAttributes = 1<<1 | 1<<4 | 1<<5 | // fixedTPM, fixedParent, sensitiveDataOrigin: made in this TPM and cannot leave it
		1<<10 | // noDA
		1<<16 | 1<<18 // restricted, sign: signs only what the TPM hashed or states itself
	userWithAuth = 1 << 6 // by its password, or else by its policy alone

	counterAttributes = 1<<2 | 1<<17 | 1<<18 | // AUTHWRITE, OWNERREAD, AUTHREAD
		1<<4 | // NT is TPM_NT_COUNTER. Not ORDERLY: such a counter lives in RAM and loses counts when the power fails
		1<<25 // NO_DA
	written = 1 << 29
)

// keyArea is the public area (TPMT_PUBLIC) of a station's key, which is bound if there is a policy. With the point of the key in x and y it is what
// the TPM hashes, so the name of the key can be computed from the public key alone. At creation x is the secret number
// that makes the key unique, and y is zero.
//
// It is written without go-tpm, and so is counterArea: an audit in a browser computes names too, and its program would be larger by all of that package.
func keyArea(x, y []byte, policy Policy) []byte {
	attributes, authPolicy := uint32(keyAttributes), policy[:]
	if policy.IsZero() {
		attributes, authPolicy = attributes|userWithAuth, nil
	}
	b := appendWords(nil, uint16(tpm2.TPMAlgECC), uint16(tpm2.TPMAlgSHA256))
	b = appendSized(binary.BigEndian.AppendUint32(b, attributes), authPolicy)
	b = appendWords(b, uint16(tpm2.TPMAlgNull), uint16(tpm2.TPMAlgECDSA), uint16(tpm2.TPMAlgSHA256), uint16(tpm2.TPMECCNistP256), uint16(tpm2.TPMAlgNull))
	return appendSized(appendSized(b, x), y)
}

// counterArea is the public area (TPMS_NV_PUBLIC) of the counter at index; written after its first increment.
func counterArea(index uint32, isWritten bool) []byte {
	attributes := uint32(counterAttributes)
	if isWritten {
		attributes |= written
	}
	b := binary.BigEndian.AppendUint32(nil, index)
	b = binary.BigEndian.AppendUint32(appendWords(b, uint16(tpm2.TPMAlgSHA256)), attributes)
	return appendWords(appendSized(b, nil), counterSize)
}

func appendWords(b []byte, words ...uint16) []byte {
	for _, w := range words {
		b = binary.BigEndian.AppendUint16(b, w)
	}
	return b
}

func appendSized(b, data []byte) []byte { return append(appendWords(b, uint16(len(data))), data...) }

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
	own = nameOf(keyArea(point[1:1+coordinateSize], point[1+coordinateSize:], policy))
	qualified = nameOf(append(binary.BigEndian.AppendUint32(nil, uint32(tpm2.TPMRHEndorsement)), own[:]...))
	return own, qualified, nil
}

func counterName(index uint32, isWritten bool) entityName {
	return nameOf(counterArea(index, isWritten))
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
