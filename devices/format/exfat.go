package format

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode/utf16"

	"rasure/cmd/message"
)

// exFAT is Microsoft's "exFAT file system specification", revision 1.00 of 2019; numbers in comments are its sections.

// Fixed by the specification.
const (
	exBootSectors = 12         // 3: a boot region; a copy follows
	exMinFAT      = 24         // 3.1.5: FatOffset, behind both regions
	exMaxClusters = 1<<32 - 11 // 3.1.9
	exMinVolume   = 1 << 20    // 3.1.4, bytes
	exEnd         = 0xffffffff // 4.1.4: the last cluster of a chain
	exFirst       = 2          // the first cluster
)

// exfat has the places in an exFAT volume. All except shift is counted in sectors from its start, or in clusters.
type exfat struct {
	fat, perFAT, heap int64 // sectors
	perCluster        int64 // sectors
	clusters          int64
	bitmap, upcase    int64 // clusters that the allocation bitmap and the up-case table take; the root directory takes one
}

// planEx places an exFAT volume on the partition of l.
func planEx(l *layout) error {
	volume := l.sectors * l.block
	if l.sectors <= 0 || volume < exMinVolume {
		return message.Errorf("%w: %d bytes are too few, exFAT needs a little more than 2 MiB", ErrUnfit, l.blocks*l.block)
	}
	e := &exfat{fat: exMinFAT, perCluster: max(exClusterBytes(volume)/l.block, 1)}
	align := e.perCluster // of the heap
	if volume >= 64<<20 {
		align = alignment / l.block // spares flash
	}
	guess := (l.sectors - e.fat) / e.perCluster
	e.heap = roundUp(l.start+e.fat+l.fatSectors(guess), align) - l.start
	if e.clusters = (l.sectors - e.heap) / e.perCluster; e.clusters > exMaxClusters {
		return message.Errorf("%w: %d bytes are too many", ErrUnfit, l.blocks*l.block)
	}
	e.perFAT = l.fatSectors(e.clusters)
	cluster := e.perCluster * l.block
	e.bitmap = (e.bitmapBytes() + cluster - 1) / cluster
	e.upcase = (int64(len(upcaseTable())) + cluster - 1) / cluster
	l.ex = e
	return nil
}

// exClusterBytes is the cluster size that Windows chooses for a volume of so many bytes, and a larger one where that makes too many.
func exClusterBytes(volume int64) int64 {
	switch {
	case volume <= 256<<20:
		return 4 << 10
	case volume <= 32<<30:
		return 32 << 10
	}
	size := int64(128 << 10)
	for volume/size > 1<<31 && size < 32<<20 { // 3.1.15: no more than 32 MiB
		size *= 2
	}
	return size
}

func (e *exfat) bitmapBytes() int64 { return (e.clusters + 7) / 8 }

// cluster is the first sector of a cluster on the disk.
func (l *layout) cluster(n int64) int64 { return l.start + l.ex.heap + (n-exFirst)*l.ex.perCluster }

// exFileSystem returns what an exFAT volume consists of.
func (l *layout) exFileSystem(n names) []piece {
	e := l.ex
	used := e.bitmap + e.upcase + 1
	region := l.exBoot(n)
	bitmap := make([]byte, (used+7)/8)
	for i := range used {
		bitmap[i/8] |= 1 << (i % 8)
	}
	le := binary.LittleEndian
	fat := make([]byte, 4*(exFirst+used))
	le.PutUint32(fat, 0xfffffff8)
	le.PutUint32(fat[4:], exEnd)
	at := int64(exFirst)
	for _, n := range []int64{e.bitmap, e.upcase, 1} {
		for i := range n {
			next := uint32(at + i + 1)
			if i == n-1 {
				next = exEnd
			}
			le.PutUint32(fat[4*(at+i):], next)
		}
		at += n
	}
	return []piece{
		l.piece(message.Of("boot sectors"), l.start, append(region, region...), exMinFAT),
		l.piece(message.Of("FAT"), l.start+e.fat, fat, e.perFAT),
		l.piece(message.Of("allocation bitmap"), l.cluster(exFirst), bitmap, e.bitmap*e.perCluster),
		l.piece(message.Of("up-case table"), l.cluster(exFirst+e.bitmap), upcaseTable(), e.upcase*e.perCluster),
		l.piece(message.Of("root directory"), l.cluster(exFirst+e.bitmap+e.upcase), l.exRoot(n), e.perCluster),
	}
}

