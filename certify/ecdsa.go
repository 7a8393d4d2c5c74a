package certify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

// KeyID is the key id of an ECDSA P-256 key in signature lines: the first four bytes of SHA-256 over its
// SubjectPublicKeyInfo (c2sp.org/signed-note, signature type 0x02; the name is not hashed in).
func KeyID(pub *ecdsa.PublicKey) (uint32, error) {
	if pub.Curve != elliptic.P256() {
		return 0, errCurve
	}
	sum, err := fingerprint(pub)
	return binary.BigEndian.Uint32(sum[:]), err
}

var errCurve = errors.New("key is not on the curve P-256")

// fingerprint is the SHA-256 of a key's SubjectPublicKeyInfo.
func fingerprint(pub *ecdsa.PublicKey) ([sha256.Size]byte, error) {
	spki, err := x509.MarshalPKIXPublicKey(pub)
	return sha256.Sum256(spki), err
}

// NewVerifier verifies signatures of type 0x02: ASN.1 DER ECDSA over SHA-256 of the text, as `openssl dgst -sha256` makes.
func NewVerifier(name string, pub *ecdsa.PublicKey) (note.Verifier, error) {
	id, err := KeyID(pub)
	if err != nil {
		return nil, err
	}
	return &verifier{name, id, pub}, nil
}

type verifier struct {
	name string
	id   uint32
	pub  *ecdsa.PublicKey
}

func (v *verifier) Name() string    { return v.name }
func (v *verifier) KeyHash() uint32 { return v.id }
func (v *verifier) Verify(msg, sig []byte) bool {
	sum := sha256.Sum256(msg)
	return ecdsa.VerifyASN1(v.pub, sum[:], sig)
}

// NewSoftwareSigner signs with a key that lies in a file. Whoever reads the file can sign too: such certificates say
// assurance "software".
func NewSoftwareSigner(name string, key *ecdsa.PrivateKey) (note.Signer, error) {
	id, err := KeyID(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	return &softwareSigner{name, id, key}, nil
}

type softwareSigner struct {
	name string
	id   uint32
	key  *ecdsa.PrivateKey
}

func (s *softwareSigner) Name() string    { return s.name }
func (s *softwareSigner) KeyHash() uint32 { return s.id }
func (s *softwareSigner) Sign(msg []byte) ([]byte, error) {
	sum := sha256.Sum256(msg)
	return s.key.Sign(rand.Reader, sum[:], crypto.SHA256)
}

// MarshalPublicKey writes a public key as PEM SubjectPublicKeyInfo, as openssl reads it.
func MarshalPublicKey(pub *ecdsa.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// ParsePublicKey reads what [MarshalPublicKey] writes. It refuses other kinds of key and anything behind the PEM block.
func ParsePublicKey(text []byte) (*ecdsa.PublicKey, error) {
	block, rest := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" || len(rest) != 0 {
		return nil, errors.New("not a single PEM block PUBLIC KEY")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading public key: %w", err)
	}
	pub, ok := key.(*ecdsa.PublicKey)
	if !ok || pub.Curve != elliptic.P256() {
		return nil, errors.New("not an ECDSA P-256 key")
	}
	return pub, nil
}
