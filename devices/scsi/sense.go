package scsi

import (
	"encoding/binary"

	"rasure/cmd/message"
)

// Sense is sense data: the reason why a command did not simply succeed, SPC-5 4.4.
type Sense struct {
	Key, ASC, ASCQ uint8
	Deferred       bool   // about an earlier command, not this one
	HasProgress    bool   // Progress is valid
	Progress       uint16 // in 65536ths of a long job, SPC-5 4.4.2.4.4
}

var errSense = message.New("malformed sense data")

// SPC-5 table 27, as far as we decide by it.
const (
	keyNone          = 0x0
	keyNotReady      = 0x2
	keyMedium        = 0x3
	keyUnitAttention = 0x6
)

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
		n := min(8+int(b[7]), len(b))
		if n >= 14 {
			s.ASC, s.ASCQ = b[12], b[13]
		}
		if n >= 18 {
			s.progress(b[15:18])
		}
		return s, nil
	case 0x72, 0x73: // SPC-5 4.4.2
		if len(b) < 8 {
			return Sense{}, errSense
		}
		s := Sense{Key: b[1] & 0xf, ASC: b[2], ASCQ: b[3], Deferred: code == 0x73}
		if d := Descriptor(b, 0x02); len(d) >= 7 { // SPC-5 4.4.2.4, sense key specific
			s.progress(d[4:7])
		}
		return s, nil
	}
	return Sense{}, errSense
}

// progress reads the three bytes that are specific to a sense key. Only with no sense and not ready are they a progress.
func (s *Sense) progress(b []byte) {
	if b[0]&0x80 != 0 && (s.Key == keyNone || s.Key == keyNotReady) { // SKSV
		s.HasProgress, s.Progress = true, binary.BigEndian.Uint16(b[1:])
	}
}

// Descriptor returns the first descriptor of that type in sense data of the descriptor format, header included, as long as
// it says it is; nil where there is none, or it was cut.
func Descriptor(sense []byte, kind uint8) []byte {
	if len(sense) < 8 || sense[0]&0x7f < 0x72 || sense[0]&0x7f > 0x73 {
		return nil
	}
	rest := sense[8:min(8+int(sense[7]), len(sense))]
	for len(rest) >= 2 {
		n := 2 + int(rest[1])
		if n > len(rest) {
			return nil
		}
		if rest[0] == kind {
			return rest[:n]
		}
		rest = rest[n:]
	}
	return nil
}

// Sanitizing reports whether a sanitize is in progress, 04h/1Bh. The drive continues by itself after a loss of power.
func (s Sense) Sanitizing() bool { return s.Key == keyNotReady && s.ASC == 0x04 && s.ASCQ == 0x1b }

// SanitizeFailed reports whether a sanitize failed, 31h/03h. It has no progress, which other programs took for "done".
func (s Sense) SanitizeFailed() bool { return s.Key == keyMedium && s.ASC == 0x31 && s.ASCQ == 0x03 }

// Formatting reports whether a FORMAT UNIT is in progress, 04h/04h, and FormatCorrupt that one was interrupted or failed, 31h/00h
// and 31h/01h: such a drive accepts only another FORMAT UNIT or SANITIZE.
func (s Sense) Formatting() bool { return s.Key == keyNotReady && s.ASC == 0x04 && s.ASCQ == 0x04 }

func (s Sense) FormatCorrupt() bool { return s.Key == keyMedium && s.ASC == 0x31 && s.ASCQ <= 0x01 }

// Attention reports a unit attention: an event before this command, which the drive did not carry out: a reset
// (29h), a change by another host. The drive reports it once.
func (s Sense) Attention() bool { return s.Key == keyUnitAttention }
