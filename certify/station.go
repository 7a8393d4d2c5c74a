package certify

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"rasure/certify/internal/p256"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// KeySHA256 is the fingerprint of a public key: SHA-256 of its SubjectPublicKeyInfo, in hex.
func KeySHA256(pub *ecdsa.PublicKey) (string, error) {
	sum, err := fingerprint(pub)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(sum[:]), nil
}

// CheckName refuses a name that a new station may not have. The name is in signature lines, is the origin of the log (c2sp.org/signed-note: no
// spaces, no plus sign), and becomes part of file names: so it has 1 to 100 of the characters that are safe in a host name or path, no part
// that means another directory, and does not begin as the names of people's roles do ("rasure-witness"). Logs of version 1 whose station
// has such a name open as before.
func CheckName(name string) error {
	if err := checkNameCharacters(name); err != nil {
		return err
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || strings.Trim(part, ".") == "" {
			return message.Errorf("station name %q: no part between slashes may be empty or only dots", name)
		}
	}
	if strings.HasPrefix(strings.ToLower(name), rolePrefix) {
		return message.Errorf("station name %q: names that begin with %s are those of people's roles", name, rolePrefix)
	}
	if first := name[0]; first == '-' || first == '.' {
		return message.Errorf("station name %q: it must begin with a letter or a digit", name)
	}
	return nil
}

// rolePrefix begins the names in the signature lines of people: package people has them.
const rolePrefix = "rasure-"

// checkNameCharacters holds for the stations of all times.
func checkNameCharacters(name string) error {
	if name == "" || len(name) > 100 {
		return message.New("a station name has 1 to 100 characters")
	}
	for _, r := range name {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/", r) {
			return message.Errorf("station name %q: only letters, digits and - . _ / are allowed", name)
		}
	}
	return nil
}

// SignerName reads the name on the last signature line and verifies nothing. With it and the public key a [note.Verifier] can be made.
func SignerName(signed []byte) (string, error) {
	text := bytes.TrimSuffix(signed, []byte("\n"))
	line, ok := bytes.CutPrefix(text[bytes.LastIndexByte(text, '\n')+1:], []byte("— "))
	name, _, ok2 := bytes.Cut(line, []byte(" "))
	if !ok || !ok2 || checkNameCharacters(string(name)) != nil {
		return "", message.New("the file does not end with a signature line")
	}
	return string(name), nil
}

// Key is a station's public key with its fingerprint. Every statement is compared with the fingerprint, and to compute it takes a
// twentieth of the time of a signature.
type Key struct {
	pub    *ecdsa.PublicKey
	id     uint32
	sha256 string
	err    error // why the key opens nothing

	anchors func(*statement.Anchor) error // verifies the line of one; nil: it is not verified
}

// VerifyAnchors returns the key with a function that verifies what signed an anchor of version 2. [Key.CheckEntry] verifies with it the anchor of
// each certificate. What signs the head of a log is not known here: it can be a TPM.
func (k *Key) VerifyAnchors(verify func(*statement.Anchor) error) *Key {
	with := *k
	with.anchors = verify
	return &with
}

// NewKey returns the key with which statements are opened. A key that is not on the curve P-256 opens none.
func NewKey(pub *ecdsa.PublicKey) *Key {
	if pub == nil || pub.Curve != elliptic.P256() {
		return &Key{err: errCurve}
	}
	sum, err := fingerprint(pub)
	return &Key{pub: pub, id: binary.BigEndian.Uint32(sum[:]), sha256: hex.EncodeToString(sum[:]), err: err}
}

// Open opens a statement with only a public key. The signer's name is taken from the signature line and must be the station's name in
// the text.
func (k *Key) Open(signed []byte, kind Kind, body interface{ station() Station }) error {
	_, err := k.open(signed, kind, body)
	return err
}

// hashed is a verifier for one statement that keeps the SHA-256 of its text, which is also its identity.
type hashed struct {
	verifier
	text [32]byte
}

func (h *hashed) Verify(msg, sig []byte) bool {
	h.text = sha256.Sum256(msg)
	return p256.Verify(h.pub, msg, sig)
}

// open is [Key.Open], and returns the SHA-256 of the text.
func (k *Key) open(signed []byte, kind Kind, body interface{ station() Station }) ([32]byte, error) {
	v := &hashed{verifier: verifier{id: k.id, pub: k.pub}}
	if k.err != nil {
		return v.text, k.err
	}
	var err error
	if v.name, err = SignerName(signed); err != nil {
		return v.text, err
	}
	if err := Open(signed, kind, v, body); err != nil {
		return v.text, err
	}
	if s := body.station(); s.Name != v.name || s.KeySHA256 != k.sha256 {
		return v.text, message.Errorf("signed by %s, but the text names the station %q with another key or name", v.name, clip(s.Name))
	}
	return v.text, nil
}

// OpenWithKey is [Key.Open] for a single statement.
func OpenWithKey(signed []byte, kind Kind, pub *ecdsa.PublicKey, body interface{ station() Station }) error {
	return NewKey(pub).Open(signed, kind, body)
}

func (c *Certificate) station() Station      { return c.Station }
func (b *Begin) station() Station            { return b.Station }
func (s *StationStatement) station() Station { return s.Station }

// Assurances: where the station's key is.
const (
	TPMVerified   = "tpm-verified"   // in a TPM whose endorsement certificate leads to its vendor, enrolled by an authority
	TPMUnverified = "tpm-unverified" // in a TPM that no authority has verified
	TPMEmulated   = "tpm-emulated"   // in a program that emulates a TPM: a copy of its files is a copy of the key
	Software      = "software"       // in a file
)

// WithAssurance is the station with another assurance: one that an authority has enrolled has it from there on.
func (s Station) WithAssurance(assurance string) Station {
	s.Assurance = assurance
	return s
}

// SameAs compares what makes the signer. The host is not compared: it may be renamed or get a new kernel.
func (s Station) SameAs(o Station) bool {
	if s.Counter != nil && o.Counter != nil {
		return s.Name == o.Name && s.Assurance == o.Assurance && s.KeySHA256 == o.KeySHA256 && *s.Counter == *o.Counter
	}
	return s.Name == o.Name && s.Assurance == o.Assurance && s.KeySHA256 == o.KeySHA256 && s.Counter == o.Counter
}
