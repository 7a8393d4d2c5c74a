package devices

import (
	"errors"
	"path"
	"reflect"
	"slices"
	"strings"

	"rasure/cmd/message"
)

// Hazard is a reason why a disk must not be erased.
type Hazard struct {
	Kind   HazardKind   `json:"kind"`
	Detail message.Text `json:"detail"` // one sentence without a full stop, safe to print; English in JSON

	hint     message.Text // in place of the hint of its kind; zero if that fits
	pid      int          // the process that it is about; 0 if none
	readOnly bool         // that process cannot write through its descriptor
}

// HazardKind is the kind of a hazard, for programs.
type HazardKind string

const (
	System       HazardKind = "system"             // the machine, or this program, runs from it
	Mounted      HazardKind = "mounted"            // a file system on it is in use, in whatever mount namespace
	Swap         HazardKind = "swap"               // the kernel swaps to it
	Held         HazardKind = "held"               // it is part of something larger: LVM, dm-crypt, md, bcache, a loop device, an export
	Busy         HazardKind = "open"               // another process has it open
	ReadOnly     HazardKind = "read-only"          // it cannot be written
	NotPhysical  HazardKind = "not-physical"       // writing to it does not reach a medium of this machine, or not all of one
	Duplicate    HazardKind = "duplicate-identity" // another disk here reports the same identity
	NoSerial     HazardKind = "no-serial"          // nothing distinguishes it from another of its model, not even its port
	NoMedium     HazardKind = "no-medium"          // its size is 0
	Unstable     HazardKind = "capacity-unstable"  // its size is not what it was, or not whole blocks
	Zoned        HazardKind = "zoned"              // it must be written zone by zone, and the kernel does not show them
	Offline      HazardKind = "offline"            // the kernel has given it up, or has lost the way to it
	UsersUnknown HazardKind = "users-unknown"      // not all processes of the machine can be seen; it does not count for images
)

// Hazards returns every reason why the disk must not be erased, none hidden behind another; [] if there is none. An
// error means that something could not be looked at; the hazards returned with it are true, but more may exist.
func (h *Host) Hazards(d Disk) ([]Hazard, error) {
	all, err := h.HazardsOf([]Disk{d})
	return all[0], err
}

// HazardsOf returns the hazards of each disk, from one look at the machine. There is a list for every disk, also with an
// error.
func (h *Host) HazardsOf(disks []Disk) ([][]Hazard, error) {
	h, check := h.limited()
	all, errs, _, err := h.survey(disks)
	return all, check(errors.Join(append([]error{err}, errs...)...))
}

// survey looks at the machine once, and returns the hazards of each disk, what could not be looked at of that disk, what it saw of the
// machine, which is nil if it saw nothing, and what could not be looked at of that.
func (h *Host) survey(disks []Disk) (all [][]Hazard, errs []error, u *usage, err error) {
	h, check := h.limited()
	all, errs = make([][]Hazard, len(disks)), make([]error, len(disks))
	for i := range all {
		all[i] = []Hazard{}
	}
	if u, err = h.snapshot(); u == nil {
		return all, errs, nil, message.Errorf("looking for hazards: %w", check(err))
	}
	now, err2 := h.Disks()
	for i, d := range disks {
		list := &hazards{all: []Hazard{}}
		if d.Bus == File {
			h.imageHazards(d, u, list)
		} else {
			errs[i] = h.diskHazards(d, u, now, list)
		}
		all[i] = list.all
	}
	return all, errs, u, check(errors.Join(err, err2))
}

// HiddenProcesses returns how many processes of the machine do not let us see what they have open. As root on a whole
// machine it is 0; with fewer rights, or beside processes that have more, it is not.
func (h *Host) HiddenProcesses() (int, error) {
	h, check := h.limited()
	u, err := h.snapshot()
	if u == nil {
		return 0, check(err)
	}
	return len(u.unseen), check(err)
}

// diskHazards looks at the disk as it is now; d is how it was.
func (h *Host) diskHazards(d Disk, u *usage, disks []Disk, list *hazards) error {
	i := slices.IndexFunc(disks, func(o Disk) bool { return o.Name == d.Name })
	if i < 0 {
		_, err := h.describe(d.Name)
		if err == nil {
			err = ErrLost // there is a device of that name, but no disk
		}
		return message.Errorf("looking for hazards of %s: %w", Printable(d.Name), err)
	}
	now := disks[i]
	above := u.ancestors(d.Name)
	list.system(h, now, u)
	list.mounted(h, above, u)
	list.swap(h, above, u)
	list.held(h, now, above, u)
	list.open(h, now, above, u)
	list.inflight(h, now)
	if b := u.byName[d.Name]; b != nil && b.file != "" {
		list.file(h, b.file, b.fileID, b.name, u)
	}
	list.unfit(h, d, now)
	list.identity(d, now, disks)
	if !u.unknown.IsZero() && now.Medium != Image {
		list.addHazard(Hazard{Kind: UsersUnknown, Detail: u.unknown})
	}
	return nil
}

