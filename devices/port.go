package devices

import (
	"io"

	"rasure/devices/mmc"
	"rasure/devices/nvme"
	"rasure/devices/scsi"
)

// Port is an open device node or image file: the seam to the kernel. [devicetest.TestPort] states what every one must do.
//
// Reads and writes carry their offset, bypass the page cache where the kernel allows it, and need buffers, offsets and
// lengths aligned to the logical block. A read or write is whole or it is an error.
//
// A Port whose reads and writes do not all go past the page cache, or may not, has a method DirectIO() [DirectIO]. A Port of a loop
// device has LoopStatus() ([LoopStatus], error), asked of the open descriptor.
type Port interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Sync() error           // fsync(2): flushes the device's cache too; every error counts
	DropCache() error      // forgets what the page cache holds of the device, so that reads reach the device
	State() (State, error) // asked of the open descriptor, not of a name
	SCSI() scsi.Transport  // nil if the node takes no SG_IO
	NVMe() nvme.Transport  // nil if it is no NVMe namespace
	MMC() mmc.Transport    // nil if it is no eMMC, no area of one, and no SD card
}

// State identifies an open disk: another one may have taken its name or number.
type State struct {
	Number Number // st_rdev of the node; for an image file st_dev as one number and the low 32 bits of st_ino
	Seq    uint64 // BLKGETDISKSEQ; 0 where the kernel has none
	Size   int64  // bytes, BLKGETSIZE64; 0 after the disk has gone
}

// DirectIO is whether reads and writes go past the page cache, so that what is read back comes from the device.
type DirectIO string

const (
	DirectYes     DirectIO = "direct"
	DirectNo      DirectIO = "buffered"
	DirectUnknown DirectIO = "unknown" // O_DIRECT was accepted, and whether it holds is not known
)
