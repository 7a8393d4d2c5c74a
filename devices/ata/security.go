package ata

import (
	"context"
	"errors"
	"time"

	"rasure/cmd/message"
)

// The security feature set, ACS-4 7.38 to 7.43.
const (
	opSetPassword     = 0xf1
	opUnlock          = 0xf2
	opErasePrepare    = 0xf3
	opEraseUnit       = 0xf4
	opDisablePassword = 0xf6
)

// Forever is the longest timeout that the kernel accepts, 49 days. A security erase is sent with it: when a timeout runs out the
// kernel resets the drive, and a drive that is reset while it erases itself stays locked.
const Forever = (1<<32 - 1) * time.Millisecond

var errPassword = message.New("an ATA password has 1 to 32 bytes")

// SetPassword sets the user password, at level "high": the master password, which some makers publish, then still unlocks.
// From now on a drive that loses power is locked. The caller has written the password down before.
func SetPassword(ctx context.Context, t Transport, password string) error {
	return passwordCommand(ctx, t, opSetPassword, password, 0, 0)
}

// Unlock unlocks a drive until it loses power. A drive accepts five wrong passwords, then none before a power cycle.
func Unlock(ctx context.Context, t Transport, password string) error {
	return passwordCommand(ctx, t, opUnlock, password, 0, 0)
}

// DisablePassword removes the user password of a drive that is not locked.
func DisablePassword(ctx context.Context, t Transport, password string) error {
	return passwordCommand(ctx, t, opDisablePassword, password, 0, 0)
}

// SecurityErase sends SECURITY ERASE PREPARE and, with nothing between, SECURITY ERASE UNIT. It returns when the drive has
// ended, which takes hours; cancelling ctx does not change that. If another program's command came between the two, the
// drive aborts the second, and both are sent once more.
func SecurityErase(ctx context.Context, t Transport, password string, enhanced bool) error {
	mode := byte(0)
	if enhanced {
		mode = 2 // byte 0 bit 1
	}
	var refused *RefusedError
	err := prepareAndErase(ctx, t, password, mode)
	if errors.As(err, &refused) && refused.Opcode == opEraseUnit && refused.Aborted() {
		err = prepareAndErase(ctx, t, password, mode)
	}
	return err
}

// EraseLocked sends the same two commands once, with the normal erase, to a drive that is locked with the password. A drive that was cut
// off in a security erase may accept nothing else.
func EraseLocked(ctx context.Context, t Transport, password string) error {
	return prepareAndErase(ctx, t, password, 0)
}

func prepareAndErase(ctx context.Context, t Transport, password string, mode byte) error {
	if _, err := t.Do(ctx, Command{Opcode: opErasePrepare, Protocol: NonData}); err != nil {
		return err
	}
	return passwordCommand(ctx, t, opEraseUnit, password, mode, Forever)
}

// passwordCommand sends the 512 bytes that all of these take, ACS-4 table 133: byte 0 bit 0 is the master password (never
// ours), byte 1 bit 0 the level (0 high), bytes 2 to 33 the password.
func passwordCommand(ctx context.Context, t Transport, op uint8, password string, mode byte, timeout time.Duration) error {
	if len(password) < 1 || len(password) > 32 {
		return errPassword
	}
	b := make([]byte, 512)
	b[0] = mode
	copy(b[2:34], password)
	r, err := t.Do(ctx, Command{Opcode: op, Count: 1, Protocol: PIOOut, Data: b, Timeout: timeout})
	if err == nil && op == opEraseUnit && r.reset() {
		return ErrReset
	}
	return err
}
