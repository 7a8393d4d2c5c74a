package devices

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

// ClaimOptions are what a claim needs to be told.
type ClaimOptions struct {
	AllowImage bool // loop devices and image files may be claimed too
}

// What we chose: udev looks at every new disk for a moment and holds it open meanwhile.
const (
	looks       = 6
	betweenThem = 250 * time.Millisecond
)

// Claim takes exclusive hold of a disk and returns the only handle through which it can be erased. d is the disk as it
// was found, and as the operator agreed to; Claim makes sure that what it opened is that very disk, and that nobody uses
// it. In this order:
//
//	hazards known before                    a refused disk is never opened
//	openat(path, O_RDWR|O_EXCL|O_DIRECT|O_CLOEXEC|O_NOFOLLOW), flock(LOCK_EX|LOCK_NB)
//	fstat, BLKGETDISKSEQ, BLKGETSIZE64      are those of d
//	sysfs, read again                       still tells of d under its name
//	INQUIRY or Identify through the fd      the drive itself gives d's serial number, model and world wide name
//	hazards, with the fd held               nobody can have come in between
//
// Errors: [ErrImage], *[RefusedError], *[ChangedError], those for which [Lost] is true, and any of the system. A hazard
// that could not be looked for is an error: what is not known to be safe is not claimed.
func (h *Host) Claim(ctx context.Context, d Disk, o ClaimOptions) (*Target, error) {
	t, err := h.claim(ctx, d, o)
	if err != nil {
		return nil, fmt.Errorf("claiming %s: %w", Printable(d.Name), err)
	}
	return t, nil
}

func (h *Host) claim(ctx context.Context, d Disk, o ClaimOptions) (*Target, error) {
	if d.Medium == Image && !o.AllowImage {
		return nil, ErrImage
	}
	if err := h.refuse(ctx, d); err != nil {
		return nil, err
	}
	port, err := h.Open(d.Path, true)
	if err != nil {
		return nil, h.explain(d, err)
	}
	t := &Target{host: h, disk: d, port: port}
	if t.confirmed, err = h.confirm(ctx, d, port); err == nil {
		err = h.refuse(ctx, d)
	}
	if err != nil {
		return nil, errors.Join(err, port.Close())
	}
	t.firmware, t.noFirmware = h.firmwareOf(Handle{h, port, t.disk, true})
	return t, nil
}

// OpenRead opens a disk or image for reading, past the page cache, without a claim: others may be using it. What is opened
// is made sure to be d, as in [Host.Claim]. The caller closes the Port.
func (h *Host) OpenRead(d Disk) (Port, error) {
	port, err := h.Open(d.Path, false)
	if err == nil {
		if _, err = h.confirm(context.Background(), d, port); err != nil {
			err = errors.Join(err, port.Close())
		}
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", Printable(d.Name), err)
	}
	return port, nil
}

// refuse returns a *RefusedError if the disk has hazards. That somebody has it open may pass: it looks again.
func (h *Host) refuse(ctx context.Context, d Disk) error {
	for look := 1; ; look++ {
		hazards, err := h.Hazards(d)
		if len(hazards) > 0 && (look == looks || !passing(hazards)) {
			return &RefusedError{d, hazards}
		}
		if err != nil {
			return err
		}
		if len(hazards) == 0 {
			return ctx.Err()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(betweenThem):
		}
	}
}

func passing(hazards []Hazard) bool {
	for _, z := range hazards {
		if z.Kind != Busy {
			return false
		}
	}
	return true
}

// explain turns "busy" into the reasons for it. The kernel refuses for more reasons than can be seen from here: a file
// system mounted in a container that is gone, ZFS, another exclusive opener.
func (h *Host) explain(d Disk, cause error) error {
	if lockedErrno(cause) {
		return &RefusedError{d, []Hazard{{Busy, Printable(d.Name) + " is locked by another program (flock)"}}}
	}
	if !busyErrno(cause) {
		return cause
	}
	hazards, err := h.Hazards(d)
	if len(hazards) == 0 {
		hint := ""
		if h.exists("sys/module/zfs") {
			hint = "; ZFS is loaded and does not show what it holds"
		}
		hazards = []Hazard{{Held, fmt.Sprintf("%s is held by something that cannot be seen from here%s", Printable(d.Name), hint)}}
	}
	return errors.Join(&RefusedError{d, hazards}, err)
}

// confirm makes sure that the open port is d, and reports whether the drive itself repeated its serial number.
func (h *Host) confirm(ctx context.Context, d Disk, port Port) (told bool, err error) {
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
	id, err := ask(ctx, port, d)
	if errors.Is(err, errors.ErrUnsupported) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("asking the drive who it is: %w", err)
	}
	if !wwnTold(d) {
		id.WWN = d.WWN
	}
	if !serialTold(d) {
		id.Serial = d.Serial
	}
	return serialTold(d), sameIdentity(d, id)
}

// sameState compares what the open descriptor says with the disk as it was found.
func sameState(d Disk, s State) error {
	name := Printable(d.Name)
	switch {
	case s.Number != d.Number:
		return &ChangedError{name, "device number", d.Number.String(), s.Number.String()}
	case s.Seq != d.Seq:
		return &ChangedError{name, "disk sequence", strconv.FormatUint(d.Seq, 10), strconv.FormatUint(s.Seq, 10)}
	case s.Size != d.Size:
		return &ChangedError{name, "size", fmt.Sprint(d.Size, " bytes"), fmt.Sprint(s.Size, " bytes")}
	}
	return nil
}

// sameInSysfs reads again what sysfs tells under the disk's name: hazards are looked up by that name, so it must not have
// gone to another disk since.
func (h *Host) sameInSysfs(d Disk) error {
	if d.Bus == File {
		return nil // the descriptor's inode is all there is
	}
	now, err := h.describe(d.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: sysfs has no %s", ErrLost, d.Name)
	}
	if err != nil {
		return err
	}
	if err := sameState(d, State{now.Number, now.Seq, now.Size}); err != nil {
		return err
	}
	return sameIdentity(d, now.Identity)
}

// sameIdentity compares what a drive says now with what was known of it. Firmware is left out: it may be new, and the
// disk is still the same.
func sameIdentity(d Disk, now Identity) error {
	for _, f := range []struct{ what, was, is string }{
		{"serial number", d.Serial, now.Serial},
		{"world wide name", d.WWN, now.WWN},
		{"model", d.Model, now.Model},
	} {
		if f.was != f.is {
			return &ChangedError{d.Name, f.what, strconv.Quote(f.was), strconv.Quote(strings.TrimSpace(f.is))}
		}
	}
	return nil
}
