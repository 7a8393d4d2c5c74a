package devices

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Hazard is a reason why a disk must not be touched.
type Hazard struct {
	Kind   HazardKind `json:"kind"`
	Detail string     `json:"detail"` // one sentence without a full stop, safe to print
}

// HazardKind is the kind of a hazard, for programs.
type HazardKind string

const (
	System      HazardKind = "system"             // the machine, or this program, runs from it
	Mounted     HazardKind = "mounted"            // a file system on it is in use, in whatever mount namespace
	Swap        HazardKind = "swap"               // the kernel swaps to it
	Held        HazardKind = "held"               // it is part of something larger: LVM, dm-crypt, md, bcache, a loop device, an export
	Busy        HazardKind = "open"               // another process has it open
	ReadOnly    HazardKind = "read-only"          // it cannot be written
	NotPhysical HazardKind = "not-physical"       // writing to it does not reach a medium of this machine, or not all of one
	Duplicate   HazardKind = "duplicate-identity" // another disk here says that it is the same
	NoSerial    HazardKind = "no-serial"          // nothing tells it from another of its model
	NoMedium    HazardKind = "no-medium"          // its size is 0
	Unstable    HazardKind = "capacity-unstable"  // its size is not what it was, or not whole blocks
	Zoned       HazardKind = "zoned"              // must be written zone by zone, which is not supported
	Offline     HazardKind = "offline"            // the kernel has given it up, or has lost the way to it
)

// Hazards returns every reason why the disk must not be touched, none hidden behind another; [] if there is none. An
// error means that something could not be looked at; the hazards returned with it are true, but more may exist.
func (h *Host) Hazards(d Disk) ([]Hazard, error) {
	all, err := h.HazardsOf([]Disk{d})
	return all[0], err
}

// HazardsOf returns the hazards of each disk, from one look at the machine. There is a list for every disk, also with an
// error.
func (h *Host) HazardsOf(disks []Disk) ([][]Hazard, error) {
	all := make([][]Hazard, len(disks))
	for i := range all {
		all[i] = []Hazard{}
	}
	u, err := h.look()
	if u == nil {
		return all, fmt.Errorf("looking for hazards: %w", err)
	}
	now, err2 := h.Disks()
	errs := []error{err, err2}
	for i, d := range disks {
		list := &hazards{all: []Hazard{}}
		if d.Bus == File {
			h.fileHazards(d, u, list)
		} else {
			errs = append(errs, h.diskHazards(d, u, now, list))
		}
		all[i] = list.all
	}
	return all, errors.Join(errs...)
}

// Unseen returns how many processes of the machine we were not let into, to see what they have open. As root on a whole
// machine it is 0; with fewer rights, or beside processes that have more, it is not, and only the exclusive claim tells of
// what they do.
func (h *Host) HiddenProcesses() (int, error) {
	u, err := h.look()
	if u == nil {
		return 0, err
	}
	return u.unseen, err
}

// diskHazards looks at the disk as it is now; d is how it was.
func (h *Host) diskHazards(d Disk, u *usage, disks []Disk, list *hazards) error {
	i := slices.IndexFunc(disks, func(o Disk) bool { return o.Name == d.Name })
	if i < 0 {
		_, err := h.describe(d.Name)
		if err == nil {
			err = ErrLost // there is a device of that name, but no disk
		}
		return fmt.Errorf("looking for hazards of %s: %w", Printable(d.Name), err)
	}
	now := disks[i]
	over := u.over(d.Name)
	list.system(h, now, u)
	list.mounted(h, over, u)
	list.swap(h, over, u)
	list.held(h, now, over, u)
	list.open(h, now, over, u)
	list.own(h, d, now)
	list.identity(now, disks)
	return nil
}

// hazards collects, each hazard once and no more of a kind than a person reads.
type hazards struct{ all []Hazard }

const maxOfKind = 8 // what we chose

func (l *hazards) add(kind HazardKind, format string, args ...any) {
	z := Hazard{kind, fmt.Sprintf(format, args...)}
	same := 0
	for _, o := range l.all {
		if o == z {
			return
		}
		if o.Kind == kind {
			same++
		}
	}
	switch {
	case same < maxOfKind:
		l.all = append(l.all, z)
	case same == maxOfKind:
		l.all = append(l.all, Hazard{kind, "and more like these"})
	}
}

