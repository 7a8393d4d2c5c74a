package ata

import (
	"context"
	"time"

	"rasure/cmd/message"
)

// Command is one ATA command with the buffer that goes with it. 28-bit commands use the low 8 bits of Feature and Count and
// the low 24 bits of LBA.
type Command struct {
	Opcode   uint8
	Feature  uint16
	Count    uint16
	LBA      uint64 // 48 bits
	Extended bool   // a 48-bit command
	Protocol Protocol
	Data     []byte        // whole 512-byte blocks, as many as Count says; empty with NonData
	Timeout  time.Duration // 0 means [scsi.DefaultTimeout]; when it runs out the kernel resets the drive, so never too short for an erase
}

// Protocol is how a command's data move, in the numbers of SAT-5 12.2.2.2.
type Protocol uint8

const (
	NonData Protocol = 3
	PIOIn   Protocol = 4
	PIOOut  Protocol = 5
)

// Registers are what a drive answers a command with, ACS-4 6.
type Registers struct {
	Status, Error, Device uint8
	Count                 uint16
	LBA                   uint64
	// Whole is false where the answer came in fixed format sense data, which have no room for the high bytes of Count and
	// LBA, and in which some adapters (PMC-Sierra) swap the bytes of the LBA, and where the answer to a 48-bit command says that it has no high
	// bytes. Nothing may then be decided by them.
	Whole bool
}

// Bits of the status field, ACS-4 6.2, and of the error field, 6.3.
const (
	statusError = 0x01
	statusFault = 0x20
	statusReady = 0x40
	statusBusy  = 0x80

	errorAbort    = 0x04
	errorNotFound = 0x10 // IDNF: the drive does not have the address, which is in the LBA of the answer
)

// Transport carries ATA commands to one drive. The result is nil where the drive did what was asked and no registers came
// back, which is usual with data. A *[RefusedError] means that the drive refused; any other error that the command did not
// get there, or that what lies before the drive did not pass it on, or that no answer came back.
//
// Cancelling the context keeps a command from being sent. It does not stop one that the drive has.
type Transport interface {
	Do(ctx context.Context, c Command) (*Registers, error)
}

// RefusedError is a drive's refusal.
type RefusedError struct {
	Opcode    uint8
	Registers Registers
}

func (e *RefusedError) Error() string { return e.Message().String() }

func (e *RefusedError) Message() message.Text {
	return message.Of("drive refused ATA command %02xh: status %02xh, error %02xh", e.Opcode, e.Registers.Status, e.Registers.Error)
}

// Aborted reports whether the drive does not know the command, or does not accept it in its present state.
func (e *RefusedError) Aborted() bool { return e.Registers.Error&errorAbort != 0 }

// Bytes returns the registers for a record: status, error, device, count and LBA from high to low, whole or not.
func (r Registers) Bytes() []byte {
	b := []byte{r.Status, r.Error, r.Device, byte(r.Count >> 8), byte(r.Count)}
	for shift := 40; shift >= 0; shift -= 8 {
		b = append(b, byte(r.LBA>>shift))
	}
	if r.Whole {
		return append(b, 1)
	}
	return append(b, 0)
}

// ErrReset means that the drive was reset while it erased itself: its registers have the signature of a reset, and no error.
var ErrReset = message.New("the drive was reset while it erased itself")

// reset reports whether registers are the signature of a reset and not an answer, ACS-4 9.12: error 01h with a status without an error.
func (r *Registers) reset() bool { return r != nil && r.Status == 0x50 && r.Error == 0x01 }

// Refused reports whether the command did not succeed.
func (r Registers) Refused() bool { return r.Status&(statusError|statusFault|statusBusy) != 0 }
