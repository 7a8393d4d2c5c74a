package devices

import (
	"path"
	"strconv"
	"strings"

	"rasure/cmd/message"
)

// describe reads from sysfs what a block device is. What every disk has must be there; the rest may be missing.
func (h *Host) describe(name string) (Disk, error) {
	at := h.follow(sysBlock, name)
	d := Disk{
		Name:     name,
		Path:     "/dev/" + strings.ReplaceAll(name, "!", "/"), // sysfs cannot hold the slash of "cciss/c0d0"
		topology: at,
	}
	number, err := h.mustAttr(at, "dev")
	if err != nil {
		return Disk{}, err
	}
	if d.Number, err = ParseNumber(number); err != nil {
		return Disk{}, message.Errorf("%w: %q", err, number)
	}
	size, err := h.mustAttr(at, "size")
	if err != nil {
		return Disk{}, err
	}
	if d.Size, err = sectors(size); err != nil {
		return Disk{}, err
	}
	if s := h.attr(at, "diskseq"); s != "" {
		if d.Seq, err = strconv.ParseUint(s, 10, 64); err != nil {
			return Disk{}, message.Errorf("malformed disk sequence %q", s)
		}
	}
	d.ReadOnly = h.attr(at, "ro") != "0" // what does not answer counts as read-only
	d.Removable = h.attr(at, "removable") == "1"
	d.Rotational = h.attr(at, "queue/rotational") == "1"
	if d.LogicalBlock = h.count(at, "queue/logical_block_size"); d.LogicalBlock == 0 {
		return Disk{}, message.New("the kernel reports no logical block size")
	}
	if d.PhysicalBlock = h.count(at, "queue/physical_block_size"); d.PhysicalBlock == 0 {
		d.PhysicalBlock = d.LogicalBlock
	}
	d.Queue = Queue{
		MaxBytes:     h.count(at, "queue/max_sectors_kb") * 1024,
		OptimalBytes: h.count(at, "queue/optimal_io_size"),
		Depth:        h.count(at, "queue/nr_requests"),
		Zoned:        Printable(h.attr(at, "queue/zoned")),
		WriteCache:   Printable(h.attr(at, "queue/write_cache")),
	}
	if d.Queue.Zoned == HostManaged {
		d.Queue.Zones = h.count(at, "queue/nr_zones")
		d.Queue.OpenZones = fewest(h.count(at, "queue/max_open_zones"), h.count(at, "queue/max_active_zones"))
	}
	d.Bus, d.Protocol, d.Medium = BusUnknown, ProtocolNone, MediumUnknown
	h.attach(&d)
	d.Port = h.portOf(d)
	d.several = d.Bus == USB && (h.units(d) > 1 || isReader(d))
	if d.Doubt == "" && d.borrowed() {
		d.Doubt = Borrowed
	}
	return d, nil
}

