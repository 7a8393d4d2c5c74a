package wipe

import (
	"fmt"

	"rasure/devices"
)

// What we chose.
const (
	minBlock = 128 << 10
	maxBlock = 4 << 20
	memory   = 16 << 20 // of buffers for one disk
	page     = 4096

	adapterTransfers = 64 // under way at a time on one host adapter; each has a queue, and what waits in it delays a neighbour
	usbTransfers     = 16 // on one USB bus, which all its hubs and disks share

	scratch = 256 << 10 // a worker makes the bytes to compare with in pieces of this size, so that they stay in its cache
)

// blockFor is how much one transfer carries, in bytes: a multiple of the logical block, and of what the device prefers if that is
// sane. Some USB bridges claim to prefer 33,553,920 bytes; such a preference is not followed.
func blockFor(d devices.Disk) int {
	want := 1 << 20
	if d.Bus == devices.MMC || d.Bus == devices.SD {
		want = maxBlock // the erase group of most cards
	}
	if d.Queue.MaxBytes > want {
		want = min(d.Queue.MaxBytes, maxBlock)
	}
	unit := d.LogicalBlock
	for _, u := range []int{d.PhysicalBlock, d.Queue.OptimalBytes} {
		if u > 0 {
			if m := lcm(unit, u); m <= want {
				unit = m
			}
		}
	}
	return max(want, minBlock) / unit * unit
}

// workersFor is how many transfers are under way at a time, to begin with and at most; see climb for what lies between. A magnetic
// disk or a stick needs the next one waiting, no more; NVMe needs many. Threads in pwrite are as good as io_uring at this size
// of transfer. Disks that share their way into the machine share the number that is of use there.
func workersFor(d devices.Disk, block, sharing int) (n, most int) {
	n, most = 4, memory/(block+scratch)
	switch {
	case d.Bus == devices.NVMe:
		n = 16
	case d.Bus == devices.USB && d.Queue.Depth <= 1, d.Bus == devices.MMC, d.Bus == devices.SD:
		n, most = 2, 2 // such a bus carries one command at a time
	case d.Medium == devices.Flash, d.Bus == devices.USB:
		n = 8
	}
	if d.Queue.Depth > 0 {
		most = min(most, d.Queue.Depth+1)
	}
	if sharing > 1 {
		way := adapterTransfers
		if d.Bus == devices.USB {
			way = usbTransfers
		}
		most = min(most, max(2, way/sharing)) // with two, none waits for this machine
	}
	most = max(1, most)
	return min(n, most), most
}

// checkSizes refuses what transfers cannot be made of.
func checkSizes(size int64, logical, block int) error {
	switch {
	case logical < 512 || logical > scratch || logical&(logical-1) != 0:
		return fmt.Errorf("logical blocks of %d bytes are not supported", logical)
	case size <= 0 || size%int64(logical) != 0:
		return fmt.Errorf("%d bytes are no whole number of blocks of %d", size, logical)
	case block < 1 || block%logical != 0:
		return fmt.Errorf("transfers of %d bytes are no whole number of blocks of %d", block, logical)
	}
	return nil
}

func lcm(a, b int) int {
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	return a / x * b
}
