package devices

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

var (
	// ErrNotFound means that no disk here has that name, number or path.
	ErrNotFound = errors.New("no such disk")
	// ErrImage means that a loop device or image file was named and images were not asked for.
	ErrImage = errors.New("is an image, not a disk: needs --allow-image")
	// ErrLost means that the disk is no longer the one that was claimed, or no longer there.
	ErrLost = errors.New("the disk is gone")
)

// PartitionError means that a partition was named where a whole disk is wanted.
type PartitionError struct{ Partition, Disk string }

func (e *PartitionError) Error() string {
	return fmt.Sprintf("%s is a partition of %s: only a whole disk can be erased", e.Partition, e.Disk)
}

// AmbiguousError means that more than one disk answers to what was typed.
type AmbiguousError struct {
	Arg   string
	Disks []string // their paths
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%q is the name of %s: say which", e.Arg, strings.Join(e.Disks, " and of "))
}

// RefusedError means that the disk must not be touched, and says why. Hazards is never empty.
type RefusedError struct {
	Disk    Disk
	Hazards []Hazard
}

func (e *RefusedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s must not be touched: ", e.Disk.Path)
	for i, h := range e.Hazards {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(h.Detail)
	}
	return b.String()
}

// ChangedError means that the disk is not, or no longer, the one that was looked at before.
type ChangedError struct{ Disk, What, Was, Is string }

func (e *ChangedError) Error() string {
	return fmt.Sprintf("%s is another disk than before: its %s was %s and is %s", e.Disk, e.What, e.Was, e.Is)
}

// Lost reports whether err means that the disk is gone: pulled out, switched off, or replaced. On Linux that shows as
// ENOSPC on a write inside the old size, a read of nothing, ENODEV, ENXIO or ENOMEDIUM, measured at the removal of disks
// of all buses. EIO alone does not mean it.
func Lost(err error) bool {
	return errors.Is(err, ErrLost) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || lostErrno(err)
}