// hazards collects, each hazard once and no more of a kind than a person reads.
type hazards struct {
	all   []Hazard
	nodes []string // of drives that were looked at: namespaces have some in common
}

const maxOfKind = 8 // our choice

func (l *hazards) add(kind HazardKind, format string, args ...any) {
	l.addHazard(Hazard{Kind: kind, Detail: message.Of(format, args...)})
}

func (l *hazards) addHazard(z Hazard) {
	same := 0
	for i, o := range l.all {
		if o.Kind == z.Kind && reflect.DeepEqual(o.Detail, z.Detail) {
			l.all[i].readOnly = o.readOnly && z.readOnly // of several descriptors one may be enough to write
			return
		}
		if o.Kind == z.Kind {
			same++
		}
	}
	switch {
	case same < maxOfKind:
		l.all = append(l.all, z)
	case same == maxOfKind:
		l.all = append(l.all, Hazard{Kind: z.Kind, Detail: message.Of("and more like these")})
	}
}

// unfit adds what the disk itself is not fit for.
func (l *hazards) unfit(h *Host, was, now Disk) {
	switch {
	case now.ReadOnly && h.attr(now.topology, "force_ro") == "1":
		l.add(ReadOnly, "%s is write protected (the kernel protects boot areas; writing 0 to force_ro ends that)", now.Name)
	case now.ReadOnly:
		l.add(ReadOnly, "%s is write protected", now.Name)
	}
	if now.virtual != nil {
		z := Hazard{Kind: NotPhysical, Detail: *now.virtual}
		if now.Volume {
			z.hint = message.Of("erase the disks behind it, on the machine or controller that they are attached to; rasure wipe --allow-volume erases only what the volume shows of them")
		}
		l.addHazard(z)
	}
	if now.IdentifiedBy() == ByNothing {
		l.add(NoSerial, "%s has no serial number of its own, and no port by which it could be identified", now.Name)
	}
	switch {
	case now.Size == 0 && !now.Removable && (now.Protocol == ProtocolSCSI || now.Protocol == ProtocolATA):
		l.addHazard(Hazard{Kind: NoMedium, Detail: message.Of("%s reports no capacity that the kernel can use: its blocks may have 520 or 528 bytes, or it is defective", now.Name),
			hint: message.Of("rasure format %s --to 512 formats such a disk, which does not count as an erasure; or look at its health", now.Name)})
	case now.Size == 0:
		l.add(NoMedium, "there is no medium in %s", now.Name)
	case now.Size%int64(now.LogicalBlock) != 0:
		l.blocks(now.Name, now.Size, now.LogicalBlock)
	case now.Size != was.Size:
		l.add(Unstable, "the size of %s was %d bytes and is %d", now.Name, was.Size, now.Size)
	}
	if now.Queue.Zoned == HostManaged && now.Queue.Zones == 0 {
		l.add(Zoned, "%s must be written zone by zone, and the kernel does not show its zones", now.Name)
	}
	if state := h.offline(now); state != "" {
		l.add(Offline, "%s is %s", now.Name, Printable(state))
	}
}

func (l *hazards) blocks(name string, size int64, block int) {
	l.add(Unstable, "the size of %s (%d bytes) is not a multiple of its block size (%d bytes)", name, size, block)
}

// offline returns the state of the disk's device where it is not the good one, "" where it is or where there is none.
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

// identity adds that another disk reports the same identity. Disks that share a serial number and are certainly two are identified by their
// ports, if they were found so: a disk that a person chose by its serial number is refused when a second one of that number arrives.
func (l *hazards) identity(was, d Disk, others []Disk) {
	for _, o := range others {
		if o.Name == d.Name || d.Size == 0 || o.Size == 0 || o.Medium == Image || d.Medium == Image || sameDevice(d, o) {
			continue
		}
		byPort := was.IdentifiedBy() == ByPort
		switch {
		case sameWWN(d, o):
			l.add(Duplicate, "%s and %s have the same world wide name %s: one disk on two paths, or a copied identity", d.Name, o.Name, d.WWN)
		case byPort && d.Port == o.Port:
			l.add(Duplicate, "%s and %s are on the same port, %s", d.Name, o.Name, d.Port)
		case sameSerial(d, o) && byPort && apart(d, o):
		case sameSerial(d, o) && (d.WWN == "" || o.WWN == "" || d.Doubt == Shared):
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

// imageHazards is for an image file. What the path leads to counts, not the path.
func (h *Host) imageHazards(d Disk, u *usage, list *hazards) {
	id, _ := h.fileIDAt(d.Path)
	list.file(h, d.Path, id, "", u)
	switch {
	case d.Size == 0:
		list.add(NoMedium, "%s is empty", Printable(d.Path))
	case d.Size%int64(d.LogicalBlock) != 0:
		list.blocks(Printable(path.Base(d.Path)), d.Size, d.LogicalBlock)
	}
}
