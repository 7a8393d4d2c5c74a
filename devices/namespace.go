package devices

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"rasure/cmd/message"
)

// initPIDNamespace is how the machine's first PID namespace is called (include/linux/proc_ns.h, PROC_PID_INIT_INO). It has been the
// same number since Linux 3.8, and no other namespace can have it.
const initPIDNamespace = "pid:[4026531836]"

// usersUnknown returns why not all users of a disk can be seen from here; the zero Text if they can.
//
// Who has a disk open is only known from /proc, and /proc shows only the processes of one PID namespace: in a container a program of
// the machine can write to the disk and nothing shows it. If our own entry in /proc is in the first namespace then so is /proc itself,
// because a /proc of an inner namespace does not show us at all. A mount namespace of our own is no reason: the mount tables
// of all processes are read.
func (h *Host) usersUnknown(unseen []int) message.Text {
	space, err := fs.ReadLink(h.Root, "proc/self/ns/pid")
	switch {
	case errors.Is(err, fs.ErrNotExist) && h.exists("proc/self/ns"): // a kernel without PID namespaces has only one
	case err != nil:
		return message.Of("this process does not find itself in /proc, so the processes that use a disk cannot be seen")
	case space != initPIDNamespace:
		return message.Of("rasure runs in a PID namespace of its own (a container?), so the processes outside that use a disk cannot be seen")
	}
	if text := h.partialProc(); !text.IsZero() {
		return text
	}
	if len(unseen) > 0 {
		return message.Count(len(unseen), "%d process does not let rasure see which disks it has open", "%d processes do not let rasure see which disks they have open")
	}
	return message.Text{}
}

// partialProc returns why /proc does not show all processes; the zero Text if it does.
func (h *Host) partialProc() message.Text {
	table, err := fs.ReadFile(h.Root, "proc/self/mountinfo")
	if err != nil {
		return message.Text{} // without any mount table a look fails anyhow: mounts says so
	}
	mounts, err := ParseMountinfo(table)
	if err != nil {
		return message.Text{}
	}
	option := ""
	for _, m := range mounts {
		if m.Point == "/proc" { // the last one lies on top
			option = ""
			if m.FSType != "proc" || m.Root != "/" {
				option = m.FSType
			}
			for o := range strings.SplitSeq(m.Options, ",") {
				key, value, _ := strings.Cut(o, "=")
				if key == "hidepid" && value != "0" && value != "off" || key == "subset" {
					option = o
				}
			}
			continue
		}
		if rest, ok := strings.CutPrefix(m.Point, "/proc/"); ok {
			if first, _, _ := strings.Cut(rest, "/"); digits(first) || first == "swaps" || first == "self" || first == "thread-self" {
				return message.Of("another file system covers %s, so the processes that use a disk cannot be seen", Printable(path.Clean(m.Point)))
			}
		}
	}
	if option != "" {
		return message.Of("/proc does not show all processes (it is mounted with %s)", Printable(option))
	}
	return message.Text{}
}
