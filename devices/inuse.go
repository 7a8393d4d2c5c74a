package devices

import (
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"rasure/cmd/message"
)

// system adds that the machine runs from the disk. It looks down from the directories to the disks, so a disk of which
// nothing is mounted by name, under an overlay or an encrypted volume, is found too.
func (l *hazards) system(h *Host, d Disk, u *usage) {
	if where := u.system[d.Name]; len(where) > 0 {
		list := message.Text{Format: strings.TrimPrefix(strings.Repeat(", %s", len(where)), ", "), Args: where}
		l.add(System, "this machine runs from %s: it holds %s", d.Name, list)
	}
}

// file adds who uses a file, which is an image or is what the loop device named is bound to. Two loop devices of one file are one
// disk, whatever part of it each shows.
func (l *hazards) file(h *Host, file string, id FileID, loop string, u *usage) {
	name := Printable(file)
	if owner := u.protected.owner(h, file, id); owner != "" {
		l.add(System, "%s must not be erased: it belongs to %s", name, Printable(owner))
	}
	for _, swap := range u.swaps {
		if swap == file || l.same(h, swap, id) {
			l.add(Swap, "the machine swaps to %s", name)
		}
	}
	for _, b := range u.byName {
		if b.name == loop || b.file == "" || b.file != file && (id == FileID{} || b.fileID != id) {
			continue
		}
		if loop == "" {
			l.add(Held, "%s is the file of loop device %s", name, b.name)
		} else {
			l.add(Held, "%s is the file of loop device %s and of %s", name, loop, b.name)
		}
	}
	for _, e := range u.exports {
		if e.path == file || l.same(h, e.path, id) {
			l.add(Held, "%s is offered by %s", name, e.by)
		}
	}
	for _, o := range u.openers(file, id) {
		l.opener(h, Printable(path.Base(file)), o)
	}
}

func (l *hazards) same(h *Host, file string, id FileID) bool {
	other, ok := h.fileIDAt(file)
	return ok && id != FileID{} && other == id
}

func (l *hazards) mounted(h *Host, above map[string]bool, u *usage) {
	for _, name := range sorted(above) {
		shown := map[string]bool{}
		for _, m := range u.mounted[name] {
			if shown[m.Point] {
				continue // many services have mount namespaces of their own, with the same mounts in them
			}
			shown[m.Point] = true
			point := Printable(m.Point)
			if m.inside == "" {
				l.addHazard(Hazard{Kind: Mounted, Detail: message.Of("%s is mounted on %s (%s)", h.title(u, name), point, Printable(m.FSType)),
					hint: message.Of("unmount it first: umount %s", quoted(point))})
			} else {
				l.addHazard(Hazard{Kind: Mounted, Detail: message.Of("%s is mounted on %s (%s) in the mount namespace of %s (process %d)", h.title(u, name), point, Printable(m.FSType), m.inside, m.pid),
					hint: message.Of("unmount it there first: nsenter -t %d -m umount %s", m.pid, quoted(point))})
			}
		}
		for _, m := range u.members[name] {
			switch {
			case len(shown) > 0:
			case m.id != "":
				l.add(Mounted, "%s is part of a %s file system in use (%s), but no mount of it can be seen from here", h.title(u, name), m.kind, m.id)
			default:
				l.add(Mounted, "%s holds a file system in use (%s), but no mount of it can be seen from here", h.title(u, name), m.kind)
			}
		}
	}
}

