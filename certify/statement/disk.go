package statement

// Disk is what was erased: identity first, then how it was attached. What the drive does not report is absent.
type Disk struct {
	Maker        string      `canon:"maker,optional"` // only if the drive or its WWN says so
	Vendor       string      `canon:"vendor,optional"`
	Model        string      `canon:"model,optional"`
	Serial       string      `canon:"serial,optional"`
	SerialSource string      `canon:"serial_source,optional" words:"ata-identify scsi-vpd80 nvme-identify mmc-cid virtio usb-bridge"` // there with `serial`; of `usb-bridge` it may be the bridge's
	Confirmed    bool        `canon:"serial_confirmed"`                                                                               // the drive repeated it through the descriptor that was written to
	Shared       bool        `canon:"serial_shared,optional"`                                                                         // other disks report the same
	WWN          string      `canon:"wwn,optional"`
	Firmware     string      `canon:"firmware,optional"`
	Bus          string      `canon:"bus"`               // to this machine
	Protocol     string      `canon:"protocol,optional"` // command set of the drive
	Driver       string      `canon:"driver,optional"`   // of the kernel
	Bridge       *Bridge     `canon:"bridge,optional"`   // the USB device in between, whose serial is not the disk's
	MediumType   string      `canon:"medium_type" words:"magnetic flash unknown image"`
	Rotational   bool        `canon:"rotational"`                        // by the kernel
	Removable    bool        `canon:"removable"`                         // by the kernel
	Size         int64       `canon:"size_bytes"`                        // addressable capacity
	Namespaces   []Namespace `canon:"namespaces,optional" count:"2..64"` // of an NVMe drive whose bytes are one behind the other here, in this order; everything else describes the first
	Logical      int64       `canon:"logical_block_bytes"`
	Physical     int64       `canon:"physical_block_bytes"`
	Zones        *Zones      `canon:"zones,optional"`           // only of a disk with host-managed zones
	Alignment    *int64      `canon:"alignment_bytes,optional"` // offset of the first logical block in its physical block
	Hidden       string      `canon:"hidden_areas" words:"examined not-examined not-applicable"`
	Direct       string      `canon:"direct_io" words:"yes no unknown"` // reads and writes bypassed the page cache
	Dropped      *int64      `canon:"dropped_openers,optional"`         // processes that had the disk open and were made to let go
	Node         Node        `canon:"node"`
}

// Zones is how a disk with host-managed zones is divided. Each zone was reset and written in its order; a conventional one in any order.
type Zones struct {
	Count        int64 `canon:"count" range:"1.."`
	Bytes        int64 `canon:"zone_bytes" range:"1.."` // of a zone; the last may be shorter
	Conventional int64 `canon:"conventional"`           // of the count
	Gaps         []Gap `canon:"gaps" count:"..16"`      // in order; what no zone stores, so that it is neither written nor read back
	GapBytes     int64 `canon:"gap_bytes"`              // in all
}

// Gap is a run of bytes that is there so many times, each so many bytes after the one before.
type Gap struct {
	Offset int64 `canon:"offset"`
	Length int64 `canon:"length" range:"1.."`
	Every  int64 `canon:"every" range:"1.."`
	Times  int64 `canon:"times" range:"1.."`
}

// Stored is how many bytes the disk stores: its size, without the gaps of its zones.
func (d *Disk) Stored() int64 {
	if d.Zones == nil {
		return d.Size
	}
	return d.Size - d.Zones.GapBytes
}

// Bridge is the USB device between machine and disk.
type Bridge struct {
	VendorID     string `canon:"vendor_id" max:"4"`
	ProductID    string `canon:"product_id" max:"4"`
	Manufacturer string `canon:"manufacturer,optional"`
	Product      string `canon:"product,optional"`
	Serial       string `canon:"serial,optional"`

	Firmware string       `canon:"firmware,optional" max:"4"` // its release number (bcdDevice)
	Trial    *BridgeTrial `canon:"trial,optional"`            // what the settings of the station listed of the bridge, which the job did not measure; the disk was asked nothing that is not listed
}

// BridgeTrial is copied from the settings of the station: the day on which such a bridge, with that firmware, is listed as tested, and what it is listed
// to carry. The job did not measure it; count and address of commands were tried again before the drive erased itself.
type BridgeTrial struct {
	Tested  Day      `canon:"tested"`                                                                         // as listed
	Carries []string `canon:"carries" count:"1..7" words:"identify sense logs smart statistics echo address"` // as listed
}

// Namespace is one of several of an NVMe drive that were erased together.
type Namespace struct {
	ID   int64  `canon:"id" range:"1.."` // the drive's number of it
	Name string `canon:"name"`           // of the kernel, at that time
	Size int64  `canon:"size_bytes" range:"1.."`
	WWN  string `canon:"wwn,optional"`
}

// Node is where the disk was found. It distinguishes two disks of the same job; it does not identify a disk.
type Node struct {
	Name  string `canon:"name"`
	Major int64  `canon:"major"`
	Minor int64  `canon:"minor"`
	Seq   int64  `canon:"diskseq,optional"`
}

// Plan is what a job was to do. It was made before the first byte was written.
type Plan struct {
	Scheme   string `canon:"scheme"`
	SHA256   Hash   `canon:"scheme_sha256"` // of its table, which has the passes
	Level    string `canon:"level" words:"clear purge"`
	Verify   string `canon:"verify" words:"full sample none"`
	Method   string `canon:"method,optional"`  // firmware erase before the passes
	Standard string `canon:"standard"`         // in whose words the level is meant
	Caution  string `canon:"caution,optional"` // what the operator was warned of
}

// Health is what a drive reported of itself. A value that it does not report is absent.
type Health struct {
	Verdict     string   `canon:"verdict" words:"good worn failing unknown"`
	Reasons     []string `canon:"reasons" count:"..32" max:"64"` // codes
	Hours       *int64   `canon:"power_on_hours,optional"`
	Reallocated *int64   `canon:"reallocated,optional"` // blocks
	Pending     *int64   `canon:"pending,optional"`     // blocks
	MediaErrors *int64   `canon:"media_errors,optional"`
	Used        *int64   `canon:"percentage_used,optional"`
	Celsius     *int64   `canon:"celsius,optional" range:"-273..1000"`
	Source      string   `canon:"source" words:"smart nvme-02h scsi-pages ext-csd none"`
	Raw         Hash     `canon:"raw_sha256,optional"` // of the file with the drive's answer
}
