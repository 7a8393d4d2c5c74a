package ata

import (
	"context"
	"errors"

	"rasure/cmd/message"
)

const opNOP = 0x00 // ACS-4 7.21; subcommand 0: the drive aborts it and leaves count and LBA as they are

// ErrAltered means that an adapter changes commands on their way to the drive, or answers on their way back.
var ErrAltered = message.New("the adapter changes the count or the address of commands without data")

// AlteredError is [ErrAltered] that says what is changed.
type AlteredError struct {
	Count, LBA bool // at least one
	Lost       bool // nothing is left of it
	Back       bool // it is the answer that is changed: the address that the drive names in it
}

func (e *AlteredError) Error() string { return e.Message().String() }
func (e *AlteredError) Unwrap() error { return ErrAltered }

func (e *AlteredError) Message() message.Text {
	switch {
	case e.Back:
		return message.Of("the address in an answer is not the one that was sent")
	case !e.LBA:
		return message.Of("the count of commands without data does not arrive as sent")
	case !e.Count:
		return message.Of("the address of commands without data does not arrive as sent")
	}
	return message.Of("neither the count nor the address of commands without data arrives as sent")
}

// echoes are what is sent to find out. In every bit each of the two patterns differs from the other, and no byte of one is another byte.
var echoes = []Registers{{Count: 0x5a, LBA: 0x1234c6}, {Count: 0xa5, LBA: 0xedcb39}}

// Echo makes sure that count and LBA of a command without data reach the drive and come back: a Broadcom SAS3008 zeroes the count, a
// PMC-Sierra adapter swaps bytes of the LBA. It sends NOP, which a drive must abort with its registers as they were. The error is an
// *[AlteredError], or [ErrNoRegisters], or why nothing came.
func Echo(ctx context.Context, t Transport) error {
	for _, want := range echoes {
		r, err := Abort(ctx, t, want.Count, want.LBA)
		if err != nil {
			return err
		}
		if count, lba := r.Count&0xff, r.LBA&0xffffff; count != want.Count || lba != want.LBA {
			e := &AlteredError{Count: count != want.Count, LBA: lba != want.LBA}
			e.Lost = (!e.Count || count == 0) && (!e.LBA || lba == 0)
			return e
		}
	}
	return nil
}

// Abort sends NOP with a count of 8 bits and an LBA of 24, and returns the registers with which it was aborted. The error is
// [ErrNoRegisters], or why nothing came.
func Abort(ctx context.Context, t Transport, count uint16, lba uint64) (*Registers, error) {
	r, err := t.Do(ctx, Command{Opcode: opNOP, Count: count, LBA: lba, Protocol: NonData})
	var refused *RefusedError
	switch {
	case errors.As(err, &refused):
		return &refused.Registers, nil
	case err != nil:
		return nil, err
	case r == nil:
		return nil, ErrNoRegisters
	}
	return r, nil
}

const opVerify = 0x42 // READ VERIFY SECTOR(S) EXT, ACS-4: the drive reads, and gives nothing back

// ErrNoVerify means that the drive does not verify its first sector, so that nothing can be concluded from what it refuses.
var ErrNoVerify = message.New("the drive does not verify its first sector")

// ErrNoAddress means that there is no address to try: of a drive whose number of sectors is a multiple of 2³².
var ErrNoAddress = message.New("the size of the drive leaves no address to try")

// EchoAddress makes sure that the high bytes of count and LBA, which only 48-bit commands have, reach a drive of that many sectors. It
// has the drive verify sectors behind its end. A drive that gets the whole address refuses; if a byte was lost, the address is one that the drive
// has, and it succeeds. A refusal must come with all bytes of the registers, and if it says that the address was not found, with that
// address; what the count is on its way back is not tried. Nothing is written, and nothing is logged by a drive that keeps to ACS-4 (an invalid address is no error of the drive).
// The error is an *[AlteredError], [ErrNoRegisters], [ErrNoVerify], [ErrNoAddress], or why nothing came.
func EchoAddress(ctx context.Context, t Transport, sectors uint64) error {
	if sectors&0xffffffff == 0 {
		return ErrNoAddress
	}
	switch refused, err := verify(ctx, t, 0, 1); {
	case err != nil:
		return err
	case refused != nil:
		return ErrNoVerify
	}
	for _, lba := range behind(sectors) {
		switch refused, err := verify(ctx, t, lba, 1); {
		case err != nil:
			return err
		case refused == nil:
			return &AlteredError{LBA: true, Lost: true}
		case !refused.Whole:
			return ErrNoRegisters
		case refused.Error&errorNotFound != 0 && refused.LBA != lba:
			return &AlteredError{LBA: true, Back: true}
		}
	}
	switch refused, err := verify(ctx, t, sectors-1, 0x101); { // 257 sectors from the last one; without the high byte it is one
	case err != nil:
		return err
	case refused == nil:
		return &AlteredError{Count: true, Lost: true}
	case !refused.Whole:
		return ErrNoRegisters
	}
	return nil
}

// behind are addresses that a drive does not have, each of which loses one of the bytes 3, 4 and 5 and is one that it has.
func behind(sectors uint64) []uint64 {
	high, low := sectors>>32, sectors&0xffffffff
	third := high<<32 | 0xff000000
	if low > 0xff000000 {
		third |= 0xffffff
	}
	return []uint64{third, (high + 1) << 32, 1 << 40}
}

// verify has the drive verify sectors, and returns the registers with which it refused; nil: it did not.
func verify(ctx context.Context, t Transport, lba uint64, count uint16) (*Registers, error) {
	_, err := t.Do(ctx, Command{Opcode: opVerify, Extended: true, Count: count, LBA: lba, Protocol: NonData})
	var refused *RefusedError
	if errors.As(err, &refused) {
		return &refused.Registers, nil
	}
	return nil, err
}
