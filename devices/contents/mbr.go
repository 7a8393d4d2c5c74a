package contents

import (
	"fmt"

	"rasure/cmd/message"
)

// Fixed by the PC (UEFI 2.10, 5.2.1, tables 5-1 and 5-2).
const (
	mbrSignature = "\x55\xaa"
	mbrSignedAt  = 510
	mbrEntries   = 446
	mbrEntry     = 16
)

// extended is the Type of a partition that holds logical ones.
const extended = "Extended"

type mbrPart struct {
	flag, kind  byte
	start, size uint32 // blocks
}

func mbrParts(sector []byte) (p [4]mbrPart) {
	for i := range p {
		e := sector[mbrEntries+i*mbrEntry:]
		p[i] = mbrPart{flag: e[0], kind: e[4], start: le32(e[8:]), size: le32(e[12:])}
	}
	return p
}

func (p mbrPart) used() bool { return p.kind != 0 && p.size != 0 }

func (p mbrPart) extended() bool { return p.kind == 0x05 || p.kind == 0x0f || p.kind == 0x85 }

func (p mbrPart) volume(index int, base uint64, block int) Volume {
	return Volume{Index: index, Type: mbrType(p.kind), Start: sectors(base+uint64(p.start), block), Size: sectors(uint64(p.size), block)}
}

// mbr reads the MBR and the chain of logical partitions.
func (d disk) mbr(s *Summary) bool {
	b := d.at(0, 512)
	if b == nil || string(b[mbrSignedAt:]) != mbrSignature {
		return false
	}
	parts := mbrParts(b)
	for _, p := range parts {
		if p.flag&0x7f != 0 { // boot code of something else
			return false
		}
	}
	s.Table = MBR
	for i, p := range parts {
		if !p.used() {
			continue
		}
		s.Partitions = append(s.Partitions, p.volume(i+1, 0, d.block))
		if p.kind == 0xee {
			s.note(message.Of("the MBR is for a GPT, which does not exist"))
		}
	}
	next := 5 // logical partitions are numbered from 5
	for _, p := range parts {
		if p.used() && p.extended() {
			next = d.logical(s, uint64(p.start), next)
		}
	}
	return true
}

// logical follows a chain of extended boot records. Each has one partition, relative to itself, and a link, relative to
// the extended partition. The chain may be a circle.
func (d disk) logical(s *Summary, base uint64, index int) int {
	seen := map[uint64]bool{}
	for at := base; ; {
		b := d.at(sectors(at, d.block), 512)
		if seen[at] || b == nil || string(b[mbrSignedAt:]) != mbrSignature {
			s.note(message.Of("the chain of logical partitions is broken at block %d", at))
			return index
		}
		seen[at] = true
		var link *mbrPart
		for _, p := range mbrParts(b) {
			switch {
			case !p.used():
			case p.extended():
				link = &p
			case len(s.Partitions) > maxPartitions: // one more than are shown: tables notes that
				return index
			default:
				s.Partitions = append(s.Partitions, p.volume(index, at, d.block))
				index++
			}
		}
		if link == nil {
			return index
		}
		at = base + uint64(link.start)
		if len(seen) > 4*maxPartitions {
			s.note(message.Of("the chain of logical partitions has more than %d links", len(seen)))
			return index
		}
	}
}

// hybrid counts the partitions of the MBR other than the one that protects a GPT.
func (d disk) hybrid() (n int) {
	b := d.at(0, 512)
	if b == nil || string(b[mbrSignedAt:]) != mbrSignature {
		return 0
	}
	for _, p := range mbrParts(b) {
		if p.used() && p.kind != 0xee {
			n++
		}
	}
	return n
}

func mbrType(kind byte) string {
	switch kind {
	case 0x01:
		return "FAT12"
	case 0x04, 0x06, 0x0e:
		return "FAT16"
	case 0x05, 0x0f, 0x85:
		return extended
	case 0x07:
		return "NTFS or exFAT"
	case 0x0b, 0x0c:
		return "FAT32"
	case 0x11, 0x14, 0x16, 0x17, 0x1b, 0x1c, 0x1e:
		return "hidden FAT or NTFS"
	case 0x27:
		return "Windows recovery"
	case 0x42:
		return "Windows LDM"
	case 0x82:
		return "Linux swap"
	case 0x83:
		return "Linux file system"
	case 0x8e:
		return "Linux LVM"
	case 0xa5:
		return "FreeBSD"
	case 0xaf:
		return "Apple HFS+"
	case 0xee:
		return "GPT protective"
	case 0xef:
		return "EFI system"
	case 0xfb:
		return "VMware VMFS"
	case 0xfd:
		return "Linux RAID"
	}
	return fmt.Sprintf("0x%02x", kind)
}