// fewest returns the smaller of two limits, of which 0 is none.
func fewest(a, b int) int {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// attach fills in how the disk is attached and how it identifies itself, by the driver that made it.
func (h *Host) attach(d *Disk) {
	switch {
	case strings.HasPrefix(d.Name, "nvme"):
		h.attachNVMe(d)
	case strings.HasPrefix(d.Name, "mmcblk"):
		h.attachMMC(d)
	case strings.HasPrefix(d.Name, "loop"):
		h.attachLoop(d)
	case strings.HasPrefix(d.Name, "vd"):
		d.Bus, d.Driver = Virtio, "virtio_blk"
		d.identify(SerialVirtio, Identity{Serial: h.attr(d.topology, "serial")})
	case h.exists(d.topology, "device/scsi_level"), strings.HasPrefix(d.Name, "sd"):
		h.attachSCSI(d)
	default:
		d.Driver = Printable(h.linkBase(d.topology, "device/driver"))
		d.identify(SerialNone, Identity{Serial: h.attr(d.topology, "serial")})
	}
	h.know(d)
}

// identify sets the identity, made safe to show, and where the serial number comes from.
func (d *Disk) identify(source SerialSource, id Identity) {
	d.Identity = id.printable()
	if d.Serial != "" {
		d.SerialSource = source
		if isPlaceholder(id.Serial) {
			d.Doubt = Placeholder
		}
	}
}

func (id Identity) printable() Identity {
	return Identity{
		Vendor: Printable(id.Vendor), Model: Printable(id.Model), Serial: Printable(id.Serial),
		WWN: Printable(id.WWN), Firmware: Printable(id.Firmware),
	}
}

// notPhysical notes why erasing the disk would not reach a medium of this machine.
func (d *Disk) notPhysical(format string, args ...any) {
	text := message.Of(format, args...)
	d.virtual = &text
}

// aVolume notes the same of a disk that can be erased as far as it is a disk.
func (d *Disk) aVolume(format string, args ...any) {
	d.notPhysical(format, args...)
	d.Volume = true
}

func (h *Host) attachLoop(d *Disk) {
	d.Bus, d.Driver, d.Medium = Loop, "loop", Image
	file := h.attr(d.topology, "loop/backing_file")
	device := strings.HasPrefix(file, "/dev/") && !strings.HasPrefix(file, "/dev/shm/")
	if h.LoopStatus != nil && file != "" {
		if status, err := h.LoopStatus("/dev/" + d.Name); err == nil {
			device = status.Disk != Number{}
		}
	}
	if device {
		d.notPhysical("%s is bound to %s: name that device", d.Name, Printable(file))
	}
}

// attachNVMe: a namespace hangs below its controller, or below the subsystem where the kernel knows several ways to it.
// The number in the name is the subsystem's then, not the controller's: only the links show which it is.
func (h *Host) attachNVMe(d *Disk) {
	d.Bus, d.Protocol, d.Medium = NVMe, ProtocolNVMe, Flash
	device := h.follow(d.topology, "device")
	d.identify(SerialNVMe, Identity{
		Model: h.attr(device, "model"), Serial: h.attr(device, "serial"), Firmware: h.attr(device, "firmware_rev"),
		WWN: realWWN(h.attr(d.topology, "wwid")),
	})
	d.Driver = "nvme"
	for _, c := range h.controllers(*d) {
		// K: drivers/nvme/host: pcie and apple-nvme are plugged in here, all others are fabrics.
		if t := h.attr(c, "transport"); t != "" && t != "pcie" && t != "apple-nvme" {
			d.Driver = "nvme-" + Printable(t)
			d.aVolume("%s is on another machine (NVMe over %s)", d.Name, Printable(t))
		}
	}
}

// controllers returns the sysfs directories of the NVMe controllers that lead to a namespace.
func (h *Host) controllers(d Disk) []string {
	device := h.follow(d.topology, "device")
	if !strings.HasPrefix(path.Base(device), "nvme-subsys") {
		return []string{device}
	}
	var all []string
	for _, name := range h.names(device) {
		rest, ok := strings.CutPrefix(name, "nvme")
		if ok && digits(rest) { // nvme0, and not the namespace nvme0n1
			all = append(all, h.follow(device, name))
		}
	}
	return all
}

// attachMMC: the boot areas of a chip are disks of their own below the disk of its user area.
func (h *Host) attachMMC(d *Disk) {
	d.Bus, d.Protocol, d.Medium = MMC, ProtocolMMC, Flash
	card, _, _ := strings.Cut(d.topology, "/block/")
	if h.attr(card, "type") == "SD" {
		d.Bus = SD
	}
	host, _, _ := strings.Cut(d.topology, "/mmc_host/")
	d.Driver = Printable(h.linkBase(host, "driver"))
	id := Identity{
		Model: h.attr(card, "name"), Serial: strings.TrimPrefix(h.attr(card, "serial"), "0x"),
		Firmware: h.attr(card, "fwrev"),
	}
	if cid := h.attr(card, "cid"); strings.Trim(cid, "0") != "" {
		id.WWN = "cid." + cid
	}
	d.identify(SerialMMC, id)
}

// realWWN drops a world wide name that is only zeros, which drives without one report.
func realWWN(s string) string {
	if _, digits, ok := strings.Cut(s, "."); ok && strings.Trim(digits, "0-") == "" {
		return ""
	}
	return s
}
