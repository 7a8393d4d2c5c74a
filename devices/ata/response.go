package ata

import (
	"context"

	"rasure/devices/scsi"
)

const returnResponse = 15 // SAT-5 12.2.2.2, RETURN RESPONSE INFORMATION

// Whole asks a translation layer once more for the registers of the command before, whose answer came in the fixed format. Between the two
// another program may have sent a command: only registers that agree with what came in the fixed format are believed, and else r is
// returned as it is.
func Whole(ctx context.Context, t scsi.Transport, r Registers) Registers {
	c := Command{Protocol: returnResponse, Extended: true}
	reply, err := t.Do(ctx, wrap(c))
	if err != nil {
		return r
	}
	again, err := unwrap(c, reply)
	if err != nil || again == nil || !again.Whole || again.Status != r.Status || again.Error != r.Error ||
		again.Count&0xff != r.Count || again.LBA&0xffffff != r.LBA {
		return r
	}
	return *again
}
