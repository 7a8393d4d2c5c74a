package devices

import (
	"slices"
	"strings"

	"rasure/cmd/message"
)

// findSystem marks every block device that the machine, or we ourselves, run from: what lies under the directories
// without which it does not run, under Host.Protected, and what it hibernates to.
func (h *Host) findSystem(u *usage) {
	paths := append([]string{"/", "/boot", "/boot/efi", "/usr", "/var"}, h.Protected...)
	for _, file := range append(paths, u.protected.dirs...) {
		for name := range u.underPath(h, file) {
			u.system[name] = append(u.system[name], Printable(file))
		}
	}
	h.findImage(u)
	if n, err := ParseNumber(h.attr("sys/power/resume")); err == nil && u.byNumber[n] != nil {
		found := map[string]bool{}
		u.descendants(u.byNumber[n].name, found)
		for name := range found {
			u.system[name] = append(u.system[name], message.Of("the hibernation image"))
		}
	}
}

// underPath returns the names of all block devices below a path, in our mount namespace and in that of process 1: a
// container that we may run in has another root directory.
func (u *usage) underPath(h *Host, file string) map[string]bool {
	found := map[string]bool{}
	for _, pid := range []int{1, h.PID} {
		u.underFile(h, pid, file, found, map[string]bool{})
	}
	return found
}

// underFile adds the names of all block devices below a path as a process sees it. seen keeps paths from being followed in
// a circle.
func (u *usage) underFile(h *Host, pid int, file string, found, seen map[string]bool) {
	if seen[file] {
		return
	}
	seen[file] = true
	m, ok := mountOf(u.mounts, pid, file)
	if !ok {
		return
	}
	for _, b := range u.blocksOf(h, m) {
		u.underBlock(h, m.pid, b.name, found, seen)
	}
	if m.FSType == "overlay" {
		u.underOverlay(h, m, found, seen)
	}
}

// underBlock is stack.descendants, and follows the files of loop devices too.
func (u *usage) underBlock(h *Host, pid int, name string, found, seen map[string]bool) {
	here := map[string]bool{}
	u.descendants(name, here)
	for name := range here {
		found[name] = true
		if file := u.byName[name].file; file != "" {
			u.underFile(h, pid, file, found, seen)
		}
	}
}

// underOverlay follows the layers of an overlay. On a live system their paths are often those of the initial
// memory disk and lead nowhere now: then everything counts that a read-only image is mounted from.
func (u *usage) underOverlay(h *Host, m Mount, found, seen map[string]bool) {
	hidden := false
	for _, dir := range layers(m.Options) {
		lower, ok := mountOf(u.mounts, m.pid, dir)
		if ok && lower == m {
			hidden = true
			continue
		}
		u.underFile(h, m.pid, dir, found, seen)
	}
	if !hidden {
		return
	}
	for _, image := range u.mounts {
		switch image.FSType {
		case "squashfs", "erofs", "iso9660", "udf":
			for _, b := range u.blocksOf(h, image) {
				u.underBlock(h, m.pid, b.name, found, seen)
			}
		}
	}
}

// layers returns the directories that an overlay is made of. A backslash keeps a comma or colon from separating.
func layers(options string) []string {
	var dirs []string
	for _, option := range split(options, ',') {
		key, value, _ := strings.Cut(option, "=")
		switch key {
		case "lowerdir", "lowerdir+", "upperdir", "datadir+":
			for _, dir := range split(value, ':') {
				if dir != "" { // "::" separates data-only layers
					dirs = append(dirs, strings.ReplaceAll(dir, `\`, ""))
				}
			}
		}
	}
	return dirs
}

func split(s string, by byte) []string {
	var parts []string
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case by:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// blocksOf returns the block devices that a mounted file system lies on directly. File systems over several devices have
// a made-up number: their source names the devices, "/dev/sdc1:/dev/sdc2", and so does the kernel's own list of members.
func (u *usage) blocksOf(h *Host, m Mount) []*block {
	if b := u.byNumber[m.Number]; b != nil {
		return []*block{b}
	}
	var all []*block
	for source := range strings.SplitSeq(m.Source, ":") {
		b := u.node(h, source)
		if b == nil {
			continue
		}
		all = append(all, b)
		if m.FSType == "btrfs" {
			all = append(all, u.siblings(h, b.name)...)
		}
	}
	if len(all) == 0 && m.FSType == "btrfs" { // "/dev/root" is no device
		all = u.siblings(h, "")
	}
	return all
}

// siblings returns the other members of the btrfs file system that a block device belongs to; of all such file systems
// if name is "".
func (u *usage) siblings(h *Host, name string) []*block {
	var all []*block
	for _, id := range h.names("sys/fs/btrfs") {
		members := h.names("sys/fs/btrfs", id, "devices")
		if name != "" && !slices.Contains(members, name) {
			continue
		}
		for _, other := range members {
			if b := u.byName[other]; b != nil && other != name {
				all = append(all, b)
			}
		}
	}
	return all
}
