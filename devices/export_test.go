package devices

import "context"

// UnmountAny is [Host.Unmount] of a disk of any kind, so that a loop device can stand in for a stick.
func (h *Host) UnmountAny(ctx context.Context, d Disk) ([]string, error) {
	return h.unmount(ctx, d, func(Disk) bool { return true })
}

// SwitchLight and Umount are what [Live] uses.
var (
	SwitchLight = switchLight
	Umount      = umount
)

// KnownTable are the facts that rasure comes with.
var KnownTable = known
