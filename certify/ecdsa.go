package certify

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"encoding/pem"
	"math/big"

	"rasure/certify/internal/p256"
	"rasure/cmd/message"

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

var errCurve = message.New("key is not on the curve P-256")

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
	return p256.Verify(v.pub, msg, sig)
}

// NewSoftwareSigner signs with a key that is in a file. A copy of the file can sign too, so such certificates have the
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
	sig, err := s.key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return LowS(sig)
}

// LowS rewrites a DER ECDSA signature on P-256, (r, s), as (r, n-s) if s is more than half of the group's order n. Both verify, so
// without a rule anybody who has one can make the other. Signatures that this program makes have the low s; those of statements of
// version 1 are valid with either.
func LowS(sig []byte) ([]byte, error) {
	var v struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(sig, &v); err != nil || len(rest) > 0 {
		return nil, message.Errorf("reading an ECDSA signature: %w", cmp.Or(err, errMalformed))
	}
	n := elliptic.P256().Params().N
	if new(big.Int).Lsh(v.S, 1).Cmp(n) > 0 {
		v.S.Sub(n, v.S)
	}
	return asn1.Marshal(v)
}

// coordinate is how many bytes a number of a signature on P-256 has.
const coordinate = 32

var errFixed = message.New("malformed ECDSA signature of 64 bytes")

// FixedSignature writes a DER ECDSA signature on P-256 in its only fixed form: r and s, 32 bytes each, big-endian, with the low s.
func FixedSignature(der []byte) ([]byte, error) {
	low, err := LowS(der)
	if err != nil {
		return nil, err
	}
	var v struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(low, &v); err != nil || !inGroup(v.R) || !inGroup(v.S) {
		return nil, errFixed
	}
	fixed := make([]byte, 2*coordinate)
	v.R.FillBytes(fixed[:coordinate])
	v.S.FillBytes(fixed[coordinate:])
	return fixed, nil
}

// DERSignature reads what [FixedSignature] writes, and nothing else.
func DERSignature(fixed []byte) ([]byte, error) {
	if len(fixed) != 2*coordinate {
		return nil, errFixed
	}
	r, s := new(big.Int).SetBytes(fixed[:coordinate]), new(big.Int).SetBytes(fixed[coordinate:])
	if !inGroup(r) || !inGroup(s) || new(big.Int).Lsh(s, 1).Cmp(elliptic.P256().Params().N) > 0 {
		return nil, errFixed
	}
	return asn1.Marshal(struct{ R, S *big.Int }{r, s})
}

// inGroup reports whether n is a number of an ECDSA signature: SEC 1, 4.1.4, step 1.
func inGroup(n *big.Int) bool { return n.Sign() > 0 && n.Cmp(elliptic.P256().Params().N) < 0 }

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
		return nil, message.New("not a single PEM block PUBLIC KEY")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, message.Errorf("reading public key: %w", err)
	}
	pub, ok := key.(*ecdsa.PublicKey)
	if !ok || pub.Curve != elliptic.P256() {
		return nil, message.New("not an ECDSA P-256 key")
	}
	return pub, nil
}
