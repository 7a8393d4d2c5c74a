package devices

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"rasure/cmd/message"
)

// usage is a snapshot of who uses which block devices and files.
type usage struct {
	*stack
	mounts    []Mount
	mounted   map[string][]Mount  // the same by the block devices that they lie on directly
	swaps     []string            // paths
	open      map[string][]opened // by block device
	paths     map[string][]opened // by path, those that are no block devices
	files     map[FileID][]opened // the same by file, where its file system is local
	exports   []export
	members   map[string][]member // block devices of file systems that are in use, mounted or not
	system    map[string][]any    // block devices that the machine runs from: name -> what they hold
	protected protected
	unseen    []int        // processes that we were not let into
	unknown   message.Text // why the users of disks cannot be known; zero if they can
}

// opened is a descriptor of another process that names a block device, a drive's own node, or a file.
type opened struct {
	pid    int
	fd     string
	path   string
	number Number // of a block device; zero where only the path is known
	file   FileID // of a local file or directory
}

// export is a device that this machine offers to others.
type export struct {
	path string
	by   message.Text // "the NVMe target as ..."
}

// member says that a block device belongs to a file system in use.
type member struct{ kind, id string }

// snapshot gathers the usage. What it could not see is in the error; what it saw is true.
func (h *Host) snapshot() (*usage, error) {
	stack, err := h.stack()
	if err != nil {
		return nil, err
	}
	pids, err := h.processes()
	if err != nil {
		return nil, err
	}
	u := &usage{
		stack: stack, mounted: map[string][]Mount{}, open: map[string][]opened{}, paths: map[string][]opened{},
		files: map[FileID][]opened{}, members: map[string][]member{}, system: map[string][]any{},
	}
	var errs [3]error
	var hidden []int
	u.mounts, hidden, errs[0] = h.mounts(pids)
	u.swaps, errs[1] = h.swaps()
	u.protected, errs[2] = h.protect()
	opens, unseen := h.opens(pids, u.mounts)
	u.unseen = union(unseen, hidden)
	u.unknown = h.usersUnknown(u.unseen)
	for _, o := range opens {
		b := u.byNumber[o.number]
		if o.number == (Number{}) {
			b = u.node(h, o.path)
		}
		if b != nil {
			u.open[b.name] = append(u.open[b.name], o)
			continue
		}
		u.paths[o.path] = append(u.paths[o.path], o)
		if o.file != (FileID{}) {
			u.files[o.file] = append(u.files[o.file], o)
		}
	}
	for _, m := range u.mounts {
		for _, b := range u.blocksOf(h, m) {
			u.mounted[b.name] = append(u.mounted[b.name], m)
		}
	}
	u.exports = h.exports()
	h.findMembers(u)
	h.findSystem(u)
	return u, errors.Join(errs[:]...)
}

// openers returns who has a file open, by its path or by what it is.
func (u *usage) openers(file string, id FileID) []opened {
	all := append([]opened(nil), u.paths[file]...)
	if id == (FileID{}) {
		return all
	}
	for _, o := range u.files[id] {
		if o.path != file {
			all = append(all, o)
		}
	}
	return all
}

// swaps reads /proc/swaps, proc(5): the first line is a heading.
func (h *Host) swaps() ([]string, error) {
	text, err := h.mustAttr("proc/swaps")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // a kernel without swap
	}
	if err != nil {
		return nil, message.Errorf("reading /proc/swaps: %w", err)
	}
	var all []string
	for i, line := range strings.Split(text, "\n") {
		if f := strings.Fields(line); i > 0 && len(f) > 0 {
			all = append(all, strings.TrimSuffix(unescape(f[0]), " (deleted)"))
		}
	}
	return all, nil
}

