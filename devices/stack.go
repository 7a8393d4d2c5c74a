package devices

import (
	"io/fs"
	"path"
	"sort"
	"strings"
)

// block is a node of the stack of block devices: a disk, a partition, or something made of them.
type block struct {
	name   string
	disk   string // the whole device, itself unless it is a partition
	number Number
	parts  []string // partitions
	above  []string // what the kernel made of it: dm, md, bcache, loop devices bound to the node
	below  []string
	file   string // the path of the file that a loop device is bound to; "" if that is a block device
	fileID FileID // what the kernel says that file is; zero where it does not say
	bcache bool   // a member of a bcache set
}

// stack is all block devices of a machine, by name and by number.
type stack struct {
	byName   map[string]*block
	byNumber map[Number]*block
	byFile   map[FileID][]*block // loop devices by the file that they are bound to
}

func (h *Host) stack() (*stack, error) {
	names, err := h.blockNames()
	if err != nil {
		return nil, err
	}
	s := &stack{byName: map[string]*block{}, byNumber: map[Number]*block{}, byFile: map[FileID][]*block{}}
	for _, name := range names {
		h.addDisk(s, name)
	}
	for _, b := range s.byName {
		for _, upper := range b.above {
			if u := s.byName[upper]; u != nil {
				u.below = append(u.below, b.name)
			}
		}
	}
	for _, b := range s.byName {
		if node := s.backing(h, b); node != nil { // a loop device on a disk: neither holders nor the exclusive claim show it
			b.file = ""
			b.below = append(b.below, node.name)
			node.above = append(node.above, b.name)
		}
	}
	for _, b := range s.byName {
		sort.Strings(b.below)
		sort.Strings(b.above)
	}
	for _, name := range names {
		if b := s.byName[name]; b.file != "" && b.fileID != (FileID{}) {
			s.byFile[b.fileID] = append(s.byFile[b.fileID], b)
		}
	}
	return s, nil
}

func (h *Host) addDisk(s *stack, name string) {
	at := h.follow(sysBlock, name)
	b := h.addBlock(s, at, name, name)
	for _, child := range h.names(at) {
		switch {
		case child == "bcache":
			b.bcache = true
		// A child that is named after the disk is a partition if it says so; mmcblk0boot0 is a disk.
		case strings.HasPrefix(child, name) && h.exists(at, child, "partition"):
			b.parts = append(b.parts, child)
			part := h.addBlock(s, path.Join(at, child), child, name)
			part.bcache = h.exists(at, child, "bcache")
		}
	}
	if strings.HasPrefix(name, "loop") {
		b.file = strings.TrimSuffix(h.attr(at, "loop/backing_file"), " (deleted)")
	}
}

func (h *Host) addBlock(s *stack, at, name, disk string) *block {
	b := &block{name: name, disk: disk, above: h.names(at, "holders")}
	s.byName[name] = b
	if n, err := ParseNumber(h.attr(at, "dev")); err == nil { // a hidden path to a disk has no number
		b.number = n
		s.byNumber[n] = b
	}
	return b
}

// backing finds the block device that a loop device is bound to, nil if it is a file, and notes which file. The loop device itself
// is asked first: the path that sysfs shows may be that of a container, or of a node that somebody made elsewhere.
func (s *stack) backing(h *Host, loop *block) *block {
	if loop.file == "" {
		return nil
	}
	if h.LoopStatus != nil {
		if status, err := h.LoopStatus("/dev/" + loop.name); err == nil {
			loop.fileID = status.File
			return s.byNumber[status.Disk]
		}
	}
	if node := s.node(h, loop.file); node != nil {
		return node
	}
	loop.fileID, _ = h.fileIDAt(loop.file)
	return nil
}

// node finds the block device that a path like "/dev/sda1" or "/dev/mapper/vg-root" leads to, nil if there is none.
func (s *stack) node(h *Host, file string) *block {
	rest, ok := strings.CutPrefix(file, "/dev/")
	if !ok {
		return nil
	}
	if b := s.byName[strings.ReplaceAll(rest, "/", "!")]; b != nil {
		return b
	}
	if real, err := h.resolve(file); err == nil {
		if b := s.byName[strings.ReplaceAll(strings.TrimPrefix(real, "/dev/"), "/", "!")]; b != nil {
			return b
		}
	}
	if n, ok := h.nodeNumber(file); ok {
		return s.byNumber[n]
	}
	if label, ok := strings.CutPrefix(rest, "mapper/"); ok { // no udev made the link
		for name := range s.byName {
			if strings.HasPrefix(name, "dm-") && h.attr(sysBlock, name, "dm/name") == label {
				return s.byName[name]
			}
		}
	}
	return nil
}

// findNode is node, and finds a block device also by a node that somebody made outside of /dev.
func (s *stack) findNode(h *Host, file string) *block {
	if b := s.node(h, file); b != nil {
		return b
	}
	n, _ := h.nodeNumber(file)
	return s.byNumber[n]
}

// ancestors returns the names of the disk, its partitions, and everything that is made of them, however high.
func (s *stack) ancestors(disk string) map[string]bool {
	set := map[string]bool{}
	var add func(string)
	add = func(name string) {
		b := s.byName[name]
		if b == nil || set[name] {
			return
		}
		set[name] = true
		for _, part := range b.parts {
			add(part)
		}
		for _, upper := range b.above {
			add(upper)
		}
	}
	add(disk)
	return set
}

// descendants adds the names of a block device and everything that it is made of, down to the disks.
func (s *stack) descendants(name string, set map[string]bool) {
	b := s.byName[name]
	if b == nil || set[name] {
		return
	}
	set[name] = true
	s.descendants(b.disk, set)
	for _, lower := range b.below {
		s.descendants(lower, set)
	}
}

// nodeNumber asks a node for its number, false where it is no block device or the machine is a fixture without nodes.
func (h *Host) nodeNumber(file string) (Number, bool) {
	info, err := fs.Stat(h.Root, strings.TrimPrefix(file, "/"))
	if err != nil {
		return Number{}, false
	}
	return nodeOf(info)
}
