package bays

import (
	"fmt"
	"strings"

	"rasure/cmd/internal/settings"
)

// RulesFile is where the rules of [Rules] belong.
const RulesFile = "/etc/udev/rules.d/60-rasure-bays.rules"

// Rules returns rules for udev(7) by which desktops leave the disks in the bays alone: udisks mounts nothing there. Peer returns the other
// port of a socket for USB 3, or "". A bay whose port shows in no path of the kernel, as a slot of an enclosure, has a remark in the place
// of a rule.
func Rules(named []settings.Bay, peer func(port string) string) string {
	var b strings.Builder
	b.WriteString("# Written by rasure bay rules. Desktops leave the disks in these bays alone.\n")
	for _, bay := range named {
		paths := pathsOf(bay.Port)
		if other := peer(bay.Port); other != "" && paths != nil {
			paths = append(paths, pathsOf(other)...)
		}
		if paths == nil {
			fmt.Fprintf(&b, "# %s (%s): no rule can name this port\n", bay.Name, bay.Port)
			continue
		}
		fmt.Fprintf(&b, "# %s (%s)\nSUBSYSTEM==\"block\", DEVPATH==\"%s\", ENV{UDISKS_IGNORE}=\"1\"\n", bay.Name, bay.Port, strings.Join(paths, "|"))
	}
	return b.String()
}

// pathsOf returns patterns of the kernel's paths of disks on a port, as udev matches them; nil if there are none.
func pathsOf(port string) []string {
	port, _, _ = strings.Cut(port, " lun ")
	port, _, _ = strings.Cut(port, " namespace ")
	words := strings.Fields(port)
	kind, at, target := words[0], words[1], "0:0"
	if len(words) > 2 {
		target = words[2]
	}
	switch kind {
	case "usb":
		return []string{"*/" + at + "/" + at + ":*"}
	case "ata":
		link, n, multiplied := strings.Cut(at, ".")
		if multiplied {
			return []string{"*/ata" + link + "/host*/target*:" + n + ":0/*", "*/ata" + link + "/host*/target*:0:" + n + "/*"}
		}
		return []string{"*/ata" + link + "/host*/target*:0:0/*"}
	case "nvme":
		return []string{"*/" + at + "/nvme/*"}
	case "mmc":
		return []string{"*/mmc_host/mmc" + at + "/*"}
	case "virtio":
		if len(words) == 2 {
			return []string{"*/" + at + "/virtio*/block/*"}
		}
		return []string{"*/" + at + "/virtio*/host*/target*:" + target + "/*"}
	case "scsi":
		return []string{"*/" + at + "/host*/target*:" + target + "/*"}
	}
	return nil
}
