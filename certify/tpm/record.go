package tpm

import (
	"bytes"
	"crypto/elliptic"
	"encoding/asn1"
	"math/big"

	"rasure/certify"
	"rasure/cmd/message"
)

// recordSize is the size of a record in bytes: the statement, then r and s.
const recordSize = statedSize + 2*coordinateSize

var errRecord = message.New("malformed record of an attestation")

// RecordSize returns the size of the records of attestation lines, 213 bytes.
func (*AttestationVerifier) RecordSize() int { return recordSize }

// Record returns the record of an attestation line (FORMAT.md): a line that Verify accepted, written in the only way that Line accepts. It verifies
// nothing.
func (*AttestationVerifier) Record(sig []byte) ([]byte, error) {
	a, err := ParseAttestation(sig)
	if err != nil {
		return nil, err
	}
	der, err := certify.LowS(a.signature)
	if err != nil {
		return nil, err
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &rs); err != nil {
		return nil, err
	}
	if !inGroup(rs.R) || !inGroup(rs.S) {
		return nil, errMalformed
	}
	record := make([]byte, recordSize)
	copy(record, a.stated)
	rs.R.FillBytes(record[statedSize:][:coordinateSize])
	rs.S.FillBytes(record[statedSize+coordinateSize:])
	return record, nil
}

// Line returns the attestation line of a record: its bytes after the key ID. It checks the form of the record, and verifies nothing.
func (v *AttestationVerifier) Line(record []byte) ([]byte, error) {
	if len(record) != recordSize {
		return nil, errRecord
	}
	r := new(big.Int).SetBytes(record[statedSize:][:coordinateSize])
	s := new(big.Int).SetBytes(record[statedSize+coordinateSize:])
	if !inGroup(r) || !inGroup(s) || new(big.Int).Lsh(s, 1).Cmp(elliptic.P256().Params().N) > 0 {
		return nil, errRecord
	}
	der, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
	if err != nil {
		return nil, err
	}
	line := append(bytes.Clone(record[:statedSize]), der...)
	if _, err := ParseAttestation(line); err != nil {
		return nil, errRecord
	}
	return line, nil
}

// inGroup reports whether n is a number of an ECDSA signature: SEC 1, 4.1.4, step 1.
func inGroup(n *big.Int) bool { return n.Sign() > 0 && n.Cmp(elliptic.P256().Params().N) < 0 }
