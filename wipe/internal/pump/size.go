package pump

import (
	"rasure/cmd/message"
	"rasure/devices"
)

const (
	minBlock = 128 << 10
	maxBlock = 4 << 20
	memory   = 16 << 20 // of buffers, for one disk
	page     = 4096

	adapterTransfers = 64 // concurrent transfers on one host adapter; requests that wait in its queue delay other disks
	usbTransfers     = 16 // on one USB bus, which all its hubs and disks share

	scratch = 256 << 10 // a worker makes the bytes to compare with in chunks of this size, so that they stay in its cache
)

// blockFor returns the bytes of one transfer: a multiple of the logical block, and of what the device prefers if that is
// sane. Some USB bridges report a preference of 33,553,920 bytes, which is ignored.
func blockFor(d devices.Disk) int {
	want := 1 << 20
	if d.Bus == devices.MMC || d.Bus == devices.SD {
		want = maxBlock // the erase group of most cards
	}
	if d.Queue.MaxBytes > want {
		want = min(d.Queue.MaxBytes, maxBlock)
	}
	if d.Queue.Zoned == devices.HostManaged && d.Queue.MaxBytes > 0 {
		want = min(want, d.Queue.MaxBytes) // one request: the pieces of a larger one could arrive in another order
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

// workersFor returns the number of concurrent transfers at first and at most; tuner moves between them. A magnetic
// disk or a stick needs one more that waits; NVMe needs many. Threads in pwrite are as good as io_uring at this size
// of transfer. Disks that share a link share the number that is useful on it.
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
		limit := adapterTransfers
		if d.Bus == devices.USB {
			limit = usbTransfers
		}
		most = min(most, max(2, limit/sharing)) // with two, one is always queued
	}
	most = max(1, most)
	return min(n, most), most
}

// zonesFor returns how many zones are written at a time at first, and at most. A magnetic disk seeks between two zones: whether more than one pays,
// the tuner finds out.
func zonesFor(d devices.Disk, n, most int) (int, int) {
	if d.Medium == devices.Magnetic {
		n = 1
	}
	if d.Queue.OpenZones > 0 {
		most = min(most, d.Queue.OpenZones)
	}
	return min(n, most), most
}

// checkSizes refuses sizes that transfers cannot have.
func checkSizes(size int64, logical, block int) error {
	switch {
	case logical < 512 || logical > scratch || logical&(logical-1) != 0:
		return message.Errorf("logical blocks of %d bytes are not supported", logical)
	case size <= 0 || size%int64(logical) != 0:
		return message.Errorf("the size of %d bytes is not a multiple of the logical block, %d bytes", size, logical)
	case block < 1 || block%logical != 0:
		return message.Errorf("the transfer size of %d bytes is not a multiple of the logical block, %d bytes", block, logical)
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
