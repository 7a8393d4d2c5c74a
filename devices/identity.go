package devices

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// IdentifiedBy is what distinguishes a disk from every other one.
type IdentifiedBy string

const (
	ByNothing IdentifiedBy = ""
	BySerial  IdentifiedBy = "serial" // its own serial number
	ByPort    IdentifiedBy = "port"   // the socket that it is plugged into, while it stays there: port and disk sequence
	ByImage   IdentifiedBy = "image"  // the name of a file or loop device
)

// IdentifiedBy is what identifies the disk. A kernel before Linux 5.15 counts no disk sequence, by which another disk in the same socket is
// noticed, so that it identifies no disk by its port.
func (d Disk) IdentifiedBy() IdentifiedBy {
	switch {
	case d.Medium == Image:
		return ByImage
	case d.Serial != "" && d.Doubt == "":
		return BySerial
	case d.Port != "" && d.Seq != 0:
		return ByPort
	}
	return ByNothing
}

// OwnSerial is the serial number if it is the disk's own; it may be that of several disks, see [Shared]. Otherwise it is "".
func (d Disk) OwnSerial() string {
	if d.Doubt == Placeholder || d.Doubt == Borrowed {
		return ""
	}
	return d.Serial
}

// UniqueSerial is the serial number if that identifies the disk; otherwise "".
func (d Disk) UniqueSerial() string {
	if d.Doubt != "" {
		return ""
	}
	return d.Serial
}

// Doubt is why the serial number of a disk does not identify it.
type Doubt string

const (
	Placeholder Doubt = "placeholder" // what makers write who number nothing: zeros, "none", 123456789ABC
	Borrowed    Doubt = "reader"      // of the card reader or the dock, not of what is in it
	Shared      Doubt = "shared"      // another disk here reports the same
)

// borrowed reports whether the serial number that a disk has is that of the USB device that holds it.
func (d Disk) borrowed() bool {
	return d.several && (d.SerialSource == SerialBridge || d.SerialSource == SerialSCSI)
}

// units is how many logical units the disk's USB device has, empty slots included.
func (h *Host) units(d Disk) (n int) {
	adapter := path.Dir(path.Dir(h.follow(d.topology, "device")))
	for _, target := range h.names(adapter) {
		if !strings.HasPrefix(target, "target") {
			continue
		}
		for _, unit := range h.names(adapter, target) {
			if strings.Count(unit, ":") == 3 {
				n++
			}
		}
	}
	return n
}

// readerWords are in the names of card readers. A stick that is called so is identified by its port, which costs a look at the socket.
var readerWords = []string{"card", "reader", "crw", "sd/mmc", "sd/xd", "sm/xd", "ms/ms-pro", "compact flash", "compactflash", "micro sd", "microsd", "multi-slot"}

func isReader(d Disk) bool {
	names := d.Model
	if d.Bridge != nil {
		names += " " + d.Bridge.Product
	}
	names = strings.ToLower(names)
	for _, w := range readerWords {
		if strings.Contains(names, w) {
			return true
		}
	}
	return false
}

// placeholders are serial numbers that name no drive, in lower case, without anything but letters and digits.
var placeholders = map[string]bool{
	"none": true, "null": true, "na": true, "nil": true, "unknown": true, "empty": true, "default": true, "defaultstring": true, "invalid": true,
	"serial": true, "serialnumber": true, "serialno": true, "sn": true, "noserial": true, "noserialnumber": true, "notspecified": true, "notavailable": true,
	"notapplicable": true, "tobefilled": true, "tobefilledbyoem": true, "systemserialnumber": true,
}

// runs are what one writes who hits the keys in their order.
var runs = []string{"0123456789abcdefghijklmnopqrstuvwxyz", "123456789abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "12345678901234567890"}

// isPlaceholder reports whether makers give this number to every drive.
func isPlaceholder(serial string) bool {
	var b strings.Builder
	for _, r := range strings.ToLower(serial) {
		if r != unicode.ReplacementChar && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			b.WriteRune(r)
		}
	}
	word := b.String()
	first, _ := utf8.DecodeRuneInString(word)
	if word == "" || placeholders[word] || len(word) >= 4 && strings.Trim(word, string(first)) == "" {
		return true
	}
	if rest := strings.TrimLeft(word, "0"); len(word) >= 8 && len(rest) <= 1 { // 0000000000000001
		return true
	}
	for _, run := range runs {
		if len(word) >= 6 && strings.HasPrefix(run, word) {
			return true
		}
	}
	return false
}

// markShared notes in each disk that another one reports the same serial number. Disks of which it is not certain that they are two
// stay as they are: see [hazards.identity].
func markShared(disks []Disk) {
	for i := range disks {
		for j := range disks[:i] {
			a, b := &disks[i], &disks[j]
			if sameSerial(*a, *b) && !sameWWN(*a, *b) && apart(*a, *b) {
				for _, d := range []*Disk{a, b} {
					if d.Doubt == "" {
						d.Doubt = Shared
					}
				}
			}
		}
	}
}

func sameSerial(a, b Disk) bool { return a.Serial != "" && strings.EqualFold(a.Serial, b.Serial) }

func sameWWN(a, b Disk) bool { return a.WWN != "" && a.WWN == b.WWN }

// apart reports whether two disks are certainly two: each is in a socket of its own that leads to one disk only. Behind SAS, Fibre Channel,
// a hypervisor or two NVMe controllers, two ways may lead to one.
func apart(a, b Disk) bool {
	return oneWay(a) && oneWay(b) && a.Port != b.Port && !sameDevice(a, b)
}

func oneWay(d Disk) bool {
	switch d.Bus {
	case USB, SATA, PATA, MMC, SD:
		return d.Port != ""
	}
	return false
}
