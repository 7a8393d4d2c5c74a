package devices

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"rasure/cmd/message"
)

// ports are the forms of [Disk.Port]. What a kernel or an enclosure names otherwise is no port.
var ports = regexp.MustCompile(`^(` + strings.Join([]string{
	`usb [0-9]+-[0-9]+(\.[0-9]+)*`,                   // bus, and the port of each hub on the way
	`ata [0-9]+(\.[0-9]+)?`,                          // link; behind it the port of a multiplier, or the second drive of a parallel cable
	`enclosure [0-9a-f]{16} slot [0-9]+`,             // logical identifier (SES-4 6.1.2.2), and what is printed on the tray
	`sas [0-9]+(:[0-9]+){1,2}`,                       // host, expander if there is one, and phy
	`nvme ` + address,                                // PCI address
	`mmc [0-9]+( (boot|gp|rpmb)[0-9]*)?`,             // slot, and the area of the chip
	`(virtio|scsi) ` + address + `( [0-9]+:[0-9]+)?`, // PCI address or the name of the platform device; channel and target
}, "|") + `)( (lun|namespace) [0-9]+)?$`)

const address = `[0-9A-Za-z][0-9A-Za-z:._-]*`

// maxPort is longer than the kernel's names make a port.
const maxPort = 100

// CheckPort refuses a text that cannot be the port of a disk.
func CheckPort(text string) error {
	if len(text) > maxPort || !ports.MatchString(text) {
		return message.Errorf("%q is not the name of a port", Printable(text))
	}
	return nil
}

// portOf names the socket that a disk is plugged into, in one of the forms above; "" where the kernel does not show one. Logical units
// and namespaces but the first have their number in the name, so that two disks of one drive have two ports.
func (h *Host) portOf(d Disk) string {
	if d.virtual != nil {
		return "" // it is not in a socket of this machine
	}
	port := ""
	switch d.Bus {
	case USB:
		port = h.usbPort(d.topology)
	case SAS:
		port = cmp.Or(h.slotPort(d.topology), h.phyPort(d.topology))
	case SATA, PATA:
		port = cmp.Or(h.slotPort(d.topology), ataPort(d.topology))
	case NVMe:
		port = h.nvmePort(d)
	case MMC, SD:
		port = mmcPort(d)
	case SCSI, UFS:
		port = scsiPort("scsi", d.topology, "host")
	case Virtio:
		port = scsiPort("virtio", d.topology, "virtio")
	}
	if port == "" {
		return ""
	}
	if lun := addressOf(d.topology)[3]; lun > 0 {
		port += " lun " + strconv.Itoa(lun)
	}
	if CheckPort(port) != nil {
		return ""
	}
	return port
}

// usbPort is the number of the bus and the ports of the hubs. A socket for USB 3 has two numbers, because its slow and its fast wires
// belong to two buses: the lower one is taken, so that every stick has the same port in it.
func (h *Host) usbPort(topology string) string {
	device := path.Dir(h.usbInterface(topology))
	name := path.Base(device)
	if peer := hubPort(h.linkBase(h.follow(device, "port"), "peer")); peer != "" && busOf(peer) < busOf(name) {
		name = peer
	}
	return "usb " + name
}

// PeerPort returns the other port of a socket for USB 3: its slow and its fast wires belong to two buses. It is "" where there is none, or
// where it is not known, as of a hub that is not plugged in.
func (h *Host) PeerPort(port string) string {
	name, usb := strings.CutPrefix(port, "usb ")
	name, _, _ = strings.Cut(name, " ")
	if !usb || CheckPort("usb "+name) != nil {
		return ""
	}
	hub, n, direct := "", "", ""
	if i := strings.LastIndex(name, "."); i >= 0 {
		hub, n = name[:i], name[i+1:]
		direct = path.Join(hub, hub+":1.0", hub+"-port"+n)
	} else {
		hub, n, _ = strings.Cut(name, "-")
		direct = path.Join("usb"+hub, hub+"-0:1.0", "usb"+hub+"-port"+n)
	}
	peer := hubPort(h.linkBase("sys/bus/usb/devices", direct, "peer"))
	if peer == "" || CheckPort("usb "+peer) != nil {
		return ""
	}
	return "usb " + peer
}

