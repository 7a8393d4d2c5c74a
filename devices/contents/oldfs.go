package contents

import (
	"fmt"

	"rasure/cmd/message"
)

// hpfs finds the file system of OS/2 by its superblock and its spare block (as Linux does, fs/hpfs/hpfs.h).
func (d disk) hpfs() (v Volume, _ message.Text) {
	if !d.is(8192, "\x49\xe8\x95\xf9") || !d.is(8192+512, "\x49\x18\x91\xf9") {
		return v, message.Text{}
	}
	v.FileSystem = "hpfs"
	if b := d.at(0, 512); b != nil && string(b[54:58]) == "HPFS" && b[38] == 0x28 {
		v.Label, v.UUID = text([]byte(oem(b[43:54])), maxText), fmt.Sprintf("%04X-%04X", le16(b[41:]), le16(b[39:]))
	}
	return v, message.Text{}
}

// minix finds the file system of Minix (include/uapi/linux/minix_fs.h). Its magic has 16 bits, so that the numbers beside it must fit.
func (d disk) minix() (v Volume, _ message.Text) {
	b := d.at(1024, 32)
	if b == nil {
		return v, message.Text{}
	}
	const block = 1024
	inodes, maps, first, shift, zones := uint64(le16(b)), uint64(le16(b[4:]))+uint64(le16(b[6:])), uint64(le16(b[8:])), le16(b[10:]), uint64(le16(b[2:]))
	inodeMap := uint64(le16(b[4:]))
	switch le16(b[16:]) {
	case 0x137f, 0x138f: // version 1, names of 14 and 30 bytes
	case 0x2468, 0x2478: // version 2
		zones = uint64(le32(b[20:]))
	default:
		if le16(b[24:]) != 0x4d5a { // version 3
			return v, message.Text{}
		}
		inodes, inodeMap, maps = uint64(le32(b)), uint64(le16(b[6:])), uint64(le16(b[6:]))+uint64(le16(b[8:]))
		first, shift, zones = uint64(le16(b[10:])), le16(b[12:]), uint64(le32(b[20:]))
	}
	if inodes == 0 || inodeMap == 0 || inodeMap*block*8 < inodes || shift > 6 || first < 2+maps || zones <= first {
		return v, message.Text{}
	}
	return Volume{FileSystem: "minix"}, message.Text{}
}
