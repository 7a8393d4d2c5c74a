package tpm

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
)

// A Key is all that must be kept to use a station's key and counter again. As JSON it goes into a file that only root reads.
type Key struct {
	Handle  uint32 `json:"handle"`   // persistent handle of the key
	NVIndex uint32 `json:"nv_index"` // of the counter
	Public  []byte `json:"public"`   // TPMT_PUBLIC of the key
	// NVPublic is the TPMS_NV_PUBLIC of the counter, as it is since the first increment.
	NVPublic []byte `json:"nv_public"`
	Base     uint64 `json:"base"` // the counter's value after its first increment
	Auth     Secret `json:"auth"` // of key and counter
	// Unique is the number in the key's template that makes it unlike all others: with it, the TPM that made the key makes the same one
	// again after it was cleared. A file by rasure 0.1.0 has none.
	Unique Secret `json:"unique,omitempty"`
	// Authorities are the public keys (SubjectPublicKeyInfo) of those who approve boots for a bound key, first the publisher and then the office. Any other key
	// has none.
	Authorities [][]byte `json:"authorities,omitempty"`
}

// Policy is that of the key; zero if it is not bound.
func (k Key) Policy() (Policy, error) {
	if len(k.Authorities) == 0 {
		return Policy{}, nil
	}
	keys := make([]*ecdsa.PublicKey, len(k.Authorities))
	for i, der := range k.Authorities {
		key, err := parseAuthority(der)
		if err != nil {
			return Policy{}, err
		}
		keys[i] = key
	}
	return PolicyOf(keys...)
}

func parseAuthority(der []byte) (*ecdsa.PublicKey, error) {
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, err
	}
	ec, ok := key.(*ecdsa.PublicKey)
	if !ok {
		return nil, errAuthority
	}
	return ec, nil
}

// check takes the public key out of k, and refuses areas that are not what Create makes.
func (k Key) check() (*ecdsa.PublicKey, entityName, error) {
	policy, err := k.Policy()
	if err != nil {
		return nil, entityName{}, err
	}
	pub, own, err := k.checkAreas(policy)
	if err != nil {
		return nil, entityName{}, err
	}
	if len(k.Unique) != 0 && len(k.Unique) != coordinateSize {
		return nil, entityName{}, message.Errorf("the number that makes the key unique has %d bytes, not %d", len(k.Unique), coordinateSize)
	}
	return pub, own, nil
}

// checkAreas does that for a key with this policy.
func (k Key) checkAreas(policy Policy) (*ecdsa.PublicKey, entityName, error) {
	area, err := tpm2.Unmarshal[tpm2.TPMTPublic](k.Public)
	if err != nil {
		return nil, entityName{}, err
	}
	pub, err := publicKey(area)
	if err != nil {
		return nil, entityName{}, err
	}
	own, _, err := keyNames(pub, policy)
	if err != nil {
		return nil, entityName{}, err
	}
	if nameOf(k.Public) != own || nameOf(k.NVPublic) != counterName(k.NVIndex, true) {
		return nil, entityName{}, message.New("the public areas are not those of a station")
	}
	return pub, own, nil
}

// A Secret prints as "[secret]"; only JSON shows it.
type Secret []byte

// String returns "[secret]".
func (Secret) String() string { return "[secret]" }

// GoString returns "[secret]".
func (Secret) GoString() string { return "[secret]" }

// newSecret returns 256 random bits. The last byte is never zero: TPMs cut zeros off the end of a password,
// and not all do it in the same places.
func newSecret() Secret {
	for {
		s := make(Secret, sha256.Size)
		rand.Read(s)
		if s[len(s)-1] != 0 {
			return s
		}
	}
}
