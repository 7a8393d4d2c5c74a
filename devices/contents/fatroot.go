package contents

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// chain reads a directory in clusters; next returns the following cluster, 0 after the last. A circle ends at the largest size of a
// directory.
func (d disk) chain(first uint32, cluster int64, at func(uint32) int64, next func(uint32) uint32) ([]byte, error) {
	var b []byte
	for c := first; c >= 2; c = next(c) {
		part := d.at(at(c), int(cluster))
		if part == nil {
			return b, errDamaged
		}
		if b = append(b, part...); len(b) >= maxDirectory {
			break
		}
	}
	return b, nil
}

// fatRoot lists the root directory of FAT12, FAT16 and FAT32.
func (d disk) fatRoot(n *names) error {
	f, ok := d.fat()
	if !ok {
		return errDamaged
	}
	if f.rootSize > 0 {
		b := d.at(f.rootAt, int(f.rootSize))
		if b == nil {
			return errDamaged
		}
		fatNames(b, n)
		return nil
	}
	at := func(c uint32) int64 { return f.dataAt + int64(c-2)*f.cluster }
	next := func(c uint32) uint32 {
		b := d.at(f.rootAt-f.fats*f.fatSize+4*int64(c), 4)
		if b == nil || le32(b)&0x0fffffff >= 0x0ffffff7 {
			return 0
		}
		return le32(b) & 0x0fffffff
	}
	b, err := d.chain(f.rootCluster, f.cluster, at, next)
	fatNames(b, n)
	return err
}

// fatNames reads directory entries of 32 bytes (Microsoft, FAT 1.03: directory structure, long directory entries).
func fatNames(b []byte, n *names) {
	var long [20][13]uint16 // parts of a long name, in reverse order before their short entry
	parts := 0
	sum := byte(0)
	for ; len(b) >= 32 && b[0] != 0; b = b[32:] {
		e := b[:32]
		attributes := e[11]
		switch {
		case e[0] == 0xe5: // deleted; a label that was erased may still be in the boot sector
			n.noLabel = n.noLabel || attributes&0x3f != 0x0f && attributes&0x08 != 0
			parts = 0
		case attributes&0x3f == 0x0f:
			i := int(e[0] & 0x1f)
			if e[0]&0x40 != 0 {
				long, parts, sum = [20][13]uint16{}, i, e[13]
			}
			if i < 1 || i > len(long) || e[13] != sum {
				parts = 0
				continue
			}
			for j, at := range [13]int{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30} {
				long[i-1][j] = le16(e[at:])
			}
		case attributes&0x08 != 0:
			n.label, parts = text([]byte(oem(e[:11])), maxText), 0
		default:
			name := shortName(e)
			if parts > 0 && shortSum(e[:11]) == sum {
				name = longName(long[:parts])
			}
			n.add(name, attributes&0x10 != 0)
			parts = 0
		}
	}
}

func longName(parts [][13]uint16) string {
	var u []uint16
	for _, p := range parts {
		for _, c := range p {
			if c == 0 {
				return string(utf16.Decode(u))
			}
			u = append(u, c)
		}
	}
	return string(utf16.Decode(u))
}

// oem reads characters of a short name or a label. The code page of bytes above 7Fh is not known, so each is an underscore; a first
// byte of 05h is E5h, which would mark a deleted entry.
func oem(b []byte) string {
	s := []byte(strings.TrimRight(string(b), " "))
	for i, c := range s {
		if c > 0x7f || i == 0 && c == 0x05 {
			s[i] = '_'
		}
	}
	return string(s)
}

// shortName reads an 8.3 name.
func shortName(e []byte) string {
	part := func(b []byte, lower bool) string {
		s := oem(b)
		if lower { // as Windows NT marks it
			s = strings.ToLower(s)
		}
		return s
	}
	name := part(e[:8], e[12]&0x08 != 0)
	if extension := part(e[8:11], e[12]&0x10 != 0); extension != "" {
		name += "." + extension
	}
	return name
}

func shortSum(b []byte) (sum byte) {
	for _, c := range b {
		sum = sum>>1 | sum<<7
		sum += c
	}
	return sum
}

// exfatRoot lists the root directory of exFAT, which also has the label (Microsoft, exFAT file system specification, 3.1
// and 7).
func (d disk) exfatRoot(n *names) error {
	b := d.at(0, 512)
	if b == nil || b[108] < 9 || b[108] > 12 || b[109] > 25-b[108] {
		return errDamaged
	}
	sector := int64(1) << b[108]
	cluster := sector << b[109]
	fatAt, heapAt := int64(le32(b[80:]))*sector, int64(le32(b[88:]))*sector
	at := func(c uint32) int64 { return heapAt + int64(c-2)*cluster }
	next := func(c uint32) uint32 {
		b := d.at(fatAt+4*int64(c), 4)
		if b == nil || le32(b) >= 0xfffffff7 {
			return 0
		}
		return le32(b)
	}
	b, err := d.chain(le32(b[96:]), cluster, at, next)

	var name []byte
	left, dir := 0, false
	for ; len(b) >= 32 && b[0] != 0; b = b[32:] {
		switch e := b[:32]; e[0] {
		case 0x83:
			n.label = wide(e[2:2+2*min(int(e[1]), 11)], binary.LittleEndian, maxText)
		case 0x85:
			name, left, dir = nil, 0, e[4]&0x10 != 0
		case 0xc0:
			left = int(e[3])
		case 0xc1:
			take := min(left, 15)
			name = append(name, e[2:2+2*take]...)
			if left -= take; left == 0 && take > 0 {
				n.add(wide(name, binary.LittleEndian, maxText), dir)
			}
		}
	}
	return err
}
