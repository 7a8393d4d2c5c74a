package devices

import (
	"path"
	"strings"
)

// notADisk says in words why a block device is not a disk, "" if it is one. Such devices are not listed; who names one
// is told why it cannot be erased.
func (h *Host) notADisk(name string) string {
	at := path.Join(sysBlock, name)
	switch family := strings.TrimRight(name, "0123456789"); family {
	case "loop":
		if size, err := sectors(h.attr(at, "size")); err == nil && size == 0 {
			return "a loop device without a file"
		}
		return ""
	case "dm-":
		return "no disk but a " + h.stackWord(name)
	case "md", "md_d", "bcache":
		return "no disk but a " + h.stackWord(name)
	case "sr":
		return "an optical drive"
	case "fd":
		return "a floppy disk drive"
	case "ram", "zram", "pmem":
		return "memory, not a disk"
	case "nbd", "drbd", "rbd", "rnbd":
		return "a disk of another machine"
	case "zd", "ublkb", "nullb", "mtdblock", "ubiblock":
		return "no disk but made by a driver (" + family + ")"
	}
	if strings.HasPrefix(name, "md_") {
		return "no disk but a " + h.stackWord(name)
	}
	if h.attr(at, "hidden") == "1" {
		return "one path to a disk with several; name the disk itself"
	}
	// SPC-5 6.7.2: 0 disk, 7 optical memory, 0Eh reduced block commands, 14h host managed zoned disk. A burner is 5.
	switch t := h.attr(at, "device/type"); t {
	case "", "0", "7", "14", "20", "MMC", "SD": // an MMC or SD card has a file of the same name
		return ""
	default:
		return "no disk but a SCSI device of type " + Printable(t)
	}
}

// stackWord names a device made of others, for people: "LVM volume vg-root".
func (h *Host) stackWord(name string) string {
	at := path.Join(sysBlock, name)
	switch {
	case strings.HasPrefix(name, "dm-"):
		uuid, label := h.attr(at, "dm/uuid"), Printable(h.attr(at, "dm/name"))
		for _, k := range []struct{ prefix, word string }{
			{"LVM-", "LVM volume "}, {"CRYPT-", "encrypted volume (dm-crypt) "}, {"mpath-", "multipath map "},
			{"DMRAID-", "firmware RAID volume "}, {"part", "partition map "},
		} {
			if strings.HasPrefix(uuid, k.prefix) {
				return k.word + label
			}
		}
		return strings.TrimSpace("device-mapper volume " + label)
	case strings.HasPrefix(name, "md"):
		return strings.TrimSpace(Printable(h.attr(at, "md/level")) + " array " + name)
	case strings.HasPrefix(name, "loop"):
		return "loop device " + name
	}
	return name
}
