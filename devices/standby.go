package devices

import (
	"context"
	"errors"

	"rasure/cmd/message"
	"rasure/devices/scsi"
)

// StandBy stops the motor of a disk, or puts a drive without one to rest: START STOP UNIT, which a translation layer makes STANDBY IMMEDIATE
// of. The disk starts again with the next command. The error is errors.ErrUnsupported where no drive takes such a command.
func (t *Target) StandBy(ctx context.Context) error {
	d := t.disk
	if d.Protocol != ProtocolSCSI && d.Protocol != ProtocolATA || t.port.SCSI() == nil {
		return message.Errorf("%s does not spin down: %w", d.Name, errors.ErrUnsupported)
	}
	if _, err := await(ctx, func() (struct{}, error) { return struct{}{}, scsi.Stop(ctx, t.port.SCSI()) }, nil); err != nil {
		return message.Errorf("spinning %s down: %w", d.Name, err)
	}
	return nil
}
