package nvme

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"rasure/cmd/message"
)

// Action is SANACT of Sanitize, Base 2.1, 5.1.22. Texts swap these numbers with those of Format's SES: do not.
type Action uint8

const (
	ExitFailure    Action = 1 // leave the state after an unrestricted sanitize that failed
	SanitizeBlock  Action = 2
	SanitizeFill   Action = 3 // overwrite
	SanitizeCrypto Action = 4
)

// Sanitize is one sanitize operation. It concerns the whole NVM subsystem: every namespace, of every controller, and what
// belongs to none. AUSE stays 0: a drive whose sanitize failed then does nothing but another one.
type Sanitize struct {
	Action       Action
	Passes       int    // of overwriting, 1 to 16; 0 with the other actions
	Invert       bool   // the pattern is inverted from one pass to the next
	Pattern      uint32 // of overwriting
	NoDeallocate bool   // NDAS: blocks stay mapped, so that reads after it reach the media
}

const opSanitize = 0x84

// CDW10 is what the drive repeats in its log as SCDW10: it shows that the log is about this operation. It panics for
// an unknown action, and for passes that the field cannot hold: on the wire 0 means 16.
func (s Sanitize) CDW10() uint32 {
	cdw10 := uint32(s.Action)
	switch {
	case s.Action < ExitFailure || s.Action > SanitizeCrypto:
		panic(fmt.Sprintf("nvme: %d is no sanitize action", s.Action))
	case s.Action == SanitizeFill && (s.Passes < 1 || s.Passes > 16), s.Action != SanitizeFill && s.Passes != 0:
		panic(fmt.Sprintf("nvme: sanitize with %d passes", s.Passes))
	}
	cdw10 |= uint32(s.Passes&0x0f) << 4
	if s.Invert {
		cdw10 |= 1 << 8
	}
	if s.NoDeallocate {
		cdw10 |= 1 << 9
	}
	return cdw10
}

// sanitizeTimeout is our choice. The drive should answer at once; the longer it may take, the less likely is it that the
// kernel resets its controller meanwhile.
const sanitizeTimeout = time.Hour

// Command makes the command. The drive answers at once and continues by itself, also after a loss of power.
//
// The namespace is 0: some drives refuse FFFFFFFFh (edk2 issue 12212).
func (s Sanitize) Command() Command {
	return Command{Opcode: opSanitize, CDW: [6]uint32{s.CDW10(), s.Pattern}, Timeout: sanitizeTimeout}
}

// SanitizeStatus is the Sanitize Status log page, Base 2.1, 5.1.12.1.33. It survives a loss of power: what it reports may
// be old, and of another program's operation.
type SanitizeStatus struct {
	Progress uint16      // SPROG: of 65536; FFFFh when none is running
	State    SanitizeLog // SSTAT bits 2:0
	Passes   uint8       // SSTAT bits 7:3: passes of overwriting that are done
	Erased   bool        // SSTAT bit 8: nothing was written since it was made or last sanitized
	CDW10    uint32      // SCDW10: of the operation that State is about

	// Estimates of the drive from the start, with and without deallocating afterwards; 0 not reported. Those of
	// overwriting are for 16 passes.
	Fill, Block, Crypto             time.Duration
	FillKept, BlockKept, CryptoKept time.Duration

	Raw [64]byte // the beginning of the page as the drive sent it, for the record; the rest is reserved
}

// SanitizeLog is what became of the last sanitize operation.
type SanitizeLog uint8

const (
	SanitizeNever       SanitizeLog = 0
	SanitizeDone        SanitizeLog = 1 // completed without error
	SanitizeRunning     SanitizeLog = 2
	SanitizeFailed      SanitizeLog = 3
	SanitizeDeallocated SanitizeLog = 4 // completed without error, but deallocated although asked not to
)

func (s SanitizeLog) String() string { return s.Message().String() }

func (s SanitizeLog) Message() message.Text {
	switch s {
	case SanitizeNever:
		return message.Of("never started")
	case SanitizeDone:
		return message.Of("completed without error")
	case SanitizeRunning:
		return message.Of("running")
	case SanitizeFailed:
		return message.Of("failed")
	case SanitizeDeallocated:
		return message.Of("completed without error, and deallocated blocks against the request")
	}
	return message.Of("reserved state %d", uint8(s))
}

// ReadSanitizeStatus asks for the log page.
func ReadSanitizeStatus(ctx context.Context, t Transport) (SanitizeStatus, error) {
	b, err := getLog(ctx, t, logSanitize, sanitizeLength)
	if err != nil {
		return SanitizeStatus{}, err
	}
	return ParseSanitizeStatus(b)
}

// ParseSanitizeStatus reads the 512 bytes of the page. One that was not filled reads as "never started": the caller
// must check the error of the command first.
func ParseSanitizeStatus(b []byte) (SanitizeStatus, error) {
	if len(b) != sanitizeLength {
		return SanitizeStatus{}, errLog
	}
	sstat := binary.LittleEndian.Uint16(b[2:])
	s := SanitizeStatus{
		Progress: binary.LittleEndian.Uint16(b), State: SanitizeLog(sstat & 0x07), Passes: uint8(sstat >> 3 & 0x1f), Erased: sstat&0x100 != 0,
		CDW10: binary.LittleEndian.Uint32(b[4:]),
		Fill:  estimate(b[8:]), Block: estimate(b[12:]), Crypto: estimate(b[16:]),
		FillKept: estimate(b[20:]), BlockKept: estimate(b[24:]), CryptoKept: estimate(b[28:]),
	}
	copy(s.Raw[:], b)
	return s, nil
}

// Takes returns the drive's estimate for an operation; 0 where it has none.
func (s *SanitizeStatus) Takes(op Sanitize) time.Duration {
	var with, kept time.Duration
	switch op.Action {
	case SanitizeFill:
		with, kept = s.Fill*time.Duration(op.Passes)/16, s.FillKept*time.Duration(op.Passes)/16
	case SanitizeBlock:
		with, kept = s.Block, s.BlockKept
	case SanitizeCrypto:
		with, kept = s.Crypto, s.CryptoKept
	}
	if op.NoDeallocate && kept != 0 {
		return kept
	}
	return with
}

// Keeps reports whether the drive says how long an operation takes that keeps blocks mapped.
func (s *SanitizeStatus) Keeps(op Sanitize) bool {
	switch op.Action {
	case SanitizeFill:
		return s.FillKept != 0
	case SanitizeBlock:
		return s.BlockKept != 0
	case SanitizeCrypto:
		return s.CryptoKept != 0
	}
	return false
}

// estimate reads seconds; FFFFFFFFh means not reported, and zeros come from drives older than the field.
func estimate(b []byte) time.Duration {
	if n := binary.LittleEndian.Uint32(b); n != 0xffffffff {
		return time.Duration(n) * time.Second
	}
	return 0
}
