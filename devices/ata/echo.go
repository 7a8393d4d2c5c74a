package ata

import (
	"context"
	"errors"

	"rasure/cmd/message"
)

const opNOP = 0x00 // ACS-4 7.21; subcommand 0: the drive aborts it and leaves count and LBA as they are

// ErrAltered means that an adapter changes commands on their way to the drive, or answers on their way back.
var ErrAltered = message.New("the adapter changes the count or the address of commands without data")

// echoes are what is sent to find out. In every bit each of the two patterns differs from the other, and no byte of one is another byte.
var echoes = []Registers{{Count: 0x5a, LBA: 0x1234c6}, {Count: 0xa5, LBA: 0xedcb39}}

// Echo makes sure that count and LBA of a command without data reach the drive and come back: a Broadcom SAS3008 zeroes the count, a
// PMC-Sierra adapter swaps bytes of the LBA. It sends NOP, which a drive must abort with its registers as they were. The error is
// [ErrAltered], or [ErrNoRegisters], or why nothing came.
func Echo(ctx context.Context, t Transport) error {
	for _, want := range echoes {
		r, err := t.Do(ctx, Command{Opcode: opNOP, Count: want.Count, LBA: want.LBA, Protocol: NonData})
		var refused *RefusedError
		switch {
		case errors.As(err, &refused):
			r = &refused.Registers
		case err != nil:
			return err
		case r == nil:
			return ErrNoRegisters
		}
		if r.Count&0xff != want.Count || r.LBA&0xffffff != want.LBA {
			return ErrAltered
		}
	}
	return nil
}
