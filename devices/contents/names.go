package contents

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Bounds of what is read of one root directory. A FAT directory has at most 2 MiB (Microsoft, FAT 1.03); a root larger
// than that is cut short elsewhere, too.
const (
	maxDirectory = 2 << 20 // bytes
	maxNames     = 1 << 16
)

var errDamaged = errors.New("the file system is damaged")

// names collects what a root directory has.
type names struct {
	label string // if the directory is where the label is
	all   []string
	cut   bool // there are more than were read
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

// list puts the label and the first names of the root directory of a volume into v. What could be read before an error
// is in v, too.
//
// go-diskfs opens ISO 9660 and squashfs. The others are read by code of this package: go-diskfs v1.9.4 follows a circle
// in a FAT until memory is gone, holds whole allocation tables, refuses ext without metadata checksums, and knows neither
// exFAT nor NTFS.
func list(d disk, v *Volume) (err error) {
	defer func() {
		if p := recover(); p != nil { // the file system is not what its reader takes for possible
			err = fmt.Errorf("%w: %v", errDamaged, p)
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
	if n.label != "" {
		v.Label = n.label
	}
	if err != nil && len(n.all) == 0 {
		return err
	}
	slices.SortFunc(n.all, strings.Compare)
	shown := min(len(n.all), maxEntries)
	v.Listed, v.Entries, v.More = err == nil && !n.cut, n.all[:shown], len(n.all)-shown
	if err == nil && n.cut {
		err = errors.New("a very long root directory was read in part")
	}
	return err
}
