package devices

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"rasure/cmd/message"
)

// confirm makes sure that the open port is d, and reports whether the drive itself repeated its serial number.
func (h *Host) confirm(ctx context.Context, d Disk, port Port) (repeated bool, err error) {
	s, err := port.State()
	if err != nil {
		return false, err
	}
	if err := sameState(d, s); err != nil {
		return false, err
	}
	if err := h.sameInSysfs(d); err != nil {
		return false, err
	}
	id, err := identify(ctx, port, d)
	if errors.Is(err, errors.ErrUnsupported) {
		return false, nil
	}
	if err != nil {
		return false, message.Errorf("asking the drive for its identity: %w", err)
	}
	if !driveReportsWWN(d) {
		id.WWN = d.WWN
	}
	if !driveReportsSerial(d) {
		id.Serial = d.Serial
	}
	return driveReportsSerial(d), sameIdentity(d, id)
}

// sameState compares what the open descriptor reports with the disk as it was found.
func sameState(d Disk, s State) error {
	name := Printable(d.Name)
	switch {
	case s.Number != d.Number:
		return &ChangedError{name, changedNumber, d.Number.String(), s.Number.String()}
	case s.Seq != d.Seq:
		return &ChangedError{name, changedSeq, strconv.FormatUint(d.Seq, 10), strconv.FormatUint(s.Seq, 10)}
	case s.Size != d.Size:
		return &ChangedError{name, changedSize, fmt.Sprint(d.Size, " bytes"), fmt.Sprint(s.Size, " bytes")}
	}
	return nil
}

// sameInSysfs reads again what sysfs says under the disk's name: hazards are looked up by that name, so it must not have
// gone to another disk since.
func (h *Host) sameInSysfs(d Disk) error {
	if d.Bus == File {
		return nil // the descriptor's inode is all there is
	}
	now, err := h.describe(d.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return message.Errorf("%w: sysfs has no %s", ErrLost, d.Name)
	}
	if err != nil {
		return err
	}
	if err := sameState(d, State{now.Number, now.Seq, now.Size}); err != nil {
		return err
	}
	if d.IdentifiedBy() == ByPort && now.Port != d.Port {
		return &ChangedError{d.Name, changedPort, strconv.Quote(d.Port), strconv.Quote(now.Port)}
	}
	return sameIdentity(d, now.Identity)
}

// sameIdentity compares what a drive reports now with what was known of it. Firmware is left out: it may be new, and the
// disk is still the same.
func sameIdentity(d Disk, now Identity) error {
	for _, f := range []struct{ what, was, is string }{
		{changedSerial, d.Serial, now.Serial},
		{changedWWN, d.WWN, now.WWN},
		{changedModel, d.Model, now.Model},
	} {
		if f.was != f.is {
			return &ChangedError{d.Name, f.what, strconv.Quote(f.was), strconv.Quote(strings.TrimSpace(f.is))}
		}
	}
	return nil
}

// bound is what an image was bound to when it was claimed: the file at its path, or the status of its loop device.
type bound struct {
	file FileID
	loop *LoopStatus // nil where the port does not know it
}

func boundTo(h *Host, d Disk, port Port) (b bound, err error) {
	switch d.Bus {
	case File:
		b.file, _ = h.fileIDAt(d.Path)
	case Loop:
		if p, ok := port.(interface{ LoopStatus() (LoopStatus, error) }); ok {
			var status LoopStatus
			status, err = p.LoopStatus()
			b.loop = &status
		}
	}
	return b, err
}

// same returns an error if an image is bound to something else now. Size and disk sequence do not show that: the offset
// of a loop device can be moved and moved back while both stay the same.
func (was bound) same(h *Host, d Disk, port Port) error {
	now, err := boundTo(h, d, port)
	switch {
	case err != nil:
		return err
	case was.file != now.file:
		return message.Errorf("%w: %s is another file now", ErrLost, Printable(d.Path))
	case was.loop != nil:
		return was.loop.same(Printable(d.Name), *now.loop)
	}
	return nil
}
