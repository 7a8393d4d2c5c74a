package contents

import (
	"encoding/binary"
	"strings"

	"rasure/cmd/message"
)

// Names of file systems that other code here asks for.
const (
	iso9660fs = "iso9660"
	squash    = "squashfs"
	fat12fs   = "fat12"
	fat16fs   = "fat16"
	fat32fs   = "fat32"
	ntfs      = "ntfs"
	exfatfs   = "exfat"
	bitlocker = "bitlocker"
)

// bootSector reports whether a file system begins with a PC boot sector, which has the signature of an MBR.
func bootSector(fs string) bool {
	switch fs {
	case fat12fs, fat16fs, fat32fs, ntfs, exfatfs, bitlocker, "refs":
		return true
	}
	return false
}

// place is where a text is; none if n is 0.
type place struct {
	at int64
	n  int
}

// signature is a magic at a fixed place, with label and UUID at fixed places. Other formats have a function in special.go.
type signature struct {
	name    string
	at      int64
	magic   string
	label   place
	uuid    int64 // 16 bytes; 0 if there is none
	serial  bool  // the UUID is in ASCII, 40 bytes
	utf16   bool  // the label is UTF-16LE
	fromEnd bool  // at counts back from the end of the last whole sector of 512 bytes
}

// signatures come from the headers of the Linux kernel (include/uapi/linux, fs/*/), cryptsetup's LUKS1 and LUKS2
// on-disk formats, Microsoft's exFAT specification and, for what has no public specification, util-linux 2.40
// libblkid. In order of precedence: containers before their contents.
func signatures() []signature {
	const magicBcachefs = "\xc6\x85\x73\xf6\x66\xce\x90\xa9\xd9\x6a\x60\xcf\x80\x3d\xf7\xef"
	return []signature{
		{name: "luks1", magic: "LUKS\xba\xbe\x00\x01", uuid: 168, serial: true},
		{name: "luks2", magic: "LUKS\xba\xbe\x00\x02", label: place{24, 48}, uuid: 168, serial: true},
		{name: "luks2", at: 0x4000, magic: "SKUL\xba\xbe\x00\x02", label: place{0x4000 + 24, 48}, uuid: 0x4000 + 168, serial: true},
		{name: bitlocker, at: 3, magic: "-FVE-FS-"},
		{name: bitlocker, at: 424, magic: "\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01"}, // To Go
		{name: "bcachefs", at: 4096 + 24, magic: magicBcachefs, label: place{4096 + 72, 32}, uuid: 4096 + 56},
		{name: "btrfs", at: 0x10040, magic: "_BHRfS_M", label: place{0x1012b, 256}, uuid: 0x10020},
		{name: "xfs", magic: "XFSB", label: place{108, 12}, uuid: 32},
		{name: "f2fs", at: 1024, magic: "\x10\x20\xf5\xf2", label: place{1024 + 124, 1024}, uuid: 1024 + 108, utf16: true},
		{name: "jfs", at: 32768, magic: "JFS1", label: place{32768 + 152, 16}, uuid: 32768 + 136},
		{name: "reiser4", at: 65536, magic: "ReIsEr4", label: place{65536 + 36, 16}, uuid: 65536 + 20},
		{name: "reiserfs", at: 65536 + 52, magic: "ReIsEr", label: place{65536 + 100, 16}, uuid: 65536 + 84},
		{name: "nilfs2", at: 1024 + 6, magic: "\x34\x34", label: place{1024 + 168, 80}, uuid: 1024 + 152},
		{name: "erofs", at: 1024, magic: "\xe2\xe1\xf5\xe0", label: place{1024 + 64, 16}, uuid: 1024 + 48},
		{name: "gfs2", at: 65536, magic: "\x01\x16\x19\x70\x00\x00\x00\x01", label: place{65536 + 160, 64}, uuid: 65536 + 256},
		{name: "ocfs2", at: 1024, magic: "OCFSV2", label: place{1024 + 272, 64}, uuid: 1024 + 336}, // blocks of 512 bytes to 4 KiB
		{name: "ocfs2", at: 2048, magic: "OCFSV2", label: place{2048 + 272, 64}, uuid: 2048 + 336},
		{name: "ocfs2", at: 4096, magic: "OCFSV2", label: place{4096 + 272, 64}, uuid: 4096 + 336},
		{name: "ocfs2", at: 8192, magic: "OCFSV2", label: place{8192 + 272, 64}, uuid: 8192 + 336},
		{name: "ufs2", at: 65536 + 1372, magic: "\x19\x01\x54\x19"},
		{name: "apfs", at: 32, magic: "NXSB", uuid: 72},
		{name: "refs", at: 3, magic: "ReFS\x00\x00\x00\x00"},
		{name: "vmfs", at: 2 << 20, magic: "\x5e\xf1\xab\x2f", label: place{2<<20 + 29, 128}},
		{name: "vmfs-volume", at: 1 << 20, magic: "\x0d\xd0\x01\xc0"},
		{name: "stratis", at: 516, magic: "!Stra0tis\x86\xff\x02^\x41rh"},
		{name: "vdo", magic: "dmvdo001"},
		{name: "dm-integrity", magic: "integrt\x00"},
		{name: "dm-verity", magic: "verity\x00\x00", uuid: 16},
		{name: "ceph-bluestore", magic: "bluestore block device\n"},
		{name: "cramfs", magic: "\x45\x3d\xcd\x28", label: place{48, 16}},
		{name: "romfs", magic: "-rom1fs-", label: place{16, 16}},
		{name: "bfs", magic: "\xce\xfa\xad\x1b"},
		{name: "ubi", magic: "UBI#"},
		{name: "ubifs", magic: "\x31\x18\x10\x06", uuid: 108},
		{name: "zonefs", magic: "SFOZ", label: place{8, 64}, uuid: 72},
		{name: "vxfs", at: 1024, magic: "\xf5\xfc\x01\xa5"},
		{name: "vxfs", at: 8192, magic: "\xa5\x01\xfc\xf5"}, // of a big-endian machine
		{name: "nss", at: 4096, magic: "SPB5"},
		{name: "drbd", at: 4096 - 60, magic: "\x83\x74\x02\x6b", fromEnd: true},
		{name: "drbd", at: 4096 - 60, magic: "\x83\x74\x02\x6c", fromEnd: true},
		{name: "drbd", at: 4096 - 60, magic: "\x83\x74\x02\x6d", fromEnd: true},
		{name: "dasd", at: 512, magic: "\xe5\xd6\xd3\xf1"},  // VOL1 in EBCDIC, on FBA disks
		{name: "dasd", at: 8192, magic: "\xe5\xd6\xd3\xf1"}, // and on ECKD disks with blocks of 4096 bytes
		{name: squash, magic: "hsqs"},
		{name: iso9660fs, at: 32769, magic: "CD001", label: place{32768 + 40, 32}},
		{name: "apple partition map", at: 512, magic: "PM\x00\x00"},
	}
}

