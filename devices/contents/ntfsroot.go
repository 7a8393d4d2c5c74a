package contents

import "encoding/binary"

// Types of attributes of an NTFS file record (Linux, fs/ntfs3/ntfs.h), and the records that are always at the start of
// the master file table.
const (
	ntfsList       = 0x20
	ntfsVolumeName = 0x60
	ntfsIndexRoot  = 0x90
	ntfsIndex      = 0xa0
	ntfsBitmap     = 0xb0

	ntfsVolume     = 3
	ntfsRoot       = 5
	ntfsFirstOwned = 16 // lower records are the file system's own
)

type ntfsReader struct {
	d       disk
	cluster int64
	table   int64 // bytes from the start
	record  int64 // bytes
}

// ntfsRoot lists the root directory of NTFS, and its label. Windows hides some of these names.
func (d disk) ntfsRoot(n *names) error {
	b := d.at(0, 512)
	if b == nil {
		return errDamaged
	}
	sector := int64(le16(b[11:]))
	power := func(c byte) int64 { // clusters of a record; negative: the record has 2^-c bytes
		if int8(c) < 0 {
			return 1 << min(-int(int8(c)), 20)
		}
		return int64(c)
	}
	x := ntfsReader{d: d, cluster: sector * int64(b[13])}
	if b[13] > 128 { // as for records, but in sectors
		x.cluster = sector * power(b[13])
	}
	if x.record = power(b[64]); int8(b[64]) > 0 {
		x.record *= x.cluster
	}
	if sector < 256 || sector > 4096 || x.cluster < 512 || x.cluster > 2<<20 || x.record < 512 || x.record > 64<<10 ||
		le64(b[48:]) > uint64(d.size/x.cluster) {
		return errDamaged
	}
	x.table = int64(le64(b[48:])) * x.cluster

	x.attributes(ntfsVolume, func(kind uint32, a []byte) {
		if kind == ntfsVolumeName {
			n.label = wide(resident(a), binary.LittleEndian, maxText)
		}
	})
	return x.root(n)
}

func (x ntfsReader) root(n *names) error {
	var index, bitmap []byte
	var block int64
	ok := x.attributes(ntfsRoot, func(kind uint32, a []byte) {
		switch kind {
		case ntfsList: // a part of the directory is in other records
			n.cut = true
		case ntfsIndexRoot:
			if v := resident(a); len(v) >= 32 {
				block = int64(le32(v[8:]))
				ntfsNames(v[16:], n)
			}
		case ntfsIndex:
			index = a
		case ntfsBitmap:
			bitmap = resident(a)
		}
	})
	if !ok {
		return errDamaged
	}
	if index == nil {
		return nil
	}
	if block < 512 || block > 64<<10 {
		return errDamaged
	}
	b := x.runs(index)
	for i := 0; int64(len(b)) >= block; i, b = i+1, b[block:] {
		if bitmap != nil && (i/8 >= len(bitmap) || bitmap[i/8]>>(i%8)&1 == 0) {
			continue // not in use; its names were deleted
		}
		p := b[:block]
		if string(p[:4]) != "INDX" || !fixup(p) {
			return errDamaged
		}
		ntfsNames(p[24:], n)
	}
	return nil
}

// attributes calls each for the attributes of a record; false if there is no such record.
func (x ntfsReader) attributes(record int64, each func(kind uint32, a []byte)) bool {
	b := x.d.at(x.table+record*x.record, int(x.record))
	if b == nil || string(b[:4]) != "FILE" || !fixup(b) {
		return false
	}
	for a := b[min(int(le16(b[20:])), len(b)):]; len(a) >= 24 && le32(a) != 0xffffffff; {
		size := le32(a[4:])
		if size < 24 || int64(size) > int64(len(a)) {
			return false
		}
		each(le32(a), a[:size])
		a = a[size:]
	}
	return true
}

// fixup restores the last two bytes of each 512, which are replaced on the disk to detect torn writes; false if one is torn.
func fixup(b []byte) bool {
	at, count := int(le16(b[4:])), int(le16(b[6:]))
	if count == 0 || at+2*count > len(b) || (count-1)*512 > len(b) {
		return false
	}
	for i := 1; i < count; i++ {
		end := b[i*512-2:][:2]
		if le16(end) != le16(b[at:]) {
			return false
		}
		copy(end, b[at+2*i:])
	}
	return true
}

// resident is the value of an attribute that is inside its record; nil if it is not.
func resident(a []byte) []byte {
	size, at := int64(le32(a[16:])), int64(le16(a[20:]))
	if a[8] != 0 || at+size > int64(len(a)) {
		return nil
	}
	return a[at : at+size]
}

// runs reads the value of an attribute that is outside its record, up to the largest directory.
func (x ntfsReader) runs(a []byte) (b []byte) {
	if a[8] == 0 || len(a) < 64 || int(le16(a[32:])) > len(a) {
		return nil
	}
	at := int64(0)
	for r := a[le16(a[32:]):]; len(r) > 0 && r[0] != 0; {
		countSize, startSize := int(r[0]&15), int(r[0]>>4)
		if countSize > 8 || startSize > 8 || 1+countSize+startSize > len(r) {
			return b
		}
		count := signed(r[1 : 1+countSize])
		at += signed(r[1+countSize:][:startSize])
		for i := int64(0); i < count; i++ {
			if len(b) >= maxDirectory || at < 0 || at > x.d.size/x.cluster {
				return b
			}
			part := x.d.at((at+i)*x.cluster, int(x.cluster))
			if part == nil {
				return b
			}
			b = append(b, part...)
		}
		r = r[1+countSize+startSize:]
	}
	return b
}

// signed reads a little-endian number of up to 8 bytes.
func signed(b []byte) (n int64) {
	for i, c := range b {
		n |= int64(c) << (8 * i)
	}
	if len(b) > 0 && len(b) < 8 && b[len(b)-1] >= 0x80 {
		n -= 1 << (8 * len(b))
	}
	return n
}

// ntfsNames reads the entries behind a node header.
func ntfsNames(node []byte, n *names) {
	if len(node) < 16 {
		return
	}
	const (
		last      = 2
		dos       = 2 // namespace of a short name that has a long one too
		directory = 0x10000000
	)
	end := min(int64(le32(node[4:])), int64(len(node)))
	for at := int64(le32(node)); at+16 <= end; {
		e := node[at:end]
		size := int64(le16(e[8:]))
		if size < 16 || size > int64(len(e)) || le16(e[12:])&last != 0 {
			return
		}
		if key := e[16:size]; len(key) >= 66 && le64(e)&0xffffffffffff >= ntfsFirstOwned && key[65] != dos && 66+2*int(key[64]) <= len(key) {
			n.add(wide(key[66:66+2*int(key[64])], binary.LittleEndian, maxText), le32(key[56:])&directory != 0)
		}
		at += size
	}
}
