// Package scsi builds SCSI commands and reads their answers.
//
// Numbers are those of SPC-5 (INCITS 502) unless another document is named. Answers come from drives and are
// foreign: lengths in them are checked against what arrived, and nothing is taken from beyond it.
package scsi

import (
	"context"
	"time"

	"rasure/cmd/message"
)

// Command is one SCSI command with the buffer that goes with it.
type Command struct {
	CDB       []byte        // command descriptor block, 6 to 16 bytes
	Direction Direction     // which way Data goes
	Data      []byte        // sent, or filled by the drive; empty with None
	Timeout   time.Duration // 0 means [DefaultTimeout]; when it runs out the kernel resets the drive, so never too short for an erase
}

// Direction is which way a command's data go.
type Direction uint8

const (
	None Direction = iota
	In             // from the drive
	Out            // to the drive
)

// DefaultTimeout is enough for a disk that has to spin up before it answers.
const DefaultTimeout = 30 * time.Second

// Reply is the drive's answer; [Reply.Err] says whether it is a success.
type Reply struct {
	Status   uint8  // SAM-6 5.3.1: 0 good, 2 check condition, 18h reservation conflict
	Sense    []byte // as the drive sent it; empty where it sent none
	Residual int    // bytes of Data that were not transferred
}

// Transport carries commands to one drive. An error means that the command did not get there or that its answer did not
// come back; a drive that refuses a command answers, and that is a Reply.
//
// Cancelling the context keeps a command from being sent. It does not stop one that the drive has.
type Transport interface {
	Do(ctx context.Context, c Command) (Reply, error)
}

// Status codes, SAM-6 5.3.1.
const (
	StatusGood                = 0x00
	StatusCheckCondition      = 0x02
	StatusBusy                = 0x08
	StatusReservationConflict = 0x18
)

// Err returns nil if the drive did what opcode asked, else a *SenseError.
func (r Reply) Err(opcode uint8) error {
	if r.Status == StatusGood {
		return nil
	}
	e := &SenseError{Opcode: opcode, Status: r.Status}
	if s, err := ParseSense(r.Sense); err == nil {
		e.Key, e.ASC, e.ASCQ = s.Key, s.ASC, s.ASCQ
	}
	return e
}

// SenseError is a drive's refusal. Key, ASC and ASCQ are 0 where no sense data came.
type SenseError struct{ Opcode, Status, Key, ASC, ASCQ uint8 }

func (e *SenseError) Error() string { return e.Message().String() }

func (e *SenseError) Message() message.Text {
	if e.Status != StatusCheckCondition {
		return message.Of("drive answered command %02xh with status %02xh", e.Opcode, e.Status)
	}
	return message.Of("drive refused command %02xh: sense %x/%02x/%02x", e.Opcode, e.Key, e.ASC, e.ASCQ)
}