// recognise fills in what the signatures in a volume show, and notes all but the first of them.
func recognise(d disk, v *Volume, s *Summary) {
	var also []string
	take := func(w Volume) {
		switch {
		case v.FileSystem == "":
			v.FileSystem, v.Label, v.UUID = w.FileSystem, w.Label, w.UUID
		case v.FileSystem != w.FileSystem:
			also = append(also, w.FileSystem)
		}
	}
	special, notes := d.special()
	for _, w := range special {
		take(w)
	}
	for _, g := range signatures() {
		if g.on(d) {
			take(g.volume(d))
		}
	}
	for _, n := range notes {
		s.note(message.Of("%s: %s", v.where(), n))
	}
	if len(also) > 0 {
		s.note(message.Of("%s: there is also a signature of %s", v.where(), strings.Join(also, ", ")))
	}
}

func (g signature) on(d disk) bool {
	at := g.at
	if g.fromEnd {
		at = d.size&^511 - g.at
	}
	return d.is(at, g.magic)
}

func (g signature) volume(d disk) Volume {
	v := Volume{FileSystem: g.name}
	if label := d.at(g.label.at, g.label.n); g.utf16 {
		v.Label = wide(label, binary.LittleEndian, maxText)
	} else {
		v.Label = text(label, maxText)
	}
	switch {
	case g.uuid == 0:
	case g.serial:
		v.UUID = text(d.at(g.uuid, 40), 40)
	default:
		v.UUID = d.uuid(g.uuid)
	}
	return v
}

// uuid reads 16 bytes; "" where they cannot be read or are all zero.
func (d disk) uuid(at int64) string {
	b := d.at(at, 16)
	if b == nil || [16]byte(b) == [16]byte{} {
		return ""
	}
	return uuid(b)
}
