package devices

import (
	"path"
	"strconv"
	"strings"

	"rasure/devices/ata"
	"rasure/devices/scsi"
)

// attachSCSI fills in a disk of the SCSI layer, which is most of them: SATA, SAS, USB and UFS disks all are.
func (h *Host) attachSCSI(d *Disk) {
	device := h.follow(d.topology, "device")
	d.Protocol = ProtocolSCSI
	d.Queue.Depth = h.count(device, "queue_depth")
	id := Identity{Vendor: h.attr(device, "vendor"), Model: h.attr(device, "model"), Firmware: h.attr(device, "rev")}
	source := SerialSCSI
	// Pages are read as the kernel read them from the drive. One that is missing or malformed gives nothing, and
	// that leads to "unknown" and "no serial number", never to a guess.
	id.Serial, _ = scsi.UnitSerial(h.binaryAttr(device, "vpd_pg80"))
	id.WWN, _ = scsi.WorldWideName(h.binaryAttr(device, "vpd_pg83"))
	rotation, _ := scsi.RotationRate(h.binaryAttr(device, "vpd_pgb1"))
	drive, isATA := h.ataIdentity(device)
	if isATA {
		id, source = drive.override(id), SerialATA
		if drive.Rotation != 0 {
			rotation = drive.Rotation
		}
	}
	if isATA || id.Vendor == "ATA" { // SAT-5 10.3.2: the vendor that every translation layer gives
		d.Protocol, id.Vendor = ProtocolATA, ""
	}
	d.Medium = mediumOf(rotation)
	adapter := h.hostAdapter(d.topology)
	d.Driver = Printable(adapter)
	switch {
	case h.attachUSB(d): // before ATA: the drive behind a bridge may be one
		if id.Serial == "" && d.Bridge != nil {
			id.Serial, source = h.attr(path.Dir(h.usbInterface(d.topology)), "serial"), SerialBridge
		}
	case strings.HasPrefix(adapter, "ufshcd"):
		d.Bus, d.Medium = UFS, Flash
	case strings.Contains(d.topology, "/end_device-"):
		d.Bus = SAS
	case strings.Contains(d.topology, "/rport-"):
		d.Bus = FC
		d.aVolume("%s is on another machine (%s)", d.Name, "Fibre Channel")
	case component(d.topology, "session") != "":
		d.Bus = ISCSI
		d.aVolume("%s is on another machine (%s)", d.Name, "iSCSI")
	case adapter == "ib_srp":
		d.Bus = SCSI
		d.aVolume("%s is on another machine (%s)", d.Name, "SRP")
	case component(d.topology, "ata") != "":
		d.Bus, d.multiplied = SATA, h.multiplied(*d)
		if drive.Attach == ata.AttachParallel || drive.Attach == ata.AttachUnknown && strings.HasPrefix(adapter, "pata") {
			d.Bus = PATA
		}
	case component(d.topology, "virtio") != "":
		d.Bus = Virtio
	default:
		d.Bus = SCSI
	}
	if d.Queue.Zoned == "none" && h.driveManaged(device) {
		d.Queue.Zoned = DriveManaged
	}
	d.identify(source, id)
	if why := h.raidVolume(device, adapter, id); why != "" {
		d.aVolume("%s is a volume of a RAID adapter (%s): writing to it does not reach all of the disks behind it", d.Name, Printable(why))
	}
}

// driveManaged reports whether the kernel has read of a disk that it hides its zones (SBC-4 6.5.2, ZONED 2).
func (h *Host) driveManaged(device string) bool {
	for _, name := range h.names(path.Join(device, "scsi_disk")) {
		if h.attr(device, "scsi_disk", name, "zoned_cap") == DriveManaged {
			return true
		}
	}
	return false
}

// ataIdentity is what the ATA drive below a translation layer says, from the copy that layer hands out.
type ataIdentity struct{ ata.Identity }

func (h *Host) ataIdentity(device string) (ataIdentity, bool) {
	raw, err := scsi.ATAIdentify(h.binaryAttr(device, "vpd_pg89"))
	if err != nil {
		return ataIdentity{}, false
	}
	id, err := ata.ParseIdentify(raw)
	return ataIdentity{id}, err == nil
}

// override replaces the translation, which cuts the model at 16 characters, by what the drive itself reports.
func (a ataIdentity) override(id Identity) Identity {
	own := Identity{Model: a.Model, Serial: a.Serial, Firmware: a.Firmware, WWN: id.WWN}
	if own.WWN == "" {
		own.WWN = a.WWN
	}
	return own
}

