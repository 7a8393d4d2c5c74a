package tpm

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"strings"
	"unicode"

	"rasure/certify"
	"rasure/certify/internal/p256"
	"rasure/cmd/message"
)

// AttestationType names the format of attestation lines, after the type byte 0xff (c2sp.org/signed-note, "Signature types"), and BoundAttestationType that of those
// by a bound key.
const (
	AttestationType      = "rasure/tpm2-nv-certify/v1"
	BoundAttestationType = "rasure/tpm2-nv-certify/v2"
)

// An Attestation is what the TPM stated about its counter. Only an AttestationVerifier can tell whether it is true.
type Attestation struct {
	Text            [sha256.Size]byte // SHA-256 of the text it was made for
	Counter         uint64
	Clock           uint64 // milliseconds that the TPM was powered; may jump back after a power cut: no order follows from it
	ResetCount      uint32 // starts of the TPM since it was cleared
	RestartCount    uint32 // suspends since the last start
	Safe            bool   // Clock never showed a higher value before
	FirmwareVersion uint64 // in the vendor's encoding

	signer, index entityName
	stated        []byte // the bytes that are signed
	signature     []byte // DER
}

// layout is a TPMS_ATTEST of the type that NV_Certify makes, with the sizes that our templates fix
// (Part 2, 10.12.8 TPMS_NV_CERTIFY_INFO and 10.12.12 TPMS_ATTEST). Big-endian.
type layout struct {
	Magic         uint32
	Type          uint16
	SignerSize    uint16
	Signer        entityName
	ExtraSize     uint16
	Extra         [sha256.Size]byte
	Clock         uint64
	ResetCount    uint32
	RestartCount  uint32
	Safe          uint8
	Firmware      uint64
	IndexNameSize uint16
	IndexName     entityName
	Offset        uint16
	ContentSize   uint16
	Counter       uint64
}

// read reads the fields in their order. An audit does it several times for each entry, and encoding/binary would use reflection.
func (l *layout) read(b [statedSize]byte) {
	be := binary.BigEndian
	l.Magic, l.Type, l.SignerSize, l.Signer = be.Uint32(b[0:]), be.Uint16(b[4:]), be.Uint16(b[6:]), entityName(b[8:42])
	l.ExtraSize, l.Extra = be.Uint16(b[42:]), [sha256.Size]byte(b[44:76])
	l.Clock, l.ResetCount, l.RestartCount, l.Safe = be.Uint64(b[76:]), be.Uint32(b[84:]), be.Uint32(b[88:]), b[92]
	l.Firmware, l.IndexNameSize, l.IndexName = be.Uint64(b[93:]), be.Uint16(b[101:]), entityName(b[103:137])
	l.Offset, l.ContentSize, l.Counter = be.Uint16(b[137:]), be.Uint16(b[139:]), be.Uint64(b[141:])
}

const (
	statedSize = 149        // bytes of layout
	generated  = 0xff544347 // Part 2, 6.2 TPM_GENERATED_VALUE
	attestNV   = 0x8014     // Part 2, 6.9 TPM_ST_ATTEST_NV
	maxDER     = 72         // bytes: two integers of up to 33 bytes
)

var (
	errMalformed = message.New("malformed attestation")
	errForged    = message.New("the attestation is not signed by this station's TPM")
)

// ParseAttestation reads the signature bytes of an attestation line: the statement, then the signature in DER. It checks
// the form only, not the signature.
func ParseAttestation(sig []byte) (Attestation, error) {
	var l layout
	if len(sig) <= statedSize || len(sig) > statedSize+maxDER {
		return Attestation{}, errMalformed
	}
	l.read([statedSize]byte(sig))
	if l.Magic != generated || l.Type != attestNV ||
		l.SignerSize != uint16(len(l.Signer)) || l.ExtraSize != uint16(len(l.Extra)) || l.IndexNameSize != uint16(len(l.IndexName)) ||
		l.Safe > 1 || l.Offset != 0 || l.ContentSize != counterSize {
		return Attestation{}, errMalformed
	}
	return Attestation{
		Text: l.Extra, Counter: l.Counter, Clock: l.Clock, ResetCount: l.ResetCount, RestartCount: l.RestartCount,
		Safe: l.Safe == 1, FirmwareVersion: l.Firmware,
		signer: l.Signer, index: l.IndexName,
		stated: bytes.Clone(sig[:statedSize]), signature: bytes.Clone(sig[statedSize:]),
	}, nil
}

