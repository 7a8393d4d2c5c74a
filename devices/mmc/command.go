package mmc

import (
	"context"
	"time"

	"rasure/cmd/message"
)

const (
	cmdSwitch     = 6
	cmdSendExtCSD = 8
	cmdSendStatus = 13
	cmdEraseStart = 35
	cmdEraseEnd   = 36
	cmdErase      = 38

	extCSDSize = 512
	sector     = 512

	byteSanitizeStart = 165
	writeByte         = 3 // access mode of SWITCH, JESD84-B51A 6.6.1
	normalSet         = 1 // command set, which Linux sends and the drive ignores with this access mode
	linuxRCA          = 1 // the address that Linux gives to every eMMC, drivers/mmc/core/mmc.c
)

// MaxTimeout is the longest that a command can be given: the field of the ioctl counts milliseconds in 32 bits, and Linux
// makes jiffies of them.
const MaxTimeout = 24 * time.Hour

// SendStatus makes SEND_STATUS, which does nothing.
func SendStatus() Command { return Command{Opcode: cmdSendStatus, Arg: linuxRCA << 16} }

// Switch makes SWITCH, which writes one byte of EXT_CSD.
func Switch(index, value uint8, timeout time.Duration) Command {
	return Command{Opcode: cmdSwitch, Arg: writeByte<<24 | uint32(index)<<16 | uint32(value)<<8 | normalSet, Kind: Busy, Write: true, Timeout: timeout}
}

// Sanitize makes the SWITCH that has the drive purge every block that is not mapped, in all its areas. What was not erased or
// trimmed before is mapped, and stays. It answers when it is done, and does not continue after a loss of power.
func Sanitize(timeout time.Duration) Command { return Switch(byteSanitizeStart, 1, timeout) }

// Erase makes the commands that unmap whole erase groups: those in which sectors first and last lie, and all between, of the
// area whose node they are sent through. They are sent together. It panics if last comes before first.
func Erase(c *ExtCSD, first, last uint32, timeout time.Duration) []Command {
	if last < first {
		panic("mmc: erase that ends before it begins")
	}
	unit := uint32(1)
	if !c.SectorAddresses {
		unit = sector
	}
	return []Command{
		{Opcode: cmdEraseStart, Arg: first * unit},
		{Opcode: cmdEraseEnd, Arg: last * unit},
		{Opcode: cmdErase, Arg: 0, Kind: Busy, Timeout: timeout}, // 0: erase; 1 would be trim, 3 discard, which promises nothing
	}
}

// ReadExtCSD asks the drive for its EXT_CSD register. An SD card has none and refuses, or does not answer.
func ReadExtCSD(ctx context.Context, t Transport) (ExtCSD, error) {
	data := make([]byte, extCSDSize)
	if err := Run(ctx, t, Command{Opcode: cmdSendExtCSD, Kind: Data, Data: data}); err != nil {
		return ExtCSD{}, err
	}
	return ParseExtCSD(data)
}

var errAnswers = message.New("the kernel returned fewer answers than commands")

// Run sends commands together and fails if the drive reports an error in any of them. The answer to a Busy one is about its
// beginning: Run sends SEND_STATUS after it, and the drive must be idle then.
func Run(ctx context.Context, t Transport, commands ...Command) error {
	answers, err := t.Do(ctx, commands...)
	if err != nil {
		return err
	}
	if len(answers) != len(commands) {
		return errAnswers
	}
	busy := uint32(0)
	for i, s := range answers {
		if err := s.Err(commands[i].Opcode); err != nil {
			return err
		}
		if commands[i].Kind == Busy {
			busy = commands[i].Opcode
		}
	}
	if busy == 0 {
		return nil
	}
	if answers, err = t.Do(ctx, SendStatus()); err != nil {
		return err
	}
	if len(answers) != 1 {
		return errAnswers
	}
	if err := answers[0].Err(busy); err != nil {
		return err
	}
	if !answers[0].Idle() {
		return &StatusError{busy, answers[0]}
	}
	return nil
}
