package contents

import (
	"slices"
	"strings"

	"rasure/cmd/message"
)

// Bounds of one root directory. A FAT directory has at most 2 MiB (Microsoft, FAT 1.03); larger ones of other file systems are cut
// there too.
const (
	maxDirectory = 2 << 20 // bytes
	maxNames     = 1 << 16
)

var errDamaged = message.New("the file system is damaged")

// names are the entries of a root directory.
type names struct {
	label   string // of the volume, where the directory has it
	noLabel bool   // the directory had a label, which was deleted
	all     []string
	cut     bool // there are more than were read
}

func (n *names) add(name string, dir bool) {
	name = text([]byte(name), maxText)
	switch {
	case name == "" || name == "." || name == "..":
		return
	case len(n.all) == maxNames:
		n.cut = true
		return
	case dir:
		name += "/"
	}
	n.all = append(n.all, name)
}

func listable(fs string) bool {
	switch fs {
	case "ext2", "ext3", "ext4", fat12fs, fat16fs, fat32fs, exfatfs, ntfs, iso9660fs, squash:
		return true
	}
	return false
}

// list puts the label and the first names of the root directory of a volume into v. What was read before an error is in v, too.
//
// go-diskfs opens ISO 9660 and squashfs. Code of this package reads the others: go-diskfs v1.9.4 follows a circle in a FAT until
// memory is used up, holds whole allocation tables, refuses ext without metadata checksums, and has neither exFAT nor NTFS.
func list(d disk, v *Volume) (err error) {
	defer func() {
		if p := recover(); p != nil { // its reader met what it held for impossible
			err = message.Errorf("%w: %v", errDamaged, p)
		}
	}()
	var n names
	switch v.FileSystem {
	case fat12fs, fat16fs, fat32fs:
		err = d.fatRoot(&n)
	case exfatfs:
		err = d.exfatRoot(&n)
	case ntfs:
		err = d.ntfsRoot(&n)
	case iso9660fs, squash:
		err = d.libraryRoot(v.FileSystem, &n)
	default:
		err = d.extRoot(&n)
	}
	if n.label != "" || n.noLabel {
		v.Label = n.label
	}
	if err != nil && len(n.all) == 0 {
		return err
	}
	slices.SortFunc(n.all, strings.Compare)
	shown := min(len(n.all), maxEntries)
	v.Listed, v.Entries, v.More = err == nil && !n.cut, n.all[:shown], len(n.all)-shown
	if err == nil && n.cut {
		err = message.New("the root directory is very long: only a part of it was read")
	}
	return err
}