// An AttestationVerifier checks attestation lines of one station, without a TPM. It is a note.Verifier.
type AttestationVerifier struct {
	name      string
	hash      uint32
	pub       *ecdsa.PublicKey
	bound     bool
	qualified entityName // of the key
	index     entityName // of the counter
}

// NewAttestationVerifier returns the verifier for the station with this name, public key and counter index, and with this policy if the key is bound. The name is
// that of a note's key: not empty, no spaces, no plus. The key is P-256.
func NewAttestationVerifier(name string, pub *ecdsa.PublicKey, nvIndex uint32, policy Policy) (*AttestationVerifier, error) {
	if name == "" || strings.ContainsRune(name, '+') || strings.ContainsFunc(name, unicode.IsSpace) {
		return nil, message.Errorf("%q is not a valid name of a key", name)
	}
	_, qualified, err := keyNames(pub, policy)
	if err != nil {
		return nil, err
	}
	return &AttestationVerifier{
		name: name, hash: attestationKeyHash(name, pub, nvIndex, policy), pub: pub, bound: !policy.IsZero(),
		qualified: qualified, index: counterName(nvIndex, true),
	}, nil
}

// Name returns the name of the key.
func (v *AttestationVerifier) Name() string { return v.name }

// KeyHash returns the key ID (FORMAT.md).
func (v *AttestationVerifier) KeyHash() uint32 { return v.hash }

// Verify reports whether sig is an attestation of this text by this station.
func (v *AttestationVerifier) Verify(text, sig []byte) bool {
	_, err := v.Open(text, sig)
	return err == nil
}

// Open returns what the TPM stated, if sig is an attestation of this text by this station.
func (v *AttestationVerifier) Open(text, sig []byte) (Attestation, error) {
	a, err := v.open(sig)
	if err != nil {
		return Attestation{}, err
	}
	if a.Text != sha256.Sum256(text) {
		return Attestation{}, message.New("the attestation is of another text")
	}
	return a, nil
}

// Counter returns the counter's value in a line that Verify accepted. It reads the line and verifies nothing.
func (v *AttestationVerifier) Counter(sig []byte) (uint64, error) {
	a, err := ParseAttestation(sig)
	return a.Counter, err
}

func (v *AttestationVerifier) open(sig []byte) (Attestation, error) {
	a, err := ParseAttestation(sig)
	if err != nil {
		return Attestation{}, err
	}
	switch {
	case !p256.Verify(v.pub, a.stated, a.signature):
		return Attestation{}, errForged
	case v.bound && !isLowS(a.signature): // version 1 accepts either
		return Attestation{}, errMalformed
	case a.signer != v.qualified: // the same point with other attributes would be a key that signs anything
		return Attestation{}, message.New("the attestation is by a key that is not restricted to the TPM's own statements")
	case a.index != v.index: // the name holds the attributes: that it is a counter, and which
		return Attestation{}, message.New("the attestation is not of the station's counter")
	}
	return a, nil
}

// signatureKeyHash is the key ID of type 0x02: the name is no part of it (c2sp.org/signed-note, "Signature types").
func signatureKeyHash(pub *ecdsa.PublicKey) uint32 { return firstFour(sha256.Sum256(spki(pub))) }

// attestationKeyHash follows c2sp.org/signed-note: name, newline, type, public key. What verifies these lines is the index
// and the key, so the two are the public key here, with the policy of a bound key between them.
func attestationKeyHash(name string, pub *ecdsa.PublicKey, nvIndex uint32, policy Policy) uint32 {
	kind := AttestationType
	if !policy.IsZero() {
		kind = BoundAttestationType
	}
	b := []byte(name + "\n\xff" + kind + "\x00")
	b = binary.BigEndian.AppendUint32(b, nvIndex)
	if !policy.IsZero() {
		b = append(b, policy[:]...)
	}
	return firstFour(sha256.Sum256(append(b, spki(pub)...)))
}

// spki returns the SubjectPublicKeyInfo in DER. It panics if pub is no key, which keyNames has excluded.
func spki(pub *ecdsa.PublicKey) []byte {
	b, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		panic(err)
	}
	return b
}

func isLowS(sig []byte) bool {
	low, err := certify.LowS(sig)
	return err == nil && bytes.Equal(low, sig)
}
