package tpm

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"math/big"

	"rasure/certify"
	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
	"golang.org/x/mod/sumdb/note"
)

const (
	// maxPiece is how much a TPM hashes in one command, in bytes: TPM_PT_INPUT_BUFFER, at least 1024
	// (PC Client Platform TPM Profile, MAX_DIGEST_BUFFER).
	maxPiece = 1024
	// MaxText is the longest text that a station signs, in bytes: an entry of the log (c2sp.org/tlog-tiles).
	MaxText = 65535
)

// Signer returns the signer of ordinary signature lines, type 0x02 of c2sp.org/signed-note: ECDSA over the SHA-256 of the
// text, in DER, so that "openssl dgst -sha256 -verify" agrees. Texts are at most MaxText bytes. The TPM hashes the text
// itself, and refuses one that begins with the four bytes of its own statements, ff 54 43 47.
func (s *Station) Signer(name string) note.Signer {
	return &signer{name: name, hash: signatureKeyHash(s.pub), sign: s.sign}
}

// Attestor returns the signer of attestation lines (FORMAT.md): the TPM states the counter's present value, and that the
// SHA-256 of the text was given to it with the request.
func (s *Station) Attestor(name string) note.Signer {
	return &signer{name: name, hash: attestationKeyHash(name, s.pub, s.index, s.policy), sign: s.attest}
}

type signer struct {
	name string
	hash uint32
	sign func([]byte) ([]byte, error)
}

func (s *signer) Name() string    { return s.name }
func (s *signer) KeyHash() uint32 { return s.hash }
func (s *signer) Sign(text []byte) ([]byte, error) {
	if len(text) > MaxText {
		return nil, message.Errorf("signing with the TPM: text of %d bytes, more than %d", len(text), MaxText)
	}
	sig, err := s.sign(text)
	if err != nil {
		return nil, message.Errorf("signing with the TPM: %w", err)
	}
	return sig, nil
}

func (s *Station) sign(text []byte) ([]byte, error) {
	s.t.places.Lock()
	defer s.t.places.Unlock()
	sum, ticket, err := s.t.hash(text)
	if err != nil {
		return nil, explain(err)
	}
	if want := sha256.Sum256(text); !bytes.Equal(sum, want[:]) {
		return nil, message.New("the TPM hashed another text than the one it was given")
	}
	var r *tpm2.SignResponse
	err = s.use(func(key tpm2.AuthHandle) error {
		r, err = tpm2.Sign{KeyHandle: key, Digest: tpm2.TPM2BDigest{Buffer: sum}, InScheme: nullScheme(), Validation: ticket}.Execute(s.t.t)
		return err
	})
	if err != nil {
		return nil, err
	}
	sig, err := der(r.Signature)
	if err != nil {
		return nil, err
	}
	if !ecdsa.VerifyASN1(s.pub, sum, sig) {
		return nil, errWrongSignature
	}
	return sig, nil
}

// hash lets the TPM hash a text. The ticket says that it did, and that the text is none of its own statements.
func (t *TPM) hash(text []byte) (sum []byte, ticket tpm2.TPMTTKHashCheck, err error) {
	if len(text) <= maxPiece {
		r, err := tpm2.Hash{Data: tpm2.TPM2BMaxBuffer{Buffer: text}, HashAlg: tpm2.TPMAlgSHA256, Hierarchy: tpm2.TPMRHEndorsement}.Execute(t.t)
		if err != nil {
			return nil, ticket, err
		}
		return r.OutHash.Buffer, r.Validation, nil
	}
	start, err := tpm2.HashSequenceStart{HashAlg: tpm2.TPMAlgSHA256}.Execute(t.t)
	if err != nil {
		return nil, ticket, err
	}
	defer func() {
		if err != nil { // on success the TPM has freed it; only three such places exist
			_, flushErr := tpm2.FlushContext{FlushHandle: start.SequenceHandle}.Execute(t.t)
			err = errors.Join(err, flushErr)
		}
	}()
	for ; len(text) > maxPiece; text = text[maxPiece:] {
		_, err = tpm2.SequenceUpdate{SequenceHandle: start.SequenceHandle, Buffer: tpm2.TPM2BMaxBuffer{Buffer: text[:maxPiece]}}.Execute(t.t)
		if err != nil {
			return nil, ticket, err
		}
	}
	r, err := tpm2.SequenceComplete{SequenceHandle: start.SequenceHandle, Buffer: tpm2.TPM2BMaxBuffer{Buffer: text}, Hierarchy: tpm2.TPMRHEndorsement}.Execute(t.t)
	if err != nil {
		return nil, ticket, err
	}
	return r.Result.Buffer, r.Validation, nil
}

func (s *Station) attest(text []byte) ([]byte, error) {
	s.t.places.Lock()
	defer s.t.places.Unlock()
	h, n := tpm2.TPMHandle(s.index), counterName(s.index, true).tpm()
	sum := sha256.Sum256(text)
	var r *tpm2.NVCertifyResponse
	err := s.use(func(key tpm2.AuthHandle) (err error) {
		r, err = tpm2.NVCertify{
			SignHandle:     key,
			AuthHandle:     tpm2.AuthHandle{Handle: h, Name: n, Auth: tpm2.PasswordAuth(s.auth)},
			NVIndex:        &tpm2.NamedHandle{Handle: h, Name: n},
			QualifyingData: tpm2.TPM2BData{Buffer: sum[:]},
			InScheme:       nullScheme(),
			Size:           counterSize,
		}.Execute(s.t.t)
		return err
	})
	if err != nil {
		return nil, err
	}
	sig, err := der(r.Signature)
	if err != nil {
		return nil, err
	}
	line := append(bytes.Clone(r.CertifyInfo.Bytes()), sig...)
	v, err := NewAttestationVerifier("self", s.pub, s.index, s.policy)
	if err != nil {
		return nil, err
	}
	if _, err := v.Open(text, line); err != nil {
		return nil, message.Errorf("%w: %w", errWrongSignature, err)
	}
	return line, nil
}

var errWrongSignature = message.New("the TPM's signature does not verify")

// nullScheme leaves the choice to the key, which allows one scheme only.
func nullScheme() tpm2.TPMTSigScheme { return tpm2.TPMTSigScheme{Scheme: tpm2.TPMAlgNull} }

// der encodes a signature as ECDSA-Sig-Value (RFC 3279, 2.2.3), with the low s. A TPM gives either.
func der(signature tpm2.TPMTSignature) ([]byte, error) {
	rs, err := signature.Signature.ECDSA()
	if err != nil {
		return nil, message.Errorf("%w: %w", errGarbage, err)
	}
	sig, err := asn1.Marshal(struct{ R, S *big.Int }{
		new(big.Int).SetBytes(rs.SignatureR.Buffer),
		new(big.Int).SetBytes(rs.SignatureS.Buffer),
	})
	if err != nil {
		return nil, err
	}
	return certify.LowS(sig)
}

func firstFour(sum [sha256.Size]byte) uint32 { return binary.BigEndian.Uint32(sum[:]) }
