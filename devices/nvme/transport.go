// Package nvme builds NVMe admin commands and reads their answers.
//
// Numbers are those of the NVM Express Base Specification 2.1. All fields are little-endian.
package nvme

import (
	"context"
	"errors"
	"time"

	"rasure/cmd/message"
)

// Command is one admin command with the buffer that goes with it.
type Command struct {
	Opcode  uint8 // bits 1:0 are the direction of Data: 01b to the drive, 10b from it
	NSID    uint32
	CDW     [6]uint32     // CDW10 to CDW15
	Data    []byte        // sent, or filled by the drive; may be empty
	Timeout time.Duration // 0 means [DefaultTimeout]; when it runs out the kernel resets the controller
}

// DefaultTimeout is the kernel's own for admin commands.
const DefaultTimeout = 60 * time.Second

// NSID returns the namespace that a transport was opened on; the error is errors.ErrUnsupported if the transport does not know it.
func NSID(t Transport) (uint32, error) {
	if t, ok := t.(interface{ NSID() (uint32, error) }); ok {
		return t.NSID()
	}
	return 0, errors.ErrUnsupported
}

// ErrAborted means that this machine gave a command up, because the controller was reset or could no longer be reached: the
// drive may have carried it out, or may still be at it.
var ErrAborted = message.New("this machine aborted the command, and what the drive did is unknown")

// Transport carries admin commands to one controller. A *StatusError means that the drive refused; any other error means
// that the command did not get there or that its answer did not come back.
//
// Cancelling the context keeps a command from being sent. It does not stop one that the drive has.
type Transport interface {
	Admin(ctx context.Context, c Command) (dw0 uint32, err error)
}
