package contents

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"

	"rasure/cmd/message"
)

// special recognises formats that have no magic at one fixed place, or need more checks than a magic.
func (d disk) special() (found []Volume, notes []message.Text) {
	for _, look := range []func() (Volume, message.Text){d.raid, d.firmwareRAID, d.lvm, d.bcache, d.coreStorage, d.zfs, d.swap,
		d.dos, d.extended, d.hfs, d.udf, d.hpfs, d.minix, d.bsdSlice} {
		v, note := look()
		if v.FileSystem != "" {
			found = append(found, v)
		}
		if !note.IsZero() {
			notes = append(notes, note)
		}
	}
	return found, notes
}

// raid finds a member of a Linux md array (include/uapi/linux/raid/md_p.h).
func (d disk) raid() (v Volume, _ message.Text) {
	const magic = "\xfc\x4e\x2b\xa9"                            // MD_SB_MAGIC, little-endian
	for _, at := range []int64{0, 4096, d.size&^0xfff - 8192} { // 1.1, 1.2, 1.0
		b := d.at(at, 256)
		if b == nil || string(b[:4]) != magic || le32(b[4:]) != 1 || le64(b[144:]) != uint64(at)/512 {
			continue
		}
		return Volume{FileSystem: "md", Label: text(b[32:64], maxText), UUID: uuid(b[16:32])}, message.Text{}
	}
	if b := d.at(d.size&^0xffff-0x10000, 64); b != nil { // 0.90, in the byte order of the machine that made it
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			if order.Uint32(b) == 0xa92b4efc && order.Uint32(b[4:]) == 0 && order.Uint32(b[8:]) >= 90 {
				w := func(i int) uint32 { return order.Uint32(b[4*i:]) }
				return Volume{FileSystem: "md", UUID: fmt.Sprintf("%08x:%08x:%08x:%08x", w(5), w(13), w(14), w(15))}, message.Text{}
			}
		}
	}
	return v, message.Text{}
}

// lvm finds an LVM2 physical volume: its label is in one of the first four sectors.
func (d disk) lvm() (v Volume, _ message.Text) {
	for sector := range int64(4) {
		b := d.at(sector*512, 512)
		if b == nil || string(b[:8]) != "LABELONE" || string(b[24:32]) != "LVM2 001" {
			continue
		}
		v.FileSystem = "lvm2"
		if at := le32(b[20:]); at <= 512-32 {
			id := text(b[at:at+32], 32)
			if len(id) == 32 { // as pvs prints it
				id = id[:6] + "-" + id[6:10] + "-" + id[10:14] + "-" + id[14:18] + "-" + id[18:22] + "-" + id[22:26] + "-" + id[26:]
			}
			v.UUID = id
		}
		return v, message.Text{}
	}
	return v, message.Text{}
}

// bcache finds bcache, and bcachefs before it had a magic of its own. The versions tell the two apart, as in libblkid: those of bcache
// are a number of 64 bits and at most 6 (include/uapi/linux/bcache.h), those of bcachefs begin at 10.
func (d disk) bcache() (v Volume, _ message.Text) {
	const (
		magic      = "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81"
		at         = 4096
		maxVersion = 6
	)
	b := d.at(at, 104)
	if b == nil || string(b[24:40]) != magic {
		return v, message.Text{}
	}
	v = Volume{FileSystem: "bcache", Label: text(b[72:104], maxText), UUID: d.uuid(at + 40)}
	if le64(b[16:]) > maxVersion {
		v.FileSystem, v.UUID = "bcachefs", d.uuid(at+56)
	}
	return v, message.Text{}
}

// zfs finds a vdev by its uberblocks (OpenZFS, include/sys/vdev_impl.h: labels of 256 KiB, two at each end, with the
// configuration at 16 KiB and uberblocks at 128 KiB). The first and the last label are examined.
func (d disk) zfs() (v Volume, _ message.Text) {
	const label, config, ring = 256 << 10, 16 << 10, 128 << 10
	for _, at := range []int64{0, d.size&^(label-1) - label} {
		b := d.at(at+ring, label-ring)
		for ; len(b) >= 1024; b = b[1024:] {
			if magic := le64(b); magic == 0x00bab10c || bits.ReverseBytes64(magic) == 0x00bab10c {
				return Volume{FileSystem: "zfs", Label: xdrString(d.at(at+config, ring-config), "name")}, message.Text{}
			}
		}
	}
	return v, message.Text{}
}

// xdrString finds a string pair of an nvlist in XDR: length and name, type 9 (string), one element, length and value.
func xdrString(b []byte, name string) string {
	key := binary.BigEndian.AppendUint32(nil, uint32(len(name)))
	key = append(append(key, name...), make([]byte, -len(name)&3)...)
	key = append(key, 0, 0, 0, 9, 0, 0, 0, 1)
	_, b, ok := bytes.Cut(b, key)
	if !ok || len(b) < 4 {
		return ""
	}
	n := binary.BigEndian.Uint32(b)
	return text(b[4:4+min(int(n&0xffff), len(b)-4)], maxText)
}

// swap finds Linux swap space; its magic is at the end of the first page, whose size depends on the machine that wrote it.
func (d disk) swap() (v Volume, note message.Text) {
	for page := int64(4096); page <= 65536; page *= 2 {
		switch magic := string(d.at(page-10, 10)); {
		case magic == "SWAPSPACE2":
			return Volume{FileSystem: "swap", Label: text(d.at(1024+28, 16), maxText), UUID: d.uuid(1024 + 12)}, message.Text{}
		case magic == "SWAP-SPACE":
			return Volume{FileSystem: "swap"}, message.Text{}
		case magic == "LINHIB0001", len(magic) == 10 && (magic[:9] == "S1SUSPEND" || magic[:9] == "S2SUSPEND" || magic[:9] == "ULSUSPEND"):
			return Volume{FileSystem: "swap"}, message.Of("it holds the memory of a hibernating machine")
		}
	}
	return v, message.Text{}
}

// extended finds ext2, ext3 and ext4 (Documentation/filesystems/ext4/super.rst). Two bytes of magic are few, so the block
// size must be possible too.
func (d disk) extended() (v Volume, _ message.Text) {
	const (
		journal           = 0x0004                  // s_feature_compat
		journalDevice     = 0x0008                  // s_feature_incompat
		ext4              = 0x0040 | 0x0080 | 0x200 // s_feature_incompat: extents, 64bit, flex_bg
		hugeFile          = 0x0008 | 0x0020         // s_feature_ro_compat: huge_file, dir_nlink
		metadataChecksums = 0x0400                  // s_feature_ro_compat
	)
	b := d.at(1024, 1024)
	if b == nil || le16(b[0x38:]) != 0xef53 || le32(b[0x18:]) > 6 || le32(b[4:]) == 0 {
		return v, message.Text{}
	}
	compat, incompat, readOnly := le32(b[0x5c:]), le32(b[0x60:]), le32(b[0x64:])
	v = Volume{FileSystem: "ext2", Label: text(b[0x78:0x88], maxText), UUID: d.uuid(1024 + 0x68)}
	switch {
	case incompat&journalDevice != 0:
		v.FileSystem = "ext4 journal"
	case incompat&ext4 != 0 || readOnly&(hugeFile|metadataChecksums) != 0:
		v.FileSystem = "ext4"
	case compat&journal != 0:
		v.FileSystem = "ext3"
	}
	return v, message.Text{}
}
