package devices

import (
	"path"
	"sort"
	"strings"
)

// system adds that the machine runs from the disk. It looks down from the directories to the disks, so a disk of which
// nothing is mounted by name, under an overlay or an encrypted volume, is found too.
func (l *hazards) system(h *Host, d Disk, u *usage) {
	if b := u.byName[d.Name]; b != nil && b.file != "" {
		l.kept(h, b.file)
	}
	if where := u.system[d.Name]; len(where) > 0 {
		l.add(System, "this machine runs from %s: it holds %s", d.Name, Printable(strings.Join(where, ", ")))
	}
}

// kept adds that a file must survive: the file of an image, or of a loop device.
func (l *hazards) kept(h *Host, file string) {
	for _, keep := range h.Protected {
		if within(file, keep) {
			l.add(System, "%s must survive: it is, or lies in, %s", Printable(file), Printable(keep))
		}
	}
}

func (l *hazards) mounted(h *Host, over map[string]bool, u *usage) {
	for _, name := range sorted(over) {
		shown := map[string]bool{}
		for _, m := range u.mounted[name] {
			if shown[m.Point] {
				continue // many services have mount namespaces of their own, with the same mounts in them
			}
			shown[m.Point] = true
			where := ""
			if m.inside != "" {
				where = " " + m.inside
			}
			l.add(Mounted, "%s is mounted on %s (%s)%s", h.title(u, name), Printable(m.Point), Printable(m.FSType), where)
		}
		for _, words := range u.members[name] {
			if len(shown) == 0 {
				l.add(Mounted, "%s %s, though it is mounted nowhere that can be seen from here", h.title(u, name), words)
			}
		}
	}
}

func (l *hazards) swap(h *Host, over map[string]bool, u *usage) {
	for _, file := range u.swaps {
		if b := u.nodeAnywhere(h, file); b != nil && over[b.name] {
			l.add(Swap, "the machine swaps to %s", h.title(u, b.name))
		} else if b == nil {
			for name := range u.underPath(h, file) {
				if over[name] && u.byName[name].disk == name && len(u.byName[name].below) == 0 {
					l.add(Swap, "the machine swaps to %s, a file on %s", Printable(file), name)
				}
			}
		}
	}
}

// held adds what was made of the disk and what it is offered as.
func (l *hazards) held(h *Host, d Disk, over map[string]bool, u *usage) {
	for _, name := range sorted(over) {
		b := u.byName[name]
		if b.disk == d.Name {
			for _, upper := range b.above {
				l.add(Held, "%s belongs to %s", name, h.title(u, upper))
			}
			if b.bcache {
				l.add(Held, "%s belongs to a bcache set", name)
			}
		}
	}
	for _, e := range u.exports {
		if b := u.nodeAnywhere(h, e.path); b != nil && over[b.name] {
			l.add(Held, "%s is offered by %s", h.title(u, b.name), e.how)
		}
	}
}

// open adds who else has the disk open: by number, which holds in every container, by path, and by the nodes that lead to
// the same drive past the block layer.
func (l *hazards) open(h *Host, d Disk, over map[string]bool, u *usage) {
	for _, name := range sorted(over) {
		for _, o := range u.open[name] {
			l.add(Busy, "%s is open by %s (process %d)", h.title(u, name), h.command(o.pid), o.pid)
		}
	}
	for _, node := range h.driveNodes(d) {
		for _, o := range u.paths[node] {
			l.add(Busy, "%s, the drive of %s, is open by %s (process %d)", node, d.Name, h.command(o.pid), o.pid)
		}
	}
	for n := range strings.FieldsSeq(h.attr(d.topology, "inflight")) {
		if strings.Trim(n, "0") != "" {
			l.add(Busy, "somebody reads or writes %s at this moment", d.Name)
		}
	}
}

// driveNodes returns the paths of character devices by which commands reach the same drive.
func (h *Host) driveNodes(d Disk) []string {
	var all []string
	switch d.Protocol {
	case ProtocolATA, ProtocolSCSI:
		device := h.follow(d.topology, "device")
		all = append(all, "/dev/bsg/"+path.Base(device))
		for _, sg := range h.names(device, "scsi_generic") {
			all = append(all, "/dev/"+sg)
		}
	case ProtocolNVMe:
		all = append(all, "/dev/ng"+strings.TrimPrefix(d.Name, "nvme"))
		for _, c := range h.controllers(d) {
			all = append(all, "/dev/"+path.Base(c))
		}
	}
	return all
}

// title names a block device for people: "sda1", or "dm-0 (LVM volume vg-root)".
func (h *Host) title(u *usage, name string) string {
	if b := u.byName[name]; b == nil || b.disk != name {
		return name
	}
	if word := h.stackWord(name); word != name {
		if strings.HasPrefix(name, "dm-") {
			return name + " (" + word + ")"
		}
		return word
	}
	return name
}

func sorted(set map[string]bool) []string {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
