package devices

import (
	"path"
	"strings"

	"rasure/cmd/message"
)

// notADisk returns what a block device is that is not a disk, as a phrase; false if it is a disk. Such devices are not
// listed; a person who names one is shown the phrase.
func (h *Host) notADisk(name string) (message.Text, bool) {
	no := func(format string, args ...any) (message.Text, bool) { return message.Of(format, args...), true }
	at := path.Join(sysBlock, name)
	switch family := strings.TrimRight(name, "0123456789"); family {
	case "loop":
		if size, err := sectors(h.attr(at, "size")); err == nil && size == 0 {
			return no("a loop device without a file")
		}
		return message.Text{}, false
	case "dm-", "md", "md_d", "bcache":
		return h.stacked(name)
	case "sr":
		return no("an optical drive")
	case "fd":
		return no("a floppy disk drive")
	case "ram", "zram", "pmem":
		return no("memory, not a disk")
	case "nbd", "drbd", "rbd", "rnbd":
		return no("a disk of another machine")
	case "zd", "ublkb", "nullb", "mtdblock", "ubiblock":
		return no("a device made by a driver (%s), not a disk", family)
	}
	if strings.HasPrefix(name, "md_") {
		return h.stacked(name)
	}
	if h.attr(at, "hidden") == "1" {
		return no("one path to a disk with several paths: name the disk itself")
	}
	// SPC-5 6.7.2: 0 disk, 7 optical memory, 0Eh reduced block commands, 14h host managed zoned disk. A burner is 5.
	switch t := h.attr(at, "device/type"); t {
	case "", "0", "7", "14", "20", "MMC", "SD": // an MMC or SD card has a file of the same name
		return message.Text{}, false
	default:
		return no("a SCSI device of type %s, not a disk", Printable(t))
	}
}

func (h *Host) stacked(name string) (message.Text, bool) {
	if word, ok := h.stackWord(name); ok {
		return message.Of("not a disk: %s", word), true
	}
	return message.Of("a device made of other devices, not a disk"), true
}

// stackWord names a device made of others, for people: "LVM volume vg-root". It is false for every other device.
func (h *Host) stackWord(name string) (message.Text, bool) {
	at := path.Join(sysBlock, name)
	switch {
	case strings.HasPrefix(name, "dm-"):
		uuid, label := h.attr(at, "dm/uuid"), Printable(h.attr(at, "dm/name"))
		for _, k := range []struct{ prefix, format string }{
			{"LVM-", "LVM volume %s"}, {"CRYPT-", "encrypted volume (dm-crypt) %s"}, {"mpath-", "multipath map %s"},
			{"DMRAID-", "firmware RAID volume %s"}, {"part", "partition map %s"},
		} {
			if strings.HasPrefix(uuid, k.prefix) {
				return message.Of(k.format, label), true
			}
		}
		return message.Of("device-mapper volume %s", label), true
	case strings.HasPrefix(name, "md"):
		if level := Printable(h.attr(at, "md/level")); level != "" {
			return message.Of("%s array %s", level, name), true
		}
		return message.Of("array %s", name), true
	case strings.HasPrefix(name, "loop"):
		return message.Of("loop device %s", name), true
	}
	return message.Text{}, false
}
