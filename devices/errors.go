package devices

import (
	"errors"
	"io"
	"strings"

	"rasure/cmd/message"
)

var (
	// ErrNotFound means that no disk here has that name, number or path.
	ErrNotFound = message.New("no such disk")
	// ErrImage means that a loop device or image file was named and images were not asked for.
	ErrImage = message.New("it is an image, not a disk: images need --allow-image")
	// ErrLost means that the disk is no longer the one that was claimed, or no longer there.
	ErrLost = message.New("the disk is gone")
	// ErrAway means that the disk is [ErrLost] in a state that a controller or a link passes through: it may come back as the same disk.
	ErrAway = message.New("it may come back")
	// ErrRemoved means that the disk is [ErrLost] because the kernel has removed a namespace of an NVMe drive that is still here: it does so where
	// the drive answers a scan with an error, which one that erases itself may do.
	ErrRemoved = message.New("the kernel has removed it, and its drive is still here")
	// ErrNoAnswer means that a command was sent and its answer did not come: the drive may be carrying it out.
	ErrNoAnswer = message.New("the answer to the command did not come")
)

// NotFoundError is [ErrNotFound] for a word that names no disk, with the disks that are here.
type NotFoundError struct {
	Arg   string
	Disks []Disk
}

func (e *NotFoundError) Message() message.Text { return message.Of("no such disk") }

func (e *NotFoundError) Error() string { return ErrNotFound.Error() }

func (e *NotFoundError) Is(target error) bool { return target == ErrNotFound }

// PartitionError means that a partition was named where a whole disk is wanted.
type PartitionError struct{ Partition, Disk string }

func (e *PartitionError) Message() message.Text {
	return message.Of("%s is a partition of %s: only a whole disk can be erased", e.Partition, e.Disk)
}

// Hint returns what to do instead.
func (e *PartitionError) Hint() message.Text { return message.Of("name the whole disk: %s", e.Disk) }

func (e *PartitionError) Error() string { return e.Message().String() }

// AmbiguousError means that more than one disk answers to what was typed.
type AmbiguousError struct {
	Arg   string
	Disks []string // their paths
}

func (e *AmbiguousError) Message() message.Text {
	return message.Of("%q names more than one disk: %s", e.Arg, strings.Join(e.Disks, ", "))
}

// Hint returns what to do instead.
func (e *AmbiguousError) Hint() message.Text { return message.Of("name one of them by its path") }

func (e *AmbiguousError) Error() string { return e.Message().String() }

// RefusedError means that the disk must not be erased, and why. Hazards is never empty.
type RefusedError struct {
	Disk    Disk
	Hazards []Hazard
}

func (e *RefusedError) Message() message.Text {
	details := make([]any, len(e.Hazards))
	for i, h := range e.Hazards {
		details[i] = h.Detail
	}
	list := message.Text{Format: strings.TrimPrefix(strings.Repeat("; %s", len(details)), "; "), Args: details}
	return message.Of("%s must not be erased: %s", e.Disk.Path, list)
}

// Hint returns what to do about the first hazard that has a hint; zero if none has.
func (e *RefusedError) Hint() message.Text {
	for _, z := range e.Hazards {
		if hint := z.Hint(); !hint.IsZero() {
			return hint
		}
	}
	return message.Text{}
}

func (e *RefusedError) Error() string { return e.Message().String() }

// ChangedError means that the disk is not, or no longer, the one that was looked at before. What names the property in
// English: "size".
type ChangedError struct{ Disk, What, Was, Is string }

const (
	changedNumber = "device number"
	changedSeq    = "disk sequence"
	changedSize   = "size"
	changedSerial = "serial number"
	changedWWN    = "world wide name"
	changedModel  = "model"
	changedPort   = "port"
	changedFile   = "backing file"
	changedOffset = "offset"
	changedLimit  = "size limit"
)

var properties = map[string]message.Text{
	changedNumber: message.Of("device number"),
	changedSeq:    message.Of("disk sequence"),
	changedSize:   message.Of("size"),
	changedSerial: message.Of("serial number"),
	changedWWN:    message.Of("world wide name"),
	changedModel:  message.Of("model"),
	changedPort:   message.Of("port"),
	changedFile:   message.Of("backing file"),
	changedOffset: message.Of("offset"),
	changedLimit:  message.Of("size limit"),
}

func (e *ChangedError) Message() message.Text {
	return message.Of("%s is not the same disk: its %s changed from %s to %s", e.Disk, properties[e.What], e.Was, e.Is)
}

func (e *ChangedError) Error() string { return e.Message().String() }

// LimitError means that the machine or this process ran out of something, so that the disk could not be looked at. It says nothing
// about the disk.
type LimitError struct{ Err error } // EMFILE, ENFILE or ENOMEM

func (e *LimitError) Message() message.Text { return limitText(e.Err) }

func (e *LimitError) Error() string { return e.Message().String() }

func (e *LimitError) Unwrap() error { return e.Err }

// Lost reports whether err means that the disk is gone: pulled out, switched off, or replaced. On Linux that shows as
// ENOSPC on a write inside the old size, a read of nothing, ENODEV, ENXIO or ENOMEDIUM, measured at the removal of disks
// of all buses. EIO alone does not mean it, nor does a [LimitError].
func Lost(err error) bool {
	var limit *LimitError
	if errors.As(err, &limit) {
		return false
	}
	return errors.Is(err, ErrLost) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || lostErrno(err)
}
