package scsi

import "context"

const opStartStopUnit = 0x1b

// Stop stops the unit, SBC-4 5.26: START and LOEJ are 0, so that a medium stays where it is. IMMED is set: the drive answers before it has
// stopped. SAT-5 9.11 makes STANDBY IMMEDIATE of it.
func Stop(ctx context.Context, t Transport) error {
	r, err := t.Do(ctx, Command{CDB: []byte{opStartStopUnit, 1, 0, 0, 0, 0}})
	if err != nil {
		return err
	}
	return r.Err(opStartStopUnit)
}