// opens reads every descriptor of every other process, and names the processes that it was not let into.
func (h *Host) opens(pids []int, mounts []Mount) (all []opened, denied []int) {
	view := 0
	if len(mounts) > 0 {
		view = mounts[0].pid // good enough to distinguish a network from a disk
	}
	for _, pid := range pids {
		if pid == h.PID {
			continue
		}
		dir := path.Join(proc(pid), "fd")
		entries, err := fs.ReadDir(h.Root, dir)
		closed := err != nil && !vanished(err)
		for _, e := range entries {
			link := path.Join(dir, e.Name())
			to, err := fs.ReadLink(h.Root, link)
			closed = closed || err != nil && !vanished(err)
			if err != nil || !strings.HasPrefix(to, "/") || to == "/dev/null" {
				continue // "socket:[123]", or closed meanwhile
			}
			o := opened{pid: pid, fd: e.Name(), path: strings.TrimSuffix(to, " (deleted)")}
			// The descriptor knows its device and its file even where the path is that of another container, or gone.
			// A file on a network is not asked: on a dead mount that would hang for ever.
			if m, ok := mountOf(mounts, view, to); strings.HasPrefix(to, "/dev/") || ok && local(m.FSType) {
				if info, err := fs.Stat(h.Root, link); err == nil {
					o.number, _ = nodeOf(info)
					o.file, _ = fileIDOf(info)
				}
			}
			all = append(all, o)
		}
		if closed {
			denied = append(denied, pid)
		}
	}
	return all, denied
}

// local reports whether files of a file system are here, and device nodes on it are good.
func local(fsType string) bool {
	switch fsType {
	case "ext2", "ext3", "ext4", "xfs", "btrfs", "bcachefs", "f2fs", "zfs", "tmpfs", "devtmpfs", "ramfs", "rootfs", "overlay", "vfat", "exfat", "ntfs3":
		return true
	}
	return false
}

// exports looks for disks offered over a network. The kernel's NVMe target takes no claim on them.
func (h *Host) exports() []export {
	const nvmet, lio = "sys/kernel/config/nvmet/subsystems", "sys/kernel/config/target/core"
	var all []export
	for _, subsystem := range h.names(nvmet) {
		for _, space := range h.names(nvmet, subsystem, "namespaces") {
			at := path.Join(nvmet, subsystem, "namespaces", space)
			if h.attr(at, "enable") == "1" {
				all = append(all, export{h.attr(at, "device_path"), message.Of("the NVMe target as %s", Printable(subsystem))})
			}
		}
	}
	for _, kind := range h.names(lio) {
		for _, name := range h.names(lio, kind) {
			if file := h.attr(lio, kind, name, "udev_path"); file != "" {
				all = append(all, export{file, message.Of("the SCSI target as %s", Printable(kind+"/"+name))})
			}
		}
	}
	return all
}

// findMembers marks the block devices of file systems that are in use, which shows even where no mount is left to be
// seen: after a lazy unmount the file system lives on as long as a file in it is open.
func (h *Host) findMembers(u *usage) {
	mark := func(name, kind, id string) {
		if u.byName[name] != nil {
			u.members[name] = append(u.members[name], member{kind, Printable(id)})
		}
	}
	for _, id := range h.names("sys/fs/btrfs") {
		for _, name := range h.names("sys/fs/btrfs", id, "devices") {
			mark(name, "btrfs", id)
		}
	}
	for _, id := range h.names("sys/fs/bcachefs") {
		for _, dev := range h.names("sys/fs/bcachefs", id) {
			if name := h.linkBase("sys/fs/bcachefs", id, dev, "block"); name != "" {
				mark(name, "bcachefs", id)
			}
		}
	}
	for _, kind := range []string{"ext4", "xfs", "f2fs"} {
		for _, name := range h.names("sys/fs", kind) {
			mark(name, kind, "")
		}
	}
}

// union returns the numbers of both lists, each once.
func union(a, b []int) []int {
	seen, all := map[int]bool{}, []int(nil)
	for _, list := range [][]int{a, b} {
		for _, n := range list {
			if !seen[n] {
				seen[n] = true
				all = append(all, n)
			}
		}
	}
	return all
}
