package tpmtest

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"

	"github.com/google/go-tpm/tpm2"

	"rasure/certify"
)

// Measured is an event of a boot: what a firmware has extended a PCR with.
type Measured struct {
	PCR    uint32
	Type   uint32
	SHA256 [32]byte
	Data   []byte // in the log, beside the digest
}

// EventLog writes the log of events as a firmware does, with SHA-256 alone.
func EventLog(events ...Measured) []byte {
	le := binary.LittleEndian
	spec := append([]byte("Spec ID Event03\x00"), 0, 0, 0, 0, 0, 2, 0, 2)
	spec = le.AppendUint32(spec, 1) // algorithms
	spec = le.AppendUint16(spec, 0x000b)
	spec = append(le.AppendUint16(spec, 32), 0) // no vendor information
	log := le.AppendUint32(le.AppendUint32(nil, 0), 3)
	log = append(log, make([]byte, 20)...)
	log = append(le.AppendUint32(log, uint32(len(spec))), spec...)
	for _, e := range events {
		log = le.AppendUint32(le.AppendUint32(log, e.PCR), e.Type)
		log = le.AppendUint16(le.AppendUint32(log, 1), 0x000b)
		log = le.AppendUint32(append(log, e.SHA256[:]...), uint32(len(e.Data)))
		log = append(log, e.Data...)
	}
	return log
}

// Boot starts the TPM again and measures events, as a firmware does. It returns the log of them.
func (e *Emulator) Boot(events ...Measured) []byte {
	e.t.Helper()
	e.PowerCycle()
	for _, m := range events {
		_, err := tpm2.PCRExtend{PCRHandle: tpm2.AuthHandle{Handle: tpm2.TPMHandle(m.PCR), Auth: tpm2.PasswordAuth(nil)},
			Digests: tpm2.TPMLDigestValues{Digests: []tpm2.TPMTHA{{HashAlg: tpm2.TPMAlgSHA256, Digest: m.SHA256[:]}}}}.Execute(e)
		if err != nil {
			e.t.Fatal(err)
		}
	}
	return EventLog(events...)
}

// Quote is what the key says of PCRs with these values, in order, for a nonce.
func (p *Played) Quote(nonce [32]byte, pcrs []int, digest [32]byte) []byte {
	p.t.Helper()
	be := binary.BigEndian
	b := be.AppendUint16(be.AppendUint32(nil, 0xff544347), 0x8018) // TPM_GENERATED_VALUE, TPM_ST_ATTEST_QUOTE
	b = append(append(b, 0, byte(len(p.name))), p.name...)
	b = append(append(b, 0, byte(len(nonce))), nonce[:]...)
	b = be.AppendUint32(be.AppendUint32(be.AppendUint64(b, p.Clock), p.Resets), p.Restarts)
	b = be.AppendUint64(append(b, 1), p.Firmware)
	bits := [3]byte{}
	for _, i := range pcrs {
		bits[i/8] |= 1 << (i % 8)
	}
	b = append(append(be.AppendUint32(b, 1), 0, 0x0b, 3), bits[:]...)
	b = append(append(b, 0, 32), digest[:]...)
	sum := sha256.Sum256(b)
	sig, err := ecdsa.SignASN1(rand.Reader, p.key, sum[:])
	if err == nil {
		sig, err = certify.LowS(sig)
	}
	if err == nil {
		sig, err = certify.FixedSignature(sig)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return append(b, sig...)
}
