package contents

import (
	"fmt"

	"rasure/cmd/message"
)

// sun reads the label of a SPARC machine (as Linux does, block/partitions/sun.c): big-endian, its words of 16 bits XOR to zero.
func (d disk) sun(s *Summary) bool {
	b := d.at(0, 512)
	if b == nil || be16(b[508:]) != 0xdabe {
		return false
	}
	sum := uint16(0)
	for i := 0; i < 512; i += 2 {
		sum ^= be16(b[i:])
	}
	if sum != 0 {
		return false
	}
	s.Table = Sun
	cylinder := uint64(be16(b[436:])) * uint64(be16(b[438:])) // heads times sectors
	vtoc := be32(b[188:]) == 0x600ddeee && be16(b[140:]) <= 8 // otherwise the types are not there
	for i := range 8 {
		start, size := be32(b[444+8*i:]), be32(b[448+8*i:])
		if size == 0 {
			continue
		}
		v := Volume{Index: i + 1, Start: sectors(uint64(start)*cylinder, 512), Size: sectors(uint64(size), 512)}
		if vtoc {
			tag := be16(b[142+4*i:])
			if v.Type = sunType(tag); tag == sunWhole { // by custom the third covers the others
				continue
			}
		}
		s.Partitions = append(s.Partitions, v)
	}
	return true
}

const sunWhole = 5

func sunType(tag uint16) string {
	names := map[uint16]string{1: "Sun boot", 2: "Sun root", 3: "Sun swap", 4: "Sun usr", sunWhole: "whole disk", 6: "Sun stand", 7: "Sun var", 8: "Sun home",
		0x82: "Linux swap", 0x83: "Linux file system", 0x8e: "Linux LVM", 0xfd: "Linux RAID"}
	if name, ok := names[tag]; ok {
		return name
	}
	return fmt.Sprintf("0x%02x", tag)
}

// sgi reads the volume header of an IRIX machine (as Linux does, block/partitions/sgi.c): big-endian, its words of 32 bits add up to zero.
func (d disk) sgi(s *Summary) bool {
	b := d.at(0, 512)
	if b == nil || be32(b) != 0x0be5a941 {
		return false
	}
	sum := uint32(0)
	for i := 0; i < 512; i += 4 {
		sum += be32(b[i:])
	}
	if sum != 0 {
		return false
	}
	s.Table = SGI
	for i := range 16 {
		p := b[312+12*i:]
		size, start, kind := be32(p), be32(p[4:]), be32(p[8:])
		if size == 0 || kind == sgiWhole || kind == sgiHeader {
			continue
		}
		s.Partitions = append(s.Partitions, Volume{Index: i + 1, Start: sectors(uint64(start), 512), Size: sectors(uint64(size), 512), Type: sgiType(kind)})
	}
	return true
}

const sgiHeader, sgiWhole = 0, 6

func sgiType(kind uint32) string {
	names := map[uint32]string{3: "SGI swap", 7: "SGI EFS", 10: "SGI XFS", 11: "SGI XFS log", 0x82: "Linux swap", 0x83: "Linux file system", 0x8e: "Linux LVM", 0xfd: "Linux RAID"}
	if name, ok := names[kind]; ok {
		return name
	}
	return fmt.Sprintf("0x%02x", kind)
}

// The places of a BSD label (FreeBSD, sys/disklabel.h). Here it is looked for in the second sector, where PCs have it.
const (
	bsdMagic = 0x82564557
	bsdAt    = 512
)

// bsdLabel returns the label of a disk or a slice; nil if there is none, or its words do not XOR to zero.
func (d disk) bsdLabel() []byte {
	const head, most = 148, 22
	b := d.at(bsdAt, head+16*most)
	if b == nil || le32(b) != bsdMagic || le32(b[132:]) != bsdMagic {
		return nil
	}
	n := int(le16(b[138:]))
	if n > most {
		return nil
	}
	b = b[:head+16*n]
	sum := uint16(0)
	for i := 0; i < len(b); i += 2 {
		sum ^= le16(b[i:])
	}
	if sum != 0 {
		return nil
	}
	return b
}

// bsd reads a label that is a disk's only table ("dangerously dedicated").
func (d disk) bsd(s *Summary) bool {
	b := d.bsdLabel()
	if b == nil {
		return false
	}
	s.Table = BSD
	block := int(le32(b[40:]))
	if block < 512 || block > 1<<16 {
		block = 512
	}
	const whole = 2 // partition c covers the disk
	for i, p := 0, b[148:]; len(p) >= 16; i, p = i+1, p[16:] {
		if size := le32(p); size != 0 && i != whole && p[12] != 0 {
			s.Partitions = append(s.Partitions, Volume{Index: i + 1, Start: sectors(uint64(le32(p[4:])), block), Size: sectors(uint64(size), block), Type: bsdType(p[12])})
		}
	}
	return true
}

func bsdType(kind byte) string {
	names := map[byte]string{1: "BSD swap", 7: "BSD UFS", 8: "FAT", 13: "BSD boot", 27: "ZFS"}
	if name, ok := names[kind]; ok {
		return name
	}
	return fmt.Sprintf("0x%02x", kind)
}

// bsdSlice names a partition of another table that is divided by a BSD label; what is in its parts is not looked into.
func (d disk) bsdSlice() (v Volume, _ message.Text) {
	if d.part && d.bsdLabel() != nil {
		v.FileSystem = "bsd label"
	}
	return v, message.Text{}
}

// atari reads the root sector of an Atari (as Linux does, block/partitions/atari.c). It has no magic: each partition that is in use must
// have one of the names that programs gave, and lie on the disk.
func (d disk) atari(s *Summary) bool {
	b := d.at(0, 512)
	if b == nil || d.block != 512 {
		return false
	}
	var parts []Volume
	for i := range 4 {
		p := b[454+12*i:]
		start, size := uint64(be32(p[4:])), uint64(be32(p[8:]))
		if p[0]&1 == 0 {
			continue
		}
		switch id := string(p[1:4]); id {
		case "GEM", "BGM", "LNX", "SWP", "RAW", "XGM":
			parts = append(parts, Volume{Index: i + 1, Start: sectors(start, 512), Size: sectors(size, 512), Type: "Atari " + id})
		default:
			return false
		}
		if start == 0 || size == 0 || start+size > uint64(d.size/512) {
			return false
		}
	}
	if len(parts) == 0 {
		return false
	}
	s.Table, s.Partitions = Atari, parts
	return true
}
