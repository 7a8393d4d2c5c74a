package contents

import (
	"crypto/md5"
	"encoding/binary"

	"rasure/cmd/message"
)

// hfs finds HFS, HFS+ and HFSX (Apple, Technical Note TN1150, and Inside Macintosh: Files, chapter 2), also an HFS+ inside of an HFS.
func (d disk) hfs() (v Volume, _ message.Text) {
	b := d.at(1024, 162)
	switch {
	case b == nil:
	case d.isHFSPlus(b):
		v = d.hfsPlus(0)
	case string(b[:2]) == "BD":
		unit := be32(b[20:]) // of allocation, bytes
		if unit == 0 || unit%512 != 0 {
			return v, message.Text{}
		}
		if kind := string(b[124:126]); kind == "H+" || kind == "HX" {
			return d.hfsPlus(int64(be16(b[28:]))*512 + int64(be16(b[126:]))*int64(unit)), message.Text{}
		}
		v = Volume{FileSystem: "hfs", Label: macRoman(b[37 : 37+min(int(b[36]), 27)]), UUID: appleUUID(b[116:124])}
	}
	return v, message.Text{}
}

func (d disk) isHFSPlus(b []byte) bool {
	return string(b[:4]) == "H+\x00\x04" || string(b[:4]) == "HX\x00\x05"
}

// hfsPlus describes the volume that begins at a place.
func (d disk) hfsPlus(base int64) (v Volume) {
	b := d.at(base+1024, 512)
	if b == nil || !d.isHFSPlus(b) {
		return v
	}
	v.FileSystem = "hfs+"
	if b[1] == 'X' {
		v.FileSystem = "hfsx"
	}
	v.UUID = appleUUID(b[104:112])
	block := int64(be32(b[40:]))
	if block < 512 || block > 1<<20 || block&(block-1) != 0 {
		return v
	}
	v.Label = d.catalogName(base, block, b[272+16:272+16+64])
	return v
}

// catalogName is the name of the volume: the key of the first record of the first leaf of the catalog, which is the thread of the root
// folder's parent, names it (TN1150: B-Trees, Catalog File).
func (d disk) catalogName(base, block int64, extents []byte) string {
	// at returns n bytes at an offset of the catalog; a node does not cross an extent here.
	at := func(off int64, n int) []byte {
		for e := extents; len(e) >= 8; e = e[8:] {
			length := int64(be32(e[4:])) * block
			if off < length {
				return d.at(base+int64(be32(e))*block+off, n)
			}
			off -= length
		}
		return nil
	}
	head := at(0, 14+20)
	if head == nil || head[8] != 1 { // kind of node: header
		return ""
	}
	leaf, size := int64(be32(head[14+10:])), int64(be16(head[14+18:]))
	node := at(leaf*size, 14+8+510)
	if leaf == 0 || node == nil || node[8] != 0xff { // kind of node: leaf, -1
		return ""
	}
	key := node[14:]
	const rootParent = 1
	n := int(be16(key[6:]))
	if be32(key[2:]) != rootParent || n > 255 {
		return ""
	}
	return wide(key[8:8+2*n], binary.BigEndian, maxText)
}

// appleUUID makes the UUID that macOS shows of the 64 bits that are stored: a version 3 UUID (RFC 9562, 5.3) in a name space of Apple's.
func appleUUID(id []byte) string {
	if [8]byte(id) == [8]byte{} {
		return ""
	}
	const space = "\xb3\xe2\x0f\x39\xf2\x92\x11\xd6\x97\xa4\x00\x30\x65\x43\xec\xac"
	sum := md5.Sum(append([]byte(space), id...))
	sum[6], sum[8] = sum[6]&0x0f|0x30, sum[8]&0x3f|0x80
	return uuid(sum[:])
}

// macRoman reads a name in the Macintosh's character set, of which ASCII is shown; of the rest each character is an underscore.
func macRoman(b []byte) string {
	s := []byte(string(b))
	for i, c := range s {
		if c > 0x7f {
			s[i] = '_'
		}
	}
	return text(s, maxText)
}

// coreStorage finds a physical volume of Apple's CoreStorage, which FileVault 2 used before APFS (as libfvde documents it).
func (d disk) coreStorage() (v Volume, _ message.Text) {
	b := d.at(0, 512)
	if b != nil && string(b[88:90]) == "CS" && le16(b[8:]) == 1 && le16(b[10:]) == 0x10 {
		v = Volume{FileSystem: "corestorage", UUID: d.uuid(304)}
	}
	return v, message.Text{}
}

func be16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }
func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
