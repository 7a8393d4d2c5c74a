// Package boot computes what a measured boot must look like, and reads what one has looked like.
//
// It predicts the PCRs that a unified kernel image (UKI) gives a machine, from the image alone, and replays the event log of a TCG2 firmware.
// Everything is SHA-256: other banks are not read. All input may be hostile: it is bounded, and what does not fit is refused, so that two readers cannot
// see two things in it. The package needs neither a TPM nor a machine of the same kind.
package boot

import (
	"crypto/sha256"
	"encoding/hex"

	"rasure/cmd/message"
)

// Digest is a SHA-256, or the value of a PCR in the SHA-256 bank.
type Digest [sha256.Size]byte

// String is the digest in hex.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText writes hex.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads hex.
func (d *Digest) UnmarshalText(text []byte) error {
	if n, err := hex.Decode(d[:], append([]byte(nil), text...)); len(text) != 2*len(d) || err != nil || n != len(d) {
		return message.Errorf("%q is no SHA-256", string(text))
	}
	return nil
}

// extend is TPM2_PCR_Extend (TCG TPM 2.0 Library, Part 3, 22.2).
func (d *Digest) extend(by Digest) {
	*d = sha256.Sum256(append(d[:], by[:]...))
}
