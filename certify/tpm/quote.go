package tpm

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/binary"

	"rasure/certify"
	"rasure/certify/internal/p256"
	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
)

// A Quoted is what a TPM stated about its PCRs.
type Quoted struct {
	Nonce           [sha256.Size]byte // that it was asked for
	PCRs            []int             // of the SHA-256 bank, in order
	Digest          [sha256.Size]byte // SHA-256 of their values, one behind the other
	ResetCount      uint32
	RestartCount    uint32
	FirmwareVersion uint64
}

// Sizes of a quote: a TPMS_ATTEST (Part 2, 10.12.12) with a TPMS_QUOTE_INFO of one bank and 24 PCRs, then r and s.
const (
	quotedSize = 145
	quoteSize  = quotedSize + 2*coordinateSize

	attestQuote = 0x8018 // Part 2, 6.9 TPM_ST_ATTEST_QUOTE
	maxQuoted   = 24     // PCRs
)

var errQuote = message.New("malformed quote")

// OpenQuote verifies a quote by the station with this key, and with this policy if the key is bound.
func OpenQuote(pub *ecdsa.PublicKey, policy Policy, quote []byte) (q Quoted, err error) {
	if len(quote) != quoteSize {
		return q, errQuote
	}
	_, qualified, err := keyNames(pub, policy)
	if err != nil {
		return q, err
	}
	sig, err := certify.DERSignature(quote[quotedSize:])
	if err != nil {
		return q, errQuote
	}
	b, be := quote[:quotedSize], binary.BigEndian
	if !p256.Verify(pub, b, sig) {
		return q, message.New("the quote is not signed by this station's TPM")
	}
	switch {
	case be.Uint32(b) != generated || be.Uint16(b[4:]) != attestQuote || be.Uint16(b[6:]) != uint16(len(qualified)) || be.Uint16(b[42:]) != sha256.Size || b[92] > 1,
		be.Uint32(b[101:]) != 1 || be.Uint16(b[105:]) != uint16(tpm2.TPMAlgSHA256) || b[107] != 3 || be.Uint16(b[111:]) != sha256.Size:
		return q, errQuote
	case !bytes.Equal(b[8:42], qualified[:]):
		return q, message.New("the quote is by a key that is not restricted to the TPM's own statements")
	}
	q = Quoted{Nonce: [32]byte(b[44:76]), ResetCount: be.Uint32(b[84:]), RestartCount: be.Uint32(b[88:]), FirmwareVersion: be.Uint64(b[93:]), Digest: [32]byte(b[113:145])}
	for i := range maxQuoted {
		if b[108+i/8]>>(i%8)&1 == 1 {
			q.PCRs = append(q.PCRs, i)
		}
	}
	return q, nil
}

// Quote has the TPM state the values of PCRs, in order, for a nonce. Programs may extend PCRs at any time: values that changed meanwhile are read again.
func (s *Station) Quote(pcrs []int, nonce [sha256.Size]byte) (quote []byte, values [][sha256.Size]byte, err error) {
	const tries = 5
	for range tries {
		quote, values, err = s.quote(pcrs, nonce)
		if err != errChanged {
			break
		}
	}
	if err != nil {
		return nil, nil, message.Errorf("quoting the PCRs: %w", err)
	}
	return quote, values, nil
}

var errChanged = message.New("the PCRs change all the time")

func (s *Station) quote(pcrs []int, nonce [sha256.Size]byte) (quote []byte, values [][sha256.Size]byte, err error) {
	s.t.places.Lock()
	defer s.t.places.Unlock()
	all := sha256.New()
	for _, i := range pcrs {
		r, err := tpm2.PCRRead{PCRSelectionIn: selection(i)}.Execute(s.t.t)
		if err != nil {
			return nil, nil, explain(err)
		}
		if len(r.PCRValues.Digests) != 1 || len(r.PCRValues.Digests[0].Buffer) != sha256.Size {
			return nil, nil, message.Errorf("the TPM has no PCR %d of SHA-256", i)
		}
		values = append(values, [32]byte(r.PCRValues.Digests[0].Buffer))
		all.Write(r.PCRValues.Digests[0].Buffer)
	}
	var r *tpm2.QuoteResponse
	err = s.use(func(key tpm2.AuthHandle) error {
		r, err = tpm2.Quote{SignHandle: key, QualifyingData: tpm2.TPM2BData{Buffer: nonce[:]}, InScheme: nullScheme(), PCRSelect: selection(pcrs...)}.Execute(s.t.t)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	sig, err := der(r.Signature)
	if err != nil {
		return nil, nil, err
	}
	fixed, err := certify.FixedSignature(sig)
	if err != nil {
		return nil, nil, err
	}
	quote = append(bytes.Clone(r.Quoted.Bytes()), fixed...)
	q, err := OpenQuote(s.pub, s.policy, quote)
	switch {
	case err != nil:
		return nil, nil, message.Errorf("%w: %w", errWrongSignature, err)
	case q.Digest != [32]byte(all.Sum(nil)):
		return nil, nil, errChanged
	}
	return quote, values, nil
}

func selection(pcrs ...int) tpm2.TPMLPCRSelection {
	bits := make([]byte, maxQuoted/8)
	for _, i := range pcrs {
		bits[i/8] |= 1 << (i % 8)
	}
	return tpm2.TPMLPCRSelection{PCRSelections: []tpm2.TPMSPCRSelection{{Hash: tpm2.TPMAlgSHA256, PCRSelect: bits}}}
}

// Starts returns how often the TPM was started since it was cleared, and suspended since then.
func (t *TPM) Starts() (resets, restarts uint32, err error) {
	r, err := tpm2.ReadClock{}.Execute(t.t)
	if err != nil {
		return 0, 0, message.Errorf("reading the clock of the TPM: %w", explain(err))
	}
	return r.CurrentTime.ClockInfo.ResetCount, r.CurrentTime.ClockInfo.RestartCount, nil
}
