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
// A Port that reads and writes through the page cache all the same says so by a method Direct() bool that returns false.
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

// State is what tells an open disk from another that took its name or number.
type State struct {
	Number Number // st_rdev of the node; for an image file st_dev as one number and the low 32 bits of st_ino
	Seq    uint64 // BLKGETDISKSEQ; 0 where the kernel has none
	Size   int64  // bytes, BLKGETSIZE64; 0 after the disk has gone
}