// quoted is a path as a shell takes it.
func quoted(path string) string {
	if !strings.ContainsFunc(path, func(r rune) bool {
		return r != '/' && r != '-' && r != '_' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r < 0x80
	}) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

func (l *hazards) swap(h *Host, above map[string]bool, u *usage) {
	for _, file := range u.swaps {
		if b := u.findNode(h, file); b != nil && above[b.name] {
			l.add(Swap, "the machine swaps to %s", h.title(u, b.name))
		} else if b == nil {
			for name := range u.underPath(h, file) {
				if above[name] && u.byName[name].disk == name && len(u.byName[name].below) == 0 {
					l.add(Swap, "the machine swaps to %s, a file on %s", Printable(file), name)
				}
			}
		}
	}
}

// held adds what was made of the disk and what it is offered as.
func (l *hazards) held(h *Host, d Disk, above map[string]bool, u *usage) {
	for _, name := range sorted(above) {
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
		if b := u.findNode(h, e.path); b != nil && above[b.name] {
			l.add(Held, "%s is offered by %s", h.title(u, b.name), e.by)
		}
	}
}

// open adds who else has the disk open: by number, which holds in every container, by path, and by the nodes that lead to
// the same drive past the block layer.
func (l *hazards) open(h *Host, d Disk, above map[string]bool, u *usage) {
	for _, name := range sorted(above) {
		for _, o := range u.open[name] {
			l.opener(h, h.title(u, name), o)
		}
	}
	for _, node := range h.driveNodes(d) {
		if slices.Contains(l.nodes, node) {
			continue
		}
		l.nodes = append(l.nodes, node)
		for _, o := range u.paths[node] {
			l.addHazard(Hazard{Kind: Busy, pid: o.pid,
				Detail: message.Of("%s, the drive of %s, is open by %s (process %d)", node, d.Name, h.command(o.pid), o.pid)})
		}
	}
}

// opener adds one process that has a disk or file open. Another rasure that may write to it is erasing it, or is about to. A
// descriptor that was closed since is nobody's: a list of the disks that ends just now was taken for an eraser. Nor is a child of ours that
// reads what is on the disk (contents.Probe) a user of it: on a slow machine the bench refused the first scan because of its own look.
func (l *hazards) opener(h *Host, what any, o opened) {
	z := Hazard{Kind: Busy, pid: o.pid, readOnly: !h.writes(o)}
	rasure := h.isRasure(o.pid) // asked first: a process that ends has no program any more, and then no parent
	closed, ours := h.closed(o)
	if closed || ours && rasure && z.readOnly {
		return
	}
	if rasure && !z.readOnly {
		z.Detail = message.Of("another rasure process (process %d) is erasing %s", o.pid, what)
		z.hint = message.Of("wait until the other rasure process has ended")
	} else {
		z.Detail = message.Of("%s is open by %s (process %d)", what, h.command(o.pid), o.pid)
	}
	l.addHazard(z)
}

// closed reports whether a descriptor is closed by now, or is none of its own: a child that we have just forked holds copies of all our
// descriptors until it executes its program, which closes them. A hook that the job server started was once taken for another rasure that
// erases the disk, and a good erasure got an exception. The kernel clears its mark shortly before it closes them, so a child is looked at
// twice. One that does not get as far in a second counts. ours reports whether it is a child of ours.
func (h *Host) closed(o opened) (closed, ours bool) {
	for look := 1; ; look++ {
		ours, passing := h.child(o.pid)
		if !h.exists(proc(o.pid), "fd", o.fd) {
			return true, ours
		}
		if !ours || look > 1 && !passing || look == 100 {
			return false, ours
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// child reports whether a process is a child of ours, and whether it has not executed a program yet, or is about to end and has none any more:
// the kernel's flags PF_FORKNOEXEC and PF_EXITING, linux/sched.h, in proc_pid_stat(5). Either way its descriptors close soon.
func (h *Host) child(pid int) (ours, passing bool) {
	const exiting, forkNoExec = 0x4, 0x40
	text := h.attr(proc(pid), "stat")
	f := strings.Fields(text[strings.LastIndexByte(text, ')')+1:]) // the name before it may have blanks
	if len(f) < 7 {
		return false, false
	}
	parent, _ := strconv.Atoi(f[1])
	flags, _ := strconv.ParseUint(f[6], 10, 64)
	return parent == h.PID, flags&(exiting|forkNoExec) != 0
}

// isRasure reports whether a process runs a program of our name, or the very file that we run from.
func (h *Host) isRasure(pid int) bool {
	if h.attr(proc(pid), "comm") == "rasure" {
		return true
	}
	own, ok := h.fileIDAt("/proc/self/exe")
	other, _ := h.fileIDAt("/" + proc(pid) + "/exe")
	return ok && own == other
}

// writes reports whether a descriptor may be written to: O_WRONLY or O_RDWR in its flags, which are octal, proc_pid_fdinfo(5). One
// that cannot be looked at may.
func (h *Host) writes(o opened) bool {
	for line := range strings.Lines(h.attr(proc(o.pid), "fdinfo", o.fd)) {
		if flags, ok := strings.CutPrefix(line, "flags:"); ok {
			n, err := strconv.ParseUint(strings.TrimSpace(flags), 8, 64)
			return err != nil || n&3 != 0
		}
	}
	return true
}

// inflight adds that requests are under way at this moment. Their sender is not known.
func (l *hazards) inflight(h *Host, d Disk) {
	for n := range strings.FieldsSeq(h.attr(d.topology, "inflight")) {
		if strings.Trim(n, "0") != "" {
			l.add(Busy, "%s is being read or written at this moment", d.Name)
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

// title names a block device for people, by a string or a Text: "sda1", or "dm-0 (LVM volume vg-root)".
func (h *Host) title(u *usage, name string) any {
	if b := u.byName[name]; b == nil || b.disk != name {
		return name
	}
	word, ok := h.stackWord(name)
	switch {
	case !ok:
		return name
	case strings.HasPrefix(name, "dm-"):
		return message.Of("%s (%s)", name, word)
	}
	return word
}

func sorted(set map[string]bool) []string {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
