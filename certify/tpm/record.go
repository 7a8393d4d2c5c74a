package tpm

import (
	"bytes"

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
	fixed, err := certify.FixedSignature(a.signature)
	if err != nil {
		return nil, err
	}
	return append(bytes.Clone(a.stated), fixed...), nil
}

// Line returns the attestation line of a record: its bytes after the key ID. It checks the form of the record, and verifies nothing.
func (v *AttestationVerifier) Line(record []byte) ([]byte, error) {
	if len(record) != recordSize {
		return nil, errRecord
	}
	der, err := certify.DERSignature(record[statedSize:])
	if err != nil {
		return nil, errRecord
	}
	line := append(bytes.Clone(record[:statedSize]), der...)
	if _, err := ParseAttestation(line); err != nil {
		return nil, errRecord
	}
	return line, nil
}