// exBoot is a boot region: boot sector, eight extended boot sectors, OEM parameters, a reserved sector, and the checksum of these (3).
func (l *layout) exBoot(n names) []byte {
	e, le := l.ex, binary.LittleEndian
	b := make([]byte, exBootSectors*l.block)
	copy(b, "\xeb\x76\x90EXFAT   ")
	le.PutUint64(b[64:], uint64(l.start))                   // PartitionOffset
	le.PutUint64(b[72:], uint64(l.sectors))                 // VolumeLength
	le.PutUint32(b[80:], uint32(e.fat))                     // FatOffset
	le.PutUint32(b[84:], uint32(e.perFAT))                  // FatLength
	le.PutUint32(b[88:], uint32(e.heap))                    // ClusterHeapOffset
	le.PutUint32(b[92:], uint32(e.clusters))                // ClusterCount
	le.PutUint32(b[96:], uint32(exFirst+e.bitmap+e.upcase)) // FirstClusterOfRootDirectory
	le.PutUint32(b[100:], n.volume)                         // VolumeSerialNumber
	le.PutUint16(b[104:], 0x0100)                           // FileSystemRevision
	b[108] = byte(bits.TrailingZeros64(uint64(l.block)))    // BytesPerSectorShift
	b[109] = byte(bits.TrailingZeros64(uint64(e.perCluster)))
	b[110], b[111], b[112] = 1, 0x80, 0xff        // one FAT; DriveSelect; PercentInUse is not given
	copy(b[120:510], strings.Repeat("\xf4", 390)) // BootCode: hlt
	copy(b[510:], "\x55\xaa")
	for i := int64(1); i <= 8; i++ {
		le.PutUint32(b[(i+1)*l.block-4:], 0xaa550000) // 3.2: ExtendedBootSignature
	}
	sum := exSum(b[:11*l.block], true)
	for at := 11 * l.block; at < 12*l.block; at += 4 {
		le.PutUint32(b[at:], sum)
	}
	return b
}

// exSum is the checksum of a boot region (3.4, figure 1), without the fields that change in use, or of an up-case table (7.2.2, figure 3).
func exSum(b []byte, boot bool) (sum uint32) {
	for i, c := range b {
		if !boot || i != 106 && i != 107 && i != 112 {
			sum = bits.RotateLeft32(sum, -1) + uint32(c)
		}
	}
	return sum
}

// exRoot is the root directory of an empty volume: bitmap, up-case table and label (7.1 to 7.3).
func (l *layout) exRoot(n names) []byte {
	e, le := l.ex, binary.LittleEndian
	b := make([]byte, 3*32)
	label := utf16.Encode([]rune(n.label))
	if b[0] = 0x83; len(label) == 0 {
		b[0] = 0x03 // not in use
	}
	b[1] = byte(len(label))
	for i, u := range label {
		le.PutUint16(b[2+2*i:], u)
	}
	entry := b[32:]
	entry[0] = 0x81
	le.PutUint32(entry[20:], exFirst)
	le.PutUint64(entry[24:], uint64(e.bitmapBytes()))
	entry, table := b[64:], upcaseTable()
	entry[0] = 0x82
	le.PutUint32(entry[4:], exSum(table, false))
	le.PutUint32(entry[20:], uint32(exFirst+e.bitmap))
	le.PutUint64(entry[24:], uint64(len(table)))
	return b
}

// upcaseTable maps each 16-bit character to its capital (7.2). It is ours, and never changes, so that a preparation can be checked years later: ASCII,
// Latin-1, Greek, Cyrillic and the full-width letters of East Asia have capitals; Chinese characters have none.
func upcaseTable() []byte {
	var b []byte
	add := func(c uint16) { b = binary.LittleEndian.AppendUint16(b, c) }
	same := func(from, to int) { add(0xffff); add(uint16(to - from)) } // characters that are their own capitals
	const last = 0x460
	for c := range last {
		add(uint16(capital(c)))
	}
	same(last, 0xff41)
	for c := 0xff41; c <= 0xff5a; c++ {
		add(uint16(c - 0x20))
	}
	same(0xff5b, 0x10000)
	return b
}

func capital(c int) int {
	switch {
	case c >= 'a' && c <= 'z', c >= 0xe0 && c <= 0xfe && c != 0xf7, c >= 0x3b1 && c <= 0x3c9 && c != 0x3c2, c >= 0x430 && c <= 0x44f:
		return c - 0x20
	case c >= 0x450 && c <= 0x45f:
		return c - 0x50
	case c == 0xff:
		return 0x178
	}
	return c
}

// checkExLabel refuses what cannot be the label of an exFAT volume.
func checkExLabel(s string) error {
	switch n := len(utf16.Encode([]rune(s))); {
	case n > 11:
		return message.Errorf("label %q: an exFAT label has at most 11 characters", s)
	case s != strings.TrimSpace(s):
		return message.Errorf("label %q: a label cannot begin or end with a space", s)
	}
	for _, r := range s {
		if r < 0x20 || r == 0x7f || r == '\ufffd' || strings.ContainsRune(`"*/:<>?\|`, r) {
			return message.Errorf("label %q: an exFAT label cannot have %q", s, r)
		}
	}
	return nil
}
