package contents

// extRoot lists the root directory of ext2, ext3 and ext4 (Documentation/filesystems/ext4: super, group_descr, inodes,
// ifork, directory). The journal is not replayed: the names are those of the last checkpoint.
func (d disk) extRoot(n *names) error {
	const (
		incompatType = 0x2 // s_feature_incompat: directory entries have the kind of file
		incompat64   = 0x80
		flagExtents  = 0x80000
		flagInline   = 0x10000000
		rootInode    = 2
	)
	s := d.at(1024, 1024)
	if s == nil || le32(s[0x18:]) > 6 {
		return errDamaged
	}
	x := extReader{d: d, block: 1024 << le32(s[0x18:]), left: maxDirectory}
	incompat := le32(s[0x60:])
	inode := int64(128)
	if le32(s[0x4c:]) > 0 { // s_rev_level
		inode = int64(le16(s[0x58:]))
	}
	group := d.at((int64(le32(s[0x14:]))+1)*x.block, 64) // of the first group
	if group == nil {
		return errDamaged
	}
	table := int64(le32(group[8:]))
	if incompat&incompat64 != 0 {
		table |= int64(le32(group[0x28:])) << 32
	}
	if table <= 0 || table > d.size/x.block {
		return errDamaged
	}
	root := d.at(table*x.block+(rootInode-1)*inode, 128)
	if root == nil || le16(root)&0xf000 != 0x4000 {
		return errDamaged
	}
	fork := root[0x28 : 0x28+60]
	x.each = func(b []byte) { extNames(b, incompat&incompatType != 0, n) }
	switch flags := le32(root[0x20:]); {
	case flags&flagInline != 0:
		x.each(fork[4:]) // after the inode of the parent
	case flags&flagExtents != 0:
		x.extents(fork, 5)
	default:
		for i := range 12 {
			x.data(int64(le32(fork[4*i:])))
		}
		for i := range 3 {
			x.indirect(int64(le32(fork[4*(12+i):])), i)
		}
	}
	n.cut = n.cut || x.left <= 0
	if x.damaged {
		return errDamaged
	}
	return nil
}

// extReader passes the blocks of one directory to each, until it has read enough. Blocks of pointers count too, so that a tree of
// pointers that leads back into itself ends.
type extReader struct {
	d       disk
	block   int64
	left    int64 // bytes
	each    func([]byte)
	damaged bool
}

func (x *extReader) read(at int64) []byte {
	if x.left <= 0 {
		return nil
	}
	x.left -= x.block
	if at > x.d.size/x.block {
		x.damaged = true
		return nil
	}
	b := x.d.at(at*x.block, int(x.block))
	x.damaged = x.damaged || b == nil
	return b
}

func (x *extReader) data(at int64) {
	if at == 0 { // a hole
		return
	}
	if b := x.read(at); b != nil {
		x.each(b)
	}
}

func (x *extReader) indirect(at int64, depth int) {
	if at == 0 {
		return
	}
	for b := x.read(at); len(b) >= 4 && x.left > 0; b = b[4:] {
		if child := int64(le32(b)); depth == 0 {
			x.data(child)
		} else {
			x.indirect(child, depth-1)
		}
	}
}

func (x *extReader) extents(node []byte, depth int) {
	if len(node) < 12 || le16(node) != 0xf30a || depth < 0 {
		x.damaged = true
		return
	}
	count, leaf := int(le16(node[2:])), le16(node[6:]) == 0
	for e := node[12:]; count > 0 && len(e) >= 12 && x.left > 0; count, e = count-1, e[12:] {
		if !leaf {
			if b := x.read(int64(le32(e[4:])) | int64(le16(e[8:]))<<32); b != nil {
				x.extents(b, depth-1)
			}
			continue
		}
		start := int64(le32(e[8:])) | int64(le16(e[6:]))<<32
		for i := range int64(le16(e[4:])) {
			if i > 32768 || x.left <= 0 { // more than 32768 means not written yet
				break
			}
			x.data(start + i)
		}
	}
}

// extNames reads one block of linear entries. The blocks of a hash tree's index look like one unused entry.
func extNames(b []byte, typed bool, n *names) {
	for len(b) >= 8 {
		length, size := int(le16(b[4:])), int(b[6])
		if length < 8 || length > len(b) || 8+size > length {
			return
		}
		if le32(b) != 0 && !(typed && b[7] == 0xde) { // 0xde: a checksum
			n.add(string(b[8:8+size]), typed && b[7] == 2)
		}
		b = b[length:]
	}
}
