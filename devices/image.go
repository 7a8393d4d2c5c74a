package devices

import (
	"strings"

	"rasure/cmd/message"
)

// imageFile is there when the machine was started from rasure's own image (make image), whose file system is all in memory: nothing is
// mounted that shows which stick it came from.
const imageFile = "etc/rasure/image"

// findImage marks the sticks that the image starts from and keeps its station on, by the names of their partitions, which the kernel has
// read: also a stick that was removed and came back, a second one, and one whose file system is not mounted. On a machine that runs
// from something else they are disks like any other.
func (h *Host) findImage(u *usage) {
	if !h.exists(imageFile) {
		return
	}
	for _, b := range u.byName {
		for _, part := range b.parts {
			for line := range strings.Lines(h.attr(h.follow(sysBlock, b.name), part, "uevent")) {
				switch strings.TrimSpace(line) {
				case "PARTNAME=RASURE-BOOT":
					u.system[b.name] = append(u.system[b.name], message.Of("rasure's boot image"))
				case "PARTNAME=RASURE-STATE":
					u.system[b.name] = append(u.system[b.name], message.Of("the state of a station"))
				}
			}
		}
	}
}
