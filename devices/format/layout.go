package format

import "rasure/cmd/message"

// Fixed by the specifications.
const (
	minClusters  = 65525 + 16     // fatgen, "FAT Type Determination": fewer are FAT16; stay 16 away from the limit
	maxClusters  = 0x0ffffff7 - 2 // fatgen: 0x0FFFFFF7 marks a bad cluster, and the first has number 2
	maxSectors   = 1<<32 - 1      // BPB_TotSec32
	entriesBytes = 128 * 128      // UEFI 2.10, 5.3.1: at least 16,384 bytes of GPT entries
	bootSectors  = 3              // boot sector, FSInfo, third sector
	backupBoot   = 6              // fatgen, BPB_BkBootSec: "No value other than 6 is recommended"
	minReserved  = 32             // fatgen, BPB_RsvdSecCnt
	rootCluster  = 2
)

// alignment of the partition and of its data area in bytes, as in partitioning tools and Windows.
const alignment = 1 << 20

// layout has the places of everything. All except block is counted in logical blocks.
type layout struct {
	block      int64 // bytes
	blocks     int64 // of the disk
	start      int64 // of the partition
	sectors    int64 // of the partition
	reserved   int64 // sectors before the first FAT
	perFAT     int64 // sectors
	perCluster int64 // sectors
	clusters   int64

	ex *exfat // nil: the file system is FAT32
}

func plan(fs FileSystem, size int64, block int) (layout, error) {
	if block != 512 && block != 4096 {
		return layout{}, message.Errorf("%w: its blocks have %d bytes, not 512 or 4096", ErrUnfit, block)
	}
	b := int64(block)
	align := alignment / b
	l := layout{block: b, blocks: size / b, start: align}
	usable := l.blocks - entriesBytes/b - 1 // up to the backup GPT
	l.sectors = usable/align*align - l.start
	switch fs {
	case ExFAT:
		return l, planEx(&l)
	case FAT, "":
	default:
		return layout{}, message.Errorf("unknown file system %q: want fat32 or exfat", string(fs))
	}
	if l.sectors > maxSectors {
		return layout{}, message.Errorf("%w: %d bytes are too many, the limit is 2 TiB in blocks of 512 bytes and 8 TiB in blocks of 4096",
			ErrUnfit, size)
	}
	for c := max(clusterBytes(l.sectors*b), b); ; c /= 2 {
		l.divide(c / b)
		switch {
		case l.clusters > maxClusters:
			return layout{}, message.Errorf("%w: %d bytes are too many, the limit is 8 TiB", ErrUnfit, size)
		case l.clusters >= minClusters:
			return l, nil
		case c <= b:
			return layout{}, message.Errorf("%w: %d bytes are too few, FAT32 needs about %d MiB in blocks of %d bytes",
				ErrUnfit, size, minClusters*b>>20+4, block)
		}
	}
}

// clusterBytes is the cluster size that Windows chooses for a volume of so many bytes (fatgen, DSKSZTOSECPERCLUS).
func clusterBytes(volume int64) int64 {
	switch {
	case volume <= 260<<20:
		return 512
	case volume <= 8<<30:
		return 4 << 10
	case volume <= 16<<30:
		return 8 << 10
	case volume <= 32<<30:
		return 16 << 10
	}
	return 32 << 10 // fatgen allows no more
}

// divide sets the size of the FATs for clusters of perCluster sectors. A first guess that is too large sets the start of the data; the
// sectors that the FATs then do not need become reserved.
func (l *layout) divide(perCluster int64) {
	l.perCluster = perCluster
	guess := l.fatSectors((l.sectors - minReserved) / perCluster)
	data := roundUp(minReserved+2*guess, alignment/l.block)
	l.clusters = (l.sectors - data) / perCluster
	l.perFAT = l.fatSectors(l.clusters)
	l.reserved = data - 2*l.perFAT
}

// fatSectors counts the sectors of a FAT: 4 bytes for every cluster, and for two that do not exist.
func (l *layout) fatSectors(clusters int64) int64 { return ((clusters+2)*4 + l.block - 1) / l.block }

// data is the first block of the data area, on the disk.
func (l *layout) data() int64 { return l.start + l.reserved + 2*l.perFAT }

func roundUp(n, to int64) int64 { return (n + to - 1) / to * to }
