package devices

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"rasure/cmd/message"
)

// Unseen is something in the machine that is not in the list of disks, and behind which there may be one.
type Unseen struct {
	Kind   UnseenKind   `json:"kind"`
	Name   string       `json:"name"`   // its address: "0000:03:00.0" on PCI, "0:0:5:0" of a SCSI device, "nvme1"; "" of the process itself
	Detail message.Text `json:"detail"` // one sentence without a full stop, safe to print; English in JSON
	Hint   message.Text `json:"hint"`   // what to do about it
}

// UnseenKind is a kind of what is not seen, for programs.
type UnseenKind string

const (
	RAIDController  UnseenKind = "raid-controller"  // disks behind it are seen as its volumes, or not at all
	NoDriver        UnseenKind = "no-driver"        // a storage controller that the kernel does not drive
	RemappedNVMe    UnseenKind = "remapped-nvme"    // NVMe drives that the firmware hides behind a SATA controller (Intel RST)
	NoBlockDevice   UnseenKind = "no-block-device"  // a drive that is attached, and that the kernel gives no block device
	DeadController  UnseenKind = "dead-controller"  // an NVMe controller that does not work, or has no namespace
	UnseenProcesses UnseenKind = "processes-unseen" // a program may use a disk and cannot be seen
)

// Unseen returns what may hide a disk. All of it comes from sysfs and proc.
func (h *Host) Unseen() ([]Unseen, error) {
	h, check := h.limited()
	all := []Unseen{}
	for _, address := range h.names("sys/bus/pci/devices") {
		all = append(all, h.unseenPCI(address)...)
	}
	for _, address := range h.names("sys/bus/scsi/devices") {
		all = append(all, h.unseenSCSI(address)...)
	}
	for _, name := range h.names("sys/class/nvme") {
		all = append(all, h.unseenNVMe(name)...)
	}
	if why := h.usersUnknown(nil); !why.IsZero() {
		all = append(all, Unseen{UnseenProcesses, "", why, hints[UsersUnknown]})
	}
	slices.SortStableFunc(all, func(a, b Unseen) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
	return all, check(nil)
}

// storageClasses are the classes of PCI devices that have disks (PCI Code and ID Assignment 1.16, 1.2): SCSI, IDE, RAID, ATA, SATA, SAS, NVM.
// Class 80h is left out: PCIe switches have it.
var storageClasses = []string{"0x0100", "0x0101", "0x0104", "0x0105", "0x0106", "0x0107", "0x0108"}

func (h *Host) unseenPCI(address string) (all []Unseen) {
	at := path.Join("sys/bus/pci/devices", address)
	class := h.attr(at, "class")
	if len(class) != len("0x010400") || !slices.Contains(storageClasses, class[:6]) {
		return nil
	}
	name, driver := Printable(address), Printable(h.linkBase(at, "driver"))
	vmd := class[:6] == "0x0104" && h.attr(at, "vendor") == "0x8086" && !slices.Contains([]string{"", "ahci", "isci"}, driver)
	add := func(kind UnseenKind, detail, hint message.Text) { all = append(all, Unseen{kind, name, detail, hint}) }
	switch {
	case driver == "vfio-pci" || driver == "pci-stub" || driver == "uio_pci_generic":
		add(NoDriver, message.Of("the storage controller %s is reserved for a virtual machine or another program (%s)", name, driver),
			message.Of("give it back to its driver, and look again"))
	case driver == "" && class[:6] == "0x0104" && h.attr(at, "vendor") == "0x8086":
		add(NoDriver, message.Of("the RAID controller %s of Intel has no driver: with VMD or RST, the NVMe drives behind it cannot be seen", name),
			message.Of("load the kernel module vmd, or switch VMD or RAID off in the firmware setup"))
	case driver == "":
		add(NoDriver, message.Of("the storage controller %s has no driver, so the disks behind it cannot be seen", name),
			message.Of("load its kernel module, or attach the disks to another controller"))
	case vmd: // the kernel drives each NVMe drive behind it
	case class[:6] == "0x0104" && driver != "ahci":
		add(RAIDController, message.Of("%s is a RAID controller (%s): disks in its volumes are not in this list", name, driver),
			message.Of("switch it to HBA, IT or JBOD mode, or attach its disks to another controller; rasure wipe --allow-volume erases a volume, but not all of the disks behind it"))
	}
	if n, _ := strconv.Atoi(h.attr(at, "remapped_nvme")); n > 0 {
		add(RemappedNVMe, message.Count(n, "%d NVMe drive is hidden behind the SATA controller", "%d NVMe drives are hidden behind the SATA controller"),
			message.Of("switch the SATA controller from RAID (RST) to AHCI in the firmware setup"))
	}
	return all
}

// unseenSCSI: a disk of the SCSI layer without a block device was given up, or belongs to a volume of its adapter.
func (h *Host) unseenSCSI(address string) []Unseen {
	at := h.follow("sys/bus/scsi/devices", address)
	if strings.Count(address, ":") != 3 || h.attr(at, "type") != "0" && h.attr(at, "type") != "20" || len(h.names(at, "block")) > 0 {
		return nil
	}
	name, what := Printable(address), Printable(strings.TrimSpace(h.attr(at, "vendor")+" "+h.attr(at, "model")))
	if state := h.attr(at, "state"); state != "running" && state != "" {
		return []Unseen{{NoBlockDevice, name, message.Of("the drive %s (%s) is %s", name, what, Printable(state)),
			message.Of("unplug it and attach it again, on another port or cable; a drive that stays so is defective")}}
	}
	return []Unseen{{NoBlockDevice, name, message.Of("the drive %s (%s) is attached and has no block device: it may belong to a volume of its adapter", name, what),
		message.Of("take it out of the volume in the adapter's setup, or attach it to another controller")}}
}

func (h *Host) unseenNVMe(controller string) []Unseen {
	at := h.follow("sys/class/nvme", controller)
	state, name, model := h.attr(at, "state"), Printable(controller), Printable(h.attr(at, "model"))
	if state != "live" && state != "" {
		return []Unseen{{DeadController, name, message.Of("the NVMe drive %s (%s) is %s", name, model, Printable(state)),
			message.Of("switch the machine off and on again; a drive that stays so is defective")}}
	}
	if slices.ContainsFunc(h.names(at), func(s string) bool { return strings.HasPrefix(s, "nvme") && strings.Contains(s[len("nvme"):], "n") }) {
		return nil
	}
	if t := h.attr(at, "transport"); t != "pcie" && t != "" {
		return nil
	}
	return []Unseen{{DeadController, name, message.Of("the NVMe drive %s (%s) has no namespace, so there is no disk to erase", name, model),
		message.Of("create a namespace with the tools of its vendor (nvme create-ns), or look for one that is not attached (nvme attach-ns)")}}
}
