package certify

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// KeySHA256 is the fingerprint of a public key: SHA-256 of its SubjectPublicKeyInfo, in hex.
func KeySHA256(pub *ecdsa.PublicKey) (string, error) {
	sum, err := fingerprint(pub)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(sum[:]), nil
}

// CheckName says whether a station may bear this name: it stands on signature lines and as the origin of the log
// (c2sp.org/signed-note: no spaces, no plus sign), so it is kept to what is safe in a host name.
func CheckName(name string) error {
	if name == "" || len(name) > 100 {
		return errors.New("a station's name has 1 to 100 characters")
	}
	for _, r := range name {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/", r) {
			return fmt.Errorf("station name %q: only letters, digits and - . _ / may stand in it", name)
		}
	}
	return nil
}

// SignerName reads the name on the last signature line, without verifying anything: with it and a public key a
// [note.Verifier] can be made by somebody who was given the key alone.
func SignerName(signed []byte) (string, error) {
	text := bytes.TrimSuffix(signed, []byte("\n"))
	line, ok := bytes.CutPrefix(text[bytes.LastIndexByte(text, '\n')+1:], []byte("— "))
	name, _, ok2 := bytes.Cut(line, []byte(" "))
	if !ok || !ok2 || CheckName(string(name)) != nil {
		return "", errors.New("no signature line at the end")
	}
	return string(name), nil
}

// Key is a station's public key with its fingerprint, which is compared for every statement: to make it takes a twentieth
// of the time of a signature.
type Key struct {
	pub    *ecdsa.PublicKey
	id     uint32
	sha256 string
	err    error // of a key that opens nothing
}

// NewKey returns the key with which statements are opened. One that is not on the curve P-256 opens none.
func NewKey(pub *ecdsa.PublicKey) *Key {
	if pub == nil || pub.Curve != elliptic.P256() {
		return &Key{err: errCurve}
	}
	sum, err := fingerprint(pub)
	return &Key{pub, binary.BigEndian.Uint32(sum[:]), hex.EncodeToString(sum[:]), err}
}

// Open opens a statement with a public key alone: the signer's name is taken from the signature line, and must be the
// station's name in the text.
func (k *Key) Open(signed []byte, kind Kind, body interface{ station() Station }) error {
	if k.err != nil {
		return k.err
	}
	name, err := SignerName(signed)
	if err != nil {
		return err
	}
	if err := Open(signed, kind, &verifier{name, k.id, k.pub}, body); err != nil {
		return err
	}
	if s := body.station(); s.Name != name || s.KeySHA256 != k.sha256 {
		return fmt.Errorf("signed by %s, but the text names the station %q with another key or name", name, clip(s.Name))
	}
	return nil
}

// OpenWith is [Key.Open] for a single statement.
func OpenWithKey(signed []byte, kind Kind, pub *ecdsa.PublicKey, body interface{ station() Station }) error {
	return NewKey(pub).Open(signed, kind, body)
}

func (c *Certificate) station() Station      { return c.Station }
func (b *Begin) station() Station            { return b.Station }
func (s *StationStatement) station() Station { return s.Station }

// Assurance says how well the station's key is kept.
const (
	TPMVerified   = "tpm-verified"   // in a TPM whose endorsement certificate leads to its vendor, enrolled by an authority
	TPMUnverified = "tpm-unverified" // in a TPM that nobody has vouched for
	TPMEmulated   = "tpm-emulated"   // in a program that plays a TPM: whoever copies its files copies the key
	Software      = "software"       // in a file
)

// SameAs compares what makes the signer: the host it runs on may be renamed or get a new kernel.
func (s Station) SameAs(o Station) bool {
	if s.Counter != nil && o.Counter != nil {
		return s.Name == o.Name && s.Assurance == o.Assurance && s.KeySHA256 == o.KeySHA256 && *s.Counter == *o.Counter
	}
	return s.Name == o.Name && s.Assurance == o.Assurance && s.KeySHA256 == o.KeySHA256 && s.Counter == o.Counter
}
