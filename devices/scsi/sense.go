package scsi

import "errors"

// Sense is what a drive says of a command that did not simply succeed, SPC-5 4.4.
type Sense struct {
	Key, ASC, ASCQ uint8
	Deferred       bool // tells of an earlier command, not of this one
}

var errSense = errors.New("malformed sense data")

// ParseSense reads sense data in fixed (70h, 71h) or descriptor format (72h, 73h).
func ParseSense(b []byte) (Sense, error) {
	if len(b) < 1 {
		return Sense{}, errSense
	}
	code := b[0] & 0x7f // bit 7 is VALID in the fixed format: the INFORMATION field, which we do not read
	switch code {
	case 0x70, 0x71: // SPC-5 4.4.3
		// A drive may cut the data short behind the key: ASC and ASCQ are then 0, "no additional information".
		if len(b) < 8 {
			return Sense{}, errSense
		}
		s := Sense{Key: b[2] & 0xf, Deferred: code == 0x71}
		if n := 8 + int(b[7]); n >= 14 && len(b) >= 14 {
			s.ASC, s.ASCQ = b[12], b[13]
		}
		return s, nil
	case 0x72, 0x73: // SPC-5 4.4.2
		if len(b) < 8 {
			return Sense{}, errSense
		}
		return Sense{Key: b[1] & 0xf, ASC: b[2], ASCQ: b[3], Deferred: code == 0x73}, nil
	}
	return Sense{}, errSense
}
