package devices

import (
	"context"
	"errors"
	"slices"
	"time"

	"rasure/cmd/message"
)

// ClaimOptions are the choices of a claim.
type ClaimOptions struct {
	AllowImage bool // loop devices and image files may be claimed too
}

// Our choice: udev looks at every new disk for a moment and holds it open meanwhile.
const (
	claimAttempts   = 6
	claimRetryDelay = 250 * time.Millisecond
)

// Claim takes exclusive hold of a disk and returns the only handle through which it can be erased. d is the disk as it
// was found, and as the operator agreed to; Claim makes sure that what it opened is that disk, and that nobody uses
// it. In this order:
//
//	hazards known before                    a refused disk is never opened
//	openat(path, O_RDWR|O_EXCL|O_DIRECT|O_CLOEXEC|O_NOFOLLOW), flock(LOCK_EX|LOCK_NB)
//	fstat, BLKGETDISKSEQ, BLKGETSIZE64      are those of d
//	sysfs, read again                       still describes d under its name
//	INQUIRY or Identify through the fd      the drive itself reports d's serial number, model and world wide name
//	hazards, with the fd held               nobody can have come in between
//
// Errors: [ErrImage], *[RefusedError], *[ChangedError], *[LimitError], those for which [Lost] is true, and any of the system. A hazard
// that could not be looked for is an error: what is not known to be safe is not claimed. Where a drive does not answer, Claim
// returns when ctx ends, and what was opened is closed when the kernel gives it back.
func (h *Host) Claim(ctx context.Context, d Disk, o ClaimOptions) (*Target, error) {
	all, err := h.ClaimAll(ctx, []Disk{d}, o)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// ClaimAll is Claim for several disks, all of them or none. It looks at the machine as often as for one disk: twice, before the first is
// opened and after the last.
func (h *Host) ClaimAll(ctx context.Context, disks []Disk, o ClaimOptions) (targets []*Target, err error) {
	host := h
	h, check := h.limited()
	failed := 0 // the disk that an error is about
	defer func() {
		if err == nil {
			return
		}
		for _, t := range targets {
			err = errors.Join(err, t.Close())
		}
		targets, err = nil, message.Errorf("claiming %s: %w", Printable(disks[failed].Name), check(err))
	}()
	for i, d := range disks {
		failed = i
		if d.Medium == Image && !o.AllowImage {
			return nil, ErrImage
		}
		if j := slices.IndexFunc(disks[:i], func(other Disk) bool { return h.sameDisk(d, other) }); j >= 0 {
			return nil, &RefusedError{d, []Hazard{{Kind: Duplicate, Detail: message.Of("%s and %s are the same disk", Printable(disks[j].Path), Printable(d.Path))}}}
		}
	}
	if failed, _, err = h.refuse(ctx, disks); err != nil {
		return nil, err
	}
	for i, d := range disks {
		failed = i
		t, err := h.open(ctx, d)
		if err != nil {
			return targets, err
		}
		t.host = host
		targets = append(targets, t)
	}
	var seen *usage
	if failed, seen, err = h.refuse(ctx, disks); err != nil {
		return targets, err
	}
	for i, t := range targets {
		failed = i
		t.unknown = seen.unknown
		t.firmware, t.noFirmware = host.firmwareOf(Handle{host, t.port, t.disk, true})
	}
	return targets, nil
}

// sameDisk reports whether two disks are one: the same device, or the same file by whatever path. What hides a disk behind another
// device is a hazard.
func (h *Host) sameDisk(a, b Disk) bool {
	if (a.Bus == File) != (b.Bus == File) {
		return false
	}
	if a.Path == b.Path {
		return true
	}
	if a.Bus != File {
		return a.Number == b.Number
	}
	x, ok := h.fileIDAt(a.Path)
	y, _ := h.fileIDAt(b.Path)
	return ok && x == y
}

// open opens a disk for erasing and confirms that it is d.
func (h *Host) open(ctx context.Context, d Disk) (*Target, error) {
	return await(ctx, func() (*Target, error) {
		port, err := h.Open(d.Path, true)
		if err != nil {
			return nil, h.explain(d, err)
		}
		t := &Target{disk: d, port: port}
		if t.confirmed, err = h.confirm(ctx, d, port); err == nil {
			t.bound, err = boundTo(h, d, port)
		}
		if err != nil {
			return nil, errors.Join(err, port.Close())
		}
		return t, nil
	}, func(t *Target) { t.port.Close() })
}

// OpenRead opens a disk or image for reading, past the page cache, without a claim: others may be using it. Like [Host.Claim] it
// makes sure that what is opened is d, and returns when ctx ends. The caller closes the Port.
func (h *Host) OpenRead(ctx context.Context, d Disk) (Port, error) {
	h, check := h.limited()
	port, err := await(ctx, func() (Port, error) {
		port, err := h.Open(d.Path, false)
		if err != nil {
			return nil, err
		}
		if _, err = h.confirm(ctx, d, port); err != nil {
			return nil, errors.Join(err, port.Close())
		}
		return port, nil
	}, func(p Port) { p.Close() })
	if err = check(err); err != nil {
		return nil, message.Errorf("opening %s: %w", Printable(d.Name), err)
	}
	return port, nil
}

// refuse returns a *RefusedError if a disk has hazards, and which disk that is. That somebody has it open may pass: it looks again.
func (h *Host) refuse(ctx context.Context, disks []Disk) (failed int, u *usage, err error) {
	for attempt := 1; ; attempt++ {
		all, u, err := h.survey(disks)
		free := true
		for i, hazards := range all {
			if len(hazards) > 0 && (attempt == claimAttempts || !passing(hazards)) {
				return i, u, &RefusedError{disks[i], hazards}
			}
			free = free && len(hazards) == 0
		}
		if err != nil || free {
			return 0, u, errors.Join(err, ctx.Err())
		}
		select {
		case <-ctx.Done():
			return 0, u, ctx.Err()
		case <-time.After(claimRetryDelay):
		}
	}
}

// passing reports whether all hazards may be over in a moment, as when udev looks at a disk. Another rasure stays.
func passing(hazards []Hazard) bool {
	return !slices.ContainsFunc(hazards, func(z Hazard) bool { return z.Kind != Busy || !z.hint.IsZero() })
}

// explain turns "busy" into the reasons for it. The kernel refuses for more reasons than can be seen from here: a file
// system mounted in a container that is gone, ZFS, another exclusive opener.
func (h *Host) explain(d Disk, cause error) error {
	busy, locked := busyErrno(cause), lockedErrno(cause)
	if !busy && !locked {
		return limitOf(cause)
	}
	hazards, err := h.Hazards(d)
	name := Printable(d.Name)
	switch {
	case len(hazards) > 0:
	case locked:
		hazards = []Hazard{{Kind: Busy, Detail: message.Of("%s is locked by another program (flock)", name)}}
	case h.exists("sys/module/zfs"):
		hazards = []Hazard{{Kind: Held, Detail: message.Of("%s is in use by something that cannot be seen from here; ZFS is loaded and does not show what it holds", name)}}
	default:
		hazards = []Hazard{{Kind: Held, Detail: message.Of("%s is in use by something that cannot be seen from here", name)}}
	}
	return errors.Join(&RefusedError{d, hazards}, err)
}