// hubPort is the device that a port of a hub has: "usb1-port2" has 1-2, and "1-2-port3" has 1-2.3.
func hubPort(name string) string {
	hub, port, ok := strings.Cut(name, "-port")
	if root, is := strings.CutPrefix(hub, "usb"); is {
		return root + "-" + port
	}
	if !ok {
		return ""
	}
	return hub + "." + port
}

func busOf(device string) int {
	bus, _, _ := strings.Cut(device, "-")
	n, _ := strconv.Atoi(bus)
	return n
}

// slotPort is the slot of the enclosure that reports the disk in it, if the enclosure has an identifier.
func (h *Host) slotPort(topology string) string {
	slot := h.slot(topology)
	if slot == "" {
		return ""
	}
	id, err := strconv.ParseUint(strings.TrimPrefix(h.attr(path.Dir(slot), "id"), "0x"), 16, 64)
	number := h.attr(slot, "slot")
	if err != nil || id == 0 || !digits(number) {
		return ""
	}
	return fmt.Sprintf("enclosure %016x slot %s", id, number)
}

// slot is the directory of the enclosure's slot that a SCSI disk is in; "" where no enclosure reports it.
func (h *Host) slot(topology string) string {
	device := h.follow(topology, "device")
	for _, name := range h.names(device) {
		if strings.HasPrefix(name, "enclosure_device:") {
			return h.follow(device, name)
		}
	}
	return ""
}

// phyPort is the lowest phy that leads to a SAS disk. The numbers of end devices and ports grow with each disk that is plugged in, and
// say nothing about the place.
func (h *Host) phyPort(topology string) string {
	at, _, _ := strings.Cut(topology, "/end_device-")
	lowest := ""
	for _, name := range h.names(at) {
		if phy, ok := strings.CutPrefix(name, "phy-"); ok && (lowest == "" || before(phy, lowest)) {
			lowest = phy
		}
	}
	if lowest == "" {
		return ""
	}
	return "sas " + lowest
}

// ataPort is the kernel's number of the link, "ata3". Behind it is the port of a multiplier or, on a parallel cable, the second drive.
func ataPort(topology string) string {
	link, a := component(topology, "ata"), addressOf(topology)
	if link == "" {
		return ""
	}
	port := "ata " + strings.TrimPrefix(link, "ata")
	if n := max(a[1], a[2]); n > 0 { // libata: one of them is 0
		port += "." + strconv.Itoa(n)
	}
	return port
}

// nvmePort is the address of the controller; of the first one where there are several.
func (h *Host) nvmePort(d Disk) string {
	for _, c := range h.controllers(d) {
		if above, _, ok := strings.Cut(h.follow(c), "/nvme/"); ok {
			port := "nvme " + path.Base(above)
			if n := h.count(d.topology, "nsid"); n > 1 {
				port += " namespace " + strconv.Itoa(n)
			}
			return port
		}
	}
	return ""
}

func mmcPort(d Disk) string {
	host := component(d.topology, "mmc")
	if host == "" {
		return ""
	}
	port := "mmc " + strings.TrimPrefix(host, "mmc")
	if area := strings.TrimLeft(strings.TrimPrefix(d.Name, "mmcblk"), "0123456789"); area != "" {
		port += " " + area
	}
	return port
}

// scsiPort is the address of the adapter, whose number the kernel chooses again at each start, and the channel and target of the disk on it.
func scsiPort(kind, topology, adapter string) string {
	part := component(topology, adapter)
	above, _, ok := strings.Cut(topology, "/"+part+"/")
	if part == "" || !ok {
		return ""
	}
	port := kind + " " + path.Base(above)
	if strings.Contains(topology, "/target") {
		a := addressOf(topology)
		port += " " + strconv.Itoa(a[1]) + ":" + strconv.Itoa(a[2])
	}
	return port
}

// addressOf is host, channel, target and logical unit of a SCSI disk, from its path; zeros where it is none.
func addressOf(topology string) (a [4]int) {
	device, _, _ := strings.Cut(topology, "/block/")
	parts := strings.Split(path.Base(device), ":")
	if len(parts) != 4 {
		return a
	}
	for i, p := range parts {
		a[i], _ = strconv.Atoi(p)
	}
	return a
}
