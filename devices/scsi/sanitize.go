package scsi

import (
	"context"
	"errors"
	"time"

	"rasure/cmd/message"
)

// SanitizeAction is the service action of SANITIZE, SBC-4 5.33, table 93.
type SanitizeAction uint8

const (
	SanitizeOverwrite SanitizeAction = 0x01
	SanitizeBlock     SanitizeAction = 0x02
	SanitizeCrypto    SanitizeAction = 0x03
	SanitizeExit      SanitizeAction = 0x1f // leaves failure mode, where the operation that failed allowed that
)

// OpSanitize is the operation code of SANITIZE.
const OpSanitize = 0x48

// taking is how long a drive may take to take a sanitize: it answers at once, and a drive that does not must not be reset while it
// begins. Our choice.
const taking = time.Hour

// SanitizeCommand builds a SANITIZE. IMMED is always set: the drive answers when it has taken the command, since no host
// adapter waits as long as it takes. AUSE is never set: a drive whose sanitize failed then accepts only another
// sanitize, which keeps what is left on it from being read or from being taken for erased.
//
// An overwrite is one pass of zeros, said explicitly: a count of 0 is reserved here, and means 16 on ATA and NVMe.
func SanitizeCommand(a SanitizeAction) Command {
	const immed = 0x80
	c := Command{CDB: []byte{OpSanitize, immed | byte(a), 0, 0, 0, 0, 0, 0, 0, 0}, Timeout: taking}
	if a == SanitizeOverwrite {
		c.Data = []byte{1, 0, 0, 4, 0, 0, 0, 0} // count 1, pattern of 4 bytes; SBC-4 5.33.3.2
		c.Direction = Out
		c.CDB[8] = byte(len(c.Data))
	}
	return c
}

// Sanitize sends SANITIZE. A nil error means that the drive accepted it, not that it ended.
func Sanitize(ctx context.Context, t Transport, a SanitizeAction) error {
	r, err := t.Do(ctx, SanitizeCommand(a))
	if err != nil {
		return err
	}
	return r.Err(OpSanitize)
}

// Support says whether a drive supports a command.
type Support uint8

const (
	SupportUnknown Support = iota // not reported
	Unsupported
	Supported
)

const opMaintenanceIn = 0xa3

// Supports asks whether the drive supports a command with a service action: REPORT SUPPORTED OPERATION CODES, SPC-5 6.38. A
// drive or adapter that does not support that command itself gives SupportUnknown, without an error.
func Supports(ctx context.Context, t Transport, opcode, action uint8) (Support, error) {
	data := make([]byte, 20) // header and the longest usage data
	cdb := []byte{opMaintenanceIn, 0x0c, 0x03, opcode, 0, action, 0, 0, 0, byte(len(data)), 0, 0}
	r, err := t.Do(ctx, Command{CDB: cdb, Direction: In, Data: data})
	if err != nil {
		return SupportUnknown, err
	}
	var refused *SenseError
	err = r.Err(opMaintenanceIn)
	if errors.As(err, &refused) && refused.Unknown() {
		return SupportUnknown, nil
	}
	if err != nil {
		return SupportUnknown, err
	}
	if r.Residual < 0 || r.Residual > len(data) {
		return SupportUnknown, errOpcodes
	}
	return ParseSupport(data[:len(data)-r.Residual])
}

var errOpcodes = message.New("malformed answer to REPORT SUPPORTED OPERATION CODES")

// ParseSupport reads the one-command parameter data, SPC-5 6.38.3. A command that is supported in a vendor's way (5) is not
// what the standard describes, so it is not Supported.
func ParseSupport(b []byte) (Support, error) {
	if len(b) < 4 {
		return SupportUnknown, errOpcodes
	}
	switch b[1] & 7 {
	case 0:
		return SupportUnknown, nil
	case 3:
		return Supported, nil
	}
	return Unsupported, nil
}

// Unknown reports whether the drive, an adapter or a bridge does not know the command or a field of it: illegal request with
// invalid operation code (20h) or invalid field in the command block (24h).
func (e *SenseError) Unknown() bool {
	return e.Status == StatusCheckCondition && e.Key == 5 && (e.ASC == 0x20 || e.ASC == 0x24)
}

// The SECURITY PROTOCOL commands.
const (
	opSecurityIn  = 0xa2
	opSecurityOut = 0xb5
)

// SecurityIn is SECURITY PROTOCOL IN, SPC-5 6.40: it fills data with what a security protocol answers, and returns as much of
// it as came. data is at most 65536 bytes.
func SecurityIn(ctx context.Context, t Transport, protocol uint8, specific uint16, data []byte) ([]byte, error) {
	r, err := t.Do(ctx, Command{CDB: securityCDB(opSecurityIn, protocol, specific, len(data)), Direction: In, Data: data})
	if err != nil {
		return nil, err
	}
	if err := r.Err(opSecurityIn); err != nil {
		return nil, err
	}
	if r.Residual < 0 || r.Residual > len(data) {
		return nil, message.Errorf("security protocol %02xh: malformed answer", protocol)
	}
	return data[:len(data)-r.Residual], nil
}

// SecurityOut is SECURITY PROTOCOL OUT, SPC-5 6.41.
func SecurityOut(ctx context.Context, t Transport, protocol uint8, specific uint16, data []byte) error {
	r, err := t.Do(ctx, Command{CDB: securityCDB(opSecurityOut, protocol, specific, len(data)), Direction: Out, Data: data})
	if err != nil {
		return err
	}
	return r.Err(opSecurityOut)
}

// securityCDB counts bytes, not the 512-byte units of INC_512.
func securityCDB(op, protocol uint8, specific uint16, n int) []byte {
	return []byte{op, protocol, byte(specific >> 8), byte(specific), 0, 0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n), 0, 0}
}
