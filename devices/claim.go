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
	AllowImage  bool // loop devices and image files may be claimed too
	AllowVolume bool // volumes may be claimed too, see [Disk].Volume
	AllowBlocks bool // SCSI disks of which the kernel knows no capacity may be claimed too, to format their blocks
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
func (h *Host) ClaimAll(ctx context.Context, disks []Disk, o ClaimOptions) ([]*Target, error) {
	c := newClaims(h, disks)
	c.together = true
	c.take(ctx, o)
	if c.failed < 0 {
		return c.targets, nil
	}
	err := c.errs[c.failed]
	for _, t := range c.targets {
		if t != nil {
			err = errors.Join(err, t.Close())
		}
	}
	return nil, err
}

// ClaimEach is [Host.ClaimAll] that leaves out the disks that it refuses: for each disk there is a target or an error.
func (h *Host) ClaimEach(ctx context.Context, disks []Disk, o ClaimOptions) ([]*Target, []error) {
	c := newClaims(h, disks)
	c.take(ctx, o)
	return c.targets, c.errs
}

// claims is several disks on their way to being claimed. The look at the machine is for all of them.
type claims struct {
	host     *Host // without the look
	look     *Host
	check    func(error) error
	disks    []Disk
	targets  []*Target
	errs     []error // for a disk that is refused
	failed   int     // the first that was refused; -1 if none
	together bool    // if one is refused, no other is wanted
	volumes  bool    // that a disk is a volume does not refuse it
	blocks   bool    // that the kernel knows no capacity of a SCSI disk does not refuse it
}

func newClaims(h *Host, disks []Disk) *claims {
	look, check := h.limited()
	return &claims{host: h, look: look, check: check, disks: disks, targets: make([]*Target, len(disks)), errs: make([]error, len(disks)), failed: -1}
}

// refuse leaves a disk out.
func (c *claims) refuse(i int, err error) {
	if c.targets[i] != nil {
		err = errors.Join(err, c.targets[i].Close())
		c.targets[i] = nil
	}
	c.errs[i] = message.Errorf("claiming %s: %w", Printable(c.disks[i].Name), c.check(err))
	if c.failed < 0 {
		c.failed = i
	}
}

// over reports whether nothing is left to be done.
func (c *claims) over() bool { return c.together && c.failed >= 0 }

func (c *claims) take(ctx context.Context, o ClaimOptions) {
	c.volumes, c.blocks = o.AllowVolume, o.AllowBlocks
	for i, d := range c.disks {
		if d.Medium == Image && !o.AllowImage {
			c.refuse(i, ErrImage)
		} else if j := slices.IndexFunc(c.disks[:i], func(other Disk) bool { return c.look.sameDisk(d, other) }); j >= 0 {
			c.refuse(i, &RefusedError{d, []Hazard{{Kind: Duplicate, Detail: message.Of("%s and %s are the same disk", Printable(c.disks[j].Path), Printable(d.Path))}}})
		}
		if c.over() {
			return
		}
	}
	if c.refuseHazards(ctx); c.over() {
		return
	}
	for i, d := range c.disks {
		if c.errs[i] != nil {
			continue
		}
		t, err := c.look.open(ctx, d)
		if err != nil {
			if c.refuse(i, err); c.over() {
				return
			}
			continue
		}
		t.host, c.targets[i] = c.host, t
	}
	seen := c.refuseHazards(ctx)
	for i, t := range c.targets {
		if t != nil && !c.over() {
			t.unknown = seen.unknown
			t.firmware, t.noFirmware = c.host.firmwareOf(Handle{c.host, t.port, c.disks[i], true})
		}
	}
}

// refuseHazards refuses the disks that have hazards, with a *RefusedError, and those of which that could not be seen. That somebody has
// one open may pass: it looks again. What it returns is not nil if a disk is left.
func (c *claims) refuseHazards(ctx context.Context) (seen *usage) {
	for attempt := 1; ; attempt++ {
		left, disks := []int{}, []Disk{}
		for i, d := range c.disks {
			if c.errs[i] == nil {
				left, disks = append(left, i), append(disks, d)
			}
		}
		if len(left) == 0 {
			return nil
		}
		all, errs, seen, err := c.look.survey(disks)
		waits := false
		for n, i := range left {
			hazards := all[n]
			if c.volumes && disks[n].Volume {
				hazards = slices.DeleteFunc(hazards, func(z Hazard) bool { return z.Kind == NotPhysical })
			}
			if d := disks[n]; c.blocks && d.Protocol == ProtocolSCSI && !d.Removable {
				hazards = slices.DeleteFunc(hazards, func(z Hazard) bool { return z.Kind == NoMedium })
			}
			passes := passing(hazards)
			switch {
			case len(hazards) > 0 && (attempt == claimAttempts || !passes):
				c.refuse(i, &RefusedError{disks[n], hazards})
			case errs[n] != nil || err != nil || ctx.Err() != nil:
				c.refuse(i, errors.Join(err, errs[n], ctx.Err()))
			case len(hazards) > 0:
				waits = true
			}
			if c.over() {
				return seen
			}
		}
		if !waits {
			return seen
		}
		select {
		case <-ctx.Done():
		case <-time.After(claimRetryDelay):
		}
	}
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
		if err == nil {
			t.disk.Zones, err = zonesOf(port, d)
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
	if d.Namespaces != nil {
		return h.openJoined(d, func(one Disk) (Port, error) { return h.OpenRead(ctx, one) })
	}
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