// own adds what the disk itself is not fit for.
func (l *hazards) own(h *Host, was, now Disk) {
	image := now.Medium == Image
	if now.ReadOnly {
		hint := ""
		if h.attr(now.topology, "force_ro") == "1" {
			hint = " (the kernel protects boot areas; it is lifted by writing 0 to force_ro)"
		}
		l.add(ReadOnly, "%s is write protected%s", now.Name, hint)
	}
	if now.virtual != "" {
		l.add(NotPhysical, "%s %s", now.Name, now.virtual)
	}
	if now.Serial == "" && !image {
		l.add(NoSerial, "%s tells no serial number", now.Name)
	}
	switch {
	case now.Size == 0:
		l.add(NoMedium, "there is no medium in %s", now.Name)
	case now.Size%int64(now.LogicalBlock) != 0:
		l.add(Unstable, "the size of %s (%d bytes) is not whole blocks of %d", now.Name, now.Size, now.LogicalBlock)
	case now.Size != was.Size:
		l.add(Unstable, "the size of %s was %d bytes and is %d", now.Name, was.Size, now.Size)
	}
	if now.Queue.Zoned == "host-managed" {
		l.add(Zoned, "%s must be written zone by zone, which is not supported", now.Name)
	}
	if state := h.offline(now); state != "" {
		l.add(Offline, "%s is %s", now.Name, Printable(state))
	}
}

// offline returns the state of the disk's device where it is not the good one, "" where it is or where none is told.
func (h *Host) offline(d Disk) string {
	switch d.Protocol {
	case ProtocolATA, ProtocolSCSI:
		if s := h.attr(d.topology, "device/state"); s != "running" {
			return s
		}
	case ProtocolNVMe:
		state := ""
		for _, c := range h.controllers(d) { // one that works is enough
			if state = h.attr(c, "state"); state == "live" || state == "" {
				return ""
			}
		}
		return state
	}
	return ""
}

// identity adds what keeps the disk from being told from another.
func (l *hazards) identity(d Disk, others []Disk) {
	for _, o := range others {
		if o.Name == d.Name || d.Size == 0 || o.Size == 0 || o.Medium == Image || d.Medium == Image || sameDevice(d, o) {
			continue
		}
		switch {
		case d.WWN != "" && d.WWN == o.WWN:
			l.add(Duplicate, "%s and %s have the same world wide name %s: one disk seen on two ways, or a copied identity", d.Name, o.Name, d.WWN)
		case d.Serial != "" && d.Serial == o.Serial && (d.WWN == "" || o.WWN == ""):
			l.add(Duplicate, "%s and %s have the same serial number %s", d.Name, o.Name, d.Serial)
		}
	}
}

// sameDevice reports whether two disks are areas of one MMC or SD card, which share its identity.
func sameDevice(a, b Disk) bool {
	return a.Protocol == ProtocolMMC && b.Protocol == ProtocolMMC &&
		strings.TrimSuffix(areaOf(a), "/") == strings.TrimSuffix(areaOf(b), "/")
}

func areaOf(d Disk) string {
	card, _, _ := strings.Cut(d.topology, "/block/")
	return card
}

// fileHazards is for an image file: what is told by its path.
func (h *Host) fileHazards(d Disk, u *usage, list *hazards) {
	list.kept(h, d.Path)
	if slices.Contains(u.swaps, d.Path) {
		list.add(Swap, "the machine swaps to %s", Printable(d.Path))
	}
	for _, b := range u.byName {
		if b.file == d.Path || b.file != "" && h.sameFile(b.file, d) { // by another name: a hard link, a bind mount
			list.add(Held, "%s is the file of loop device %s", Printable(d.Path), b.name)
		}
	}
	for _, e := range u.exports {
		if e.path == d.Path {
			list.add(Held, "%s is offered by %s", Printable(d.Path), e.how)
		}
	}
	for _, o := range u.paths[d.Path] {
		list.add(Busy, "%s is open by %s (process %d)", Printable(path.Base(d.Path)), h.command(o.pid), o.pid)
	}
	if d.Size == 0 {
		list.add(NoMedium, "%s is empty", Printable(d.Path))
	}
}

func (h *Host) sameFile(file string, d Disk) bool {
	info, err := fs.Stat(h.Root, strings.TrimPrefix(file, "/"))
	return err == nil && d.Number != (Number{}) && fileNumber(info) == d.Number
}
