// Package mmc builds eMMC commands and reads their answers.
//
// Numbers are those of JESD84-B51A (eMMC 5.1A). The bytes of EXT_CSD are little-endian, sectors are of 512 bytes. An SD card
// accepts few of these commands, and none that purges.
package mmc

import (
	"context"
	"time"

	"rasure/cmd/message"
)

// Command is one command with the data that goes with it.
type Command struct {
	Opcode  uint32
	Arg     uint32
	Kind    Kind
	Write   bool          // direction of Data: to the drive
	Data    []byte        // whole sectors; may be empty
	Timeout time.Duration // of the command and of the busy signal after it; 0 means [DefaultTimeout]
}

// Kind is a command's answer, JESD84-B51A 6.12, and whether data goes with it.
type Kind uint8

const (
	Plain Kind = iota // R1
	Busy              // R1b: the drive holds the line until it is done
	Data              // R1, and data
)

// DefaultTimeout is our choice for commands that do no work.
const DefaultTimeout = 10 * time.Second

// Transport carries commands to one drive, or to the area of it (boot, general purpose) whose node was opened. Several
// commands are sent one after the other with nobody else's between. An error means that one did not get there or that its
// answer did not come back, and that those after it were not sent; what the drive thinks of a command is in its [Status].
//
// Cancelling the context keeps commands from being sent. It does not stop one that the drive has.
type Transport interface {
	Do(ctx context.Context, commands ...Command) ([]Status, error)
}

// Status is the device status in a response R1, JESD84-B51A 6.13. What went wrong in a SWITCH shows in the next one only:
// [SendStatus] asks for it.
type Status uint32

// Bits of a status.
const (
	OutOfRange    Status = 1 << 31
	Misaligned    Status = 1 << 30
	EraseSequence Status = 1 << 28
	EraseParam    Status = 1 << 27
	Protected     Status = 1 << 26 // the command met write protection
	Locked        Status = 1 << 25 // by a password (CMD42)
	Illegal       Status = 1 << 22 // no such command, or not now
	EraseSkipped  Status = 1 << 15 // blocks that are write protected were not erased
	EraseReset    Status = 1 << 13 // another command came between those of an erase
	SwitchError   Status = 1 << 7  // SWITCH failed
)

// failed are the bits that mean an error: those above and block length, lock failed, CRC, ECC, controller, general, CSD.
const failed = OutOfRange | Misaligned | EraseSequence | EraseParam | Protected | Locked | Illegal | EraseSkipped | EraseReset | SwitchError |
	1<<29 | 1<<24 | 1<<23 | 1<<21 | 1<<20 | 1<<19 | 1<<16

// Idle reports whether the drive has finished and waits: state "transfer" and ready for data.
func (s Status) Idle() bool { return s>>9&0x0f == 4 && s&(1<<8) != 0 }

// Err returns a *[StatusError] if the status has an error bit, and nil otherwise.
func (s Status) Err(opcode uint32) error {
	if s&failed != 0 {
		return &StatusError{opcode, s}
	}
	return nil
}

// StatusError is an error that the drive reported.
type StatusError struct {
	Opcode uint32
	Status Status
}

func (e *StatusError) Error() string { return e.Message().String() }

func (e *StatusError) Message() message.Text {
	var what message.Text
	for _, b := range []struct {
		bits Status
		text message.Text
	}{
		{OutOfRange, message.Of("address out of range")}, {Misaligned, message.Of("address misaligned")},
		{EraseSequence | EraseReset, message.Of("erase interrupted")}, {EraseParam, message.Of("erase groups invalid")},
		{Protected, message.Of("write-protected")}, {Locked, message.Of("locked by a password")},
		{Illegal, message.Of("command unknown or not allowed now")}, {EraseSkipped, message.Of("write-protected blocks were not erased")},
		{SwitchError, message.Of("switch refused")},
	} {
		switch {
		case e.Status&b.bits == 0:
		case what.IsZero():
			what = b.text
		default:
			what = message.Of("%s, %s", what, b.text)
		}
	}
	if what.IsZero() {
		what = message.Of("error")
	}
	return message.Of("drive answered CMD%d with status %08xh (%s)", e.Opcode, uint32(e.Status), what)
}
