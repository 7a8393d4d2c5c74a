package devices

import (
	"fmt"

	"rasure/cmd/message"
)

// Disk is a whole block device attached now, or an image file, as the kernel described it. It holds nothing open.
//
// Strings that came from a drive have passed [Printable]: they are safe on a terminal, in a file name after
// escaping of the separator, and in a signed text.
type Disk struct {
	Name   string `json:"name"` // kernel name ("sda"), or the base name of an image file
	Path   string `json:"path"` // "/dev/sda", or the absolute path of an image file
	Number Number `json:"number"`
	Seq    uint64 `json:"diskseq"`    // the kernel's count of disks and media it has seen; 0 where it keeps none (before Linux 5.15)
	Size   int64  `json:"size_bytes"` // bytes; sysfs counts 512-byte sectors whatever the disk's block is

	Identity
	SerialSource SerialSource `json:"serial_source"`
	Doubt        Doubt        `json:"serial_doubt"` // why the serial number does not identify the disk; "" if it does, or if there is none
	Bus          Bus          `json:"bus"`
	Protocol     Protocol     `json:"protocol"`
	Driver       string       `json:"driver"` // of the host adapter or bridge: "ahci", "mpt3sas", "usb-storage", "uas", "nvme"
	Bridge       *Bridge      `json:"bridge,omitempty"`

	// Port names the socket that the disk is plugged into: "usb 1-2.3", "ata 3", "enclosure 500304801f2e3a3f slot 4", "sas 0:4",
	// "nvme 0000:01:00.0", "mmc 0", "virtio 0000:00:06.0", "scsi 0000:02:00.0 0:5"; "" where there is none, as of a loop device. See
	// [CheckPort]. Another disk in the socket has the same Port, also after a restart. But the kernel numbers USB buses, ATA links, SAS
	// hosts and card readers, and firmware PCI buses, in the order in which they are found: an adapter that was added, removed or moved
	// can change the Port of every socket. A slot of an enclosure, which has an identifier of its own, keeps its Port.
	Port string `json:"port"`

	Medium     Medium `json:"medium_type"`
	Rotational bool   `json:"rotational"` // the kernel's claim, which a USB bridge often gets wrong; Medium is our judgement
	Removable  bool   `json:"removable"`  // the medium can leave the device (card reader, most sticks)
	ReadOnly   bool   `json:"read_only"`

	LogicalBlock  int   `json:"logical_block_bytes"`
	PhysicalBlock int   `json:"physical_block_bytes"`
	Queue         Queue `json:"queue"`

	Zones *Zones `json:"zones,omitempty"` // of a claimed disk with host-managed zones; else nil

	// Volume reports that the disk is a volume of a RAID adapter or of another machine. Writing to it does not reach the disks behind it, or not
	// all of them: it is claimed only with [ClaimOptions].AllowVolume.
	Volume bool `json:"volume"`

	// Namespaces are those of an NVMe drive whose bytes a claim has joined, in the order of the bytes; see [Target.Join]. Size is their sum, and
	// everything else describes the first. It is nil for every disk that was found.
	Namespaces []Namespace `json:"namespaces,omitempty"`

	topology   string        // real path below the root ("sys/devices/…/block/sda"); empty for an image file
	several    bool          // its USB device has several logical units, empty slots included, or calls itself a card reader
	virtual    *message.Text // why erasing it would not reach a medium of this machine; nil if it does
	multiplied bool          // it is behind a SATA port multiplier
	known      []Known       // facts that the host adds to those of this package
}

// Namespace is one namespace of an NVMe drive, as the kernel showed it.
type Namespace struct {
	ID   uint32 `json:"id"`   // the drive's number of it, from 1
	Name string `json:"name"` // kernel name
	Size int64  `json:"size_bytes"`
	WWN  string `json:"wwn"` // "" where there is none
}

// Number is a device number as in stat(2).
type Number struct {
	Major uint32 `json:"major"`
	Minor uint32 `json:"minor"`
}

func (n Number) String() string { return fmt.Sprintf("%d:%d", n.Major, n.Minor) }

// Identity is what a drive reports about itself. It survives unplugging; names and numbers do not.
type Identity struct {
	Vendor   string `json:"vendor"`
	Model    string `json:"model"`
	Serial   string `json:"serial"` // "" where the drive reports none
	WWN      string `json:"wwn"`    // "naa.…", "eui.…", "uuid.…", "nvme.…", "t10.…", "cid.…" (an MMC or SD card's whole CID); "" where there is none
	Firmware string `json:"firmware"`
}

// SerialSource is where the serial number comes from: behind a USB bridge it may be the bridge's, not the disk's.
type SerialSource string

const (
	SerialNone   SerialSource = ""
	SerialATA    SerialSource = "ata-identify" // ACS-4 7.13.6, words 10-19
	SerialSCSI   SerialSource = "scsi-vpd80"   // SPC-5 7.7.19, Unit Serial Number page
	SerialNVMe   SerialSource = "nvme-identify"
	SerialMMC    SerialSource = "mmc-cid"
	SerialVirtio SerialSource = "virtio"
	SerialBridge SerialSource = "usb-bridge" // the USB device descriptor
)

// Bus is how the disk is attached to this machine.
type Bus string

const (
	SATA       Bus = "sata"
	PATA       Bus = "pata"
	SAS        Bus = "sas"
	SCSI       Bus = "scsi"
	USB        Bus = "usb"
	NVMe       Bus = "nvme"
	MMC        Bus = "mmc" // soldered eMMC
	SD         Bus = "sd"
	UFS        Bus = "ufs"
	Virtio     Bus = "virtio"
	FC         Bus = "fc"
	ISCSI      Bus = "iscsi"
	Loop       Bus = "loop"
	File       Bus = "file" // an image file, no block device at all
	BusUnknown Bus = "unknown"
)

// Protocol is the command set the drive itself speaks: a SATA disk behind a SAS adapter has bus "sas" and protocol "ata".
type Protocol string

const (
	ProtocolATA  Protocol = "ata"
	ProtocolSCSI Protocol = "scsi"
	ProtocolNVMe Protocol = "nvme"
	ProtocolMMC  Protocol = "mmc"
	ProtocolNone Protocol = "none" // virtio, loop, file: they take no drive commands
)

// Medium is what stores the data. Unknown takes the stricter rule of magnetic and flash.
type Medium string

const (
	Magnetic      Medium = "magnetic"
	Flash         Medium = "flash"
	MediumUnknown Medium = "unknown"
	Image         Medium = "image" // a loop device or image file: the medium below is not known
)

// Queue holds the limits that the block layer reports for the device; 0 where it reports none.
type Queue struct {
	MaxBytes     int    `json:"max_bytes"`            // largest request the kernel sends to the device in one piece
	OptimalBytes int    `json:"optimal_bytes"`        // request size the device prefers
	Depth        int    `json:"depth"`                // requests the device takes at a time
	Zoned        string `json:"zoned"`                // "none", "drive-managed", "host-aware", "host-managed"
	Zones        int    `json:"zones,omitempty"`      // of a disk with host-managed zones
	OpenZones    int    `json:"open_zones,omitempty"` // of these, how many take writes at a time; 0: any number
	WriteCache   string `json:"write_cache"`          // "write back", "write through"
}