// mediumOf reads a rotation rate as ACS-4 word 217 and SBC-4 page B1h give it. Only 1 means flash; 0 means that the drive
// does not say, and the kernel's "rotational" is then a guess.
func mediumOf(rate uint16) Medium {
	switch {
	case rate == 1:
		return Flash
	case rate >= 0x0401 && rate <= 0xfffe:
		return Magnetic
	}
	return MediumUnknown
}

// hostAdapter returns the name of the driver of the SCSI host that the disk hangs on.
func (h *Host) hostAdapter(topology string) string {
	host := component(topology, "host")
	if host == "" {
		return ""
	}
	above, _, _ := strings.Cut(topology, "/"+host+"/")
	return h.attr(above, host, "scsi_host", host, "proc_name")
}

// component returns the first part of a path that is prefix and a number ("ata1"), "" if there is none.
func component(p, prefix string) string {
	for part := range strings.SplitSeq(p, "/") {
		if rest, ok := strings.CutPrefix(part, prefix); ok && digits(rest) {
			return part
		}
	}
	return ""
}

// usbInterface is the directory of the USB interface that the disk hangs on, "" if there is none. It does not look for "usb" in the
// path: other things have that in their names.
func (h *Host) usbInterface(topology string) string {
	for at := path.Dir(topology); strings.Contains(at, "/"); at = path.Dir(at) {
		// An interface is called "1-4:1.0": bus, ports, configuration, number.
		if bus, _, ok := strings.Cut(path.Base(at), "-"); ok && digits(bus) && h.exists(at, "bInterfaceProtocol") {
			return at
		}
	}
	return ""
}

// attachUSB fills in the USB device that the disk hangs on, if there is one.
func (h *Host) attachUSB(d *Disk) bool {
	at := h.usbInterface(d.topology)
	if at == "" {
		return false
	}
	usb := path.Dir(at)
	if strings.Contains(at, "/vhci_hcd.") {
		d.aVolume("%s is on another machine (%s)", d.Name, "USB over IP")
	}
	speed, _ := strconv.ParseFloat(h.attr(usb, "speed"), 64) // "1.5" exists
	d.Bus = USB
	d.Driver = Printable(h.linkBase(at, "driver"))
	d.Bridge = &Bridge{
		VendorID: Printable(h.attr(usb, "idVendor")), ProductID: Printable(h.attr(usb, "idProduct")), Firmware: Printable(h.attr(usb, "bcdDevice")),
		Manufacturer: Printable(h.attr(usb, "manufacturer")), Product: Printable(h.attr(usb, "product")),
		Serial: Printable(h.attr(usb, "serial")), Megabits: int(speed),
	}
	d.Bridge.list(h.Bridges)
	return true
}

// raidVolume returns the sign by which a disk is a logical volume of a RAID adapter, "" if it is not one.
func (h *Host) raidVolume(device, adapter string, id Identity) string {
	if level := h.attr(device, "raid_level"); level != "" && level != "N/A" { // hpsa, smartpqi: N/A is a disk passed through
		return adapter + ", " + level
	}
	if strings.EqualFold(id.Model, "LOGICAL VOLUME") {
		return id.Vendor + " " + id.Model
	}
	channel := -1
	if hctl := strings.Split(path.Base(device), ":"); len(hctl) == 4 {
		channel, _ = strconv.Atoi(hctl[1])
	}
	switch adapter {
	case "megaraid_sas": // channels 0 and 1 are disks passed through, MEGASAS_MAX_PD_CHANNELS
		if channel >= 2 {
			return adapter
		}
	case "mpi3mr", "hiraid", "sssraid": // drives are below an end device of the SAS transport, or NVMe
		if !strings.Contains(device, "/end_device-") && id.Vendor != "NVMe" {
			return adapter
		}
	case "mptsas", "mptspi", "mpt2sas", "mpt3sas", "leapioraid": // RAID_CHANNEL is 1
		if channel == 1 {
			return adapter
		}
	case "aacraid": // CONTAINER_CHANNEL is 0
		if channel == 0 {
			return adapter
		}
	case "megaraid", "megaraid_legacy", "3w-xxxx", "3w-9xxx", "3w-sas", "ips", "dpt_i2o", "arcmsr", "hptiop", "stex", "mvumi", "pmcraid", "ipr", "gdth", "cciss", "esas2r":
		return adapter // a volume and a disk passed through look alike behind these
	}
	return ""
}
