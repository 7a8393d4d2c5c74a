package contents

import (
	"encoding/binary"
	"hash/crc32"

	"rasure/cmd/message"
)

// Fixed by UEFI 2.10 (5.3.2, table 5-5; 5.3.3, table 5-6).
const (
	gptMagic     = "EFI PART"
	gptHeader    = 92  // bytes of the header that have a meaning
	gptEntry     = 128 // smallest entry
	gptNameStart = 56
)

// maxArray bounds the entries in bytes. Linux also refuses larger ones (block/partitions/efi.c: KMALLOC_MAX_SIZE).
const maxArray = 4 << 20

// gptTable is one of the two copies.
type gptTable struct {
	backup uint64 // block of the other copy
	parts  []Volume
	first  uint64       // checksum of the entries, to compare the copies
	fault  message.Text // why it is not trusted; empty if it is
}

// gpt reads the GPT. It counts in blocks of the disk that it was written to: behind a USB bridge, or in a copied image, these are
// different, so gpt tries the other common size too.
func (d disk) gpt(s *Summary) bool {
	for _, block := range []int{d.block, 512, 4096} {
		if block != d.block && (d.block != 512 && d.block != 4096) {
			continue
		}
		last := uint64(d.size/int64(block)) - 1
		primary := d.gptAt(1, block)
		backup := d.gptAt(last, block)
		if backup == nil && primary != nil && primary.backup != last {
			if backup = d.gptAt(primary.backup, block); backup != nil {
				s.note(message.Of("the backup GPT is not at the end of the disk: the table was made for another size"))
			}
		}
		t := primary
		switch {
		case primary == nil && backup == nil:
			continue
		case primary == nil:
			s.note(message.Of("only the backup GPT at the end of the disk exists"))
			t = backup
		case backup == nil:
			s.note(message.Of("the backup GPT is missing"))
		case !primary.fault.IsZero() && backup.fault.IsZero():
			s.note(message.Of("the primary GPT is damaged (%s); the backup GPT was read", primary.fault))
			t = backup
		case primary.fault.IsZero() && !backup.fault.IsZero():
			s.note(message.Of("the backup GPT is damaged: %s", backup.fault))
		case primary.first != backup.first:
			s.note(message.Of("the two copies of the GPT differ; the primary was read"))
		}
		if !t.fault.IsZero() {
			s.note(message.Of("the GPT is damaged: %s", t.fault))
		}
		if block != d.block {
			s.note(message.Of("the GPT was written for blocks of %d bytes, this disk has blocks of %d", block, d.block))
		}
		if n := d.hybrid(); n > 0 {
			s.note(message.Of("the disk also has an MBR with %d partitions", n))
		}
		s.Table, s.Partitions = GPT, t.parts
		return true
	}
	return false
}

// gptAt reads the copy whose header is in block lba; nil if there is none.
func (d disk) gptAt(lba uint64, block int) *gptTable {
	h := d.at(sectors(lba, block), block)
	if h == nil || string(h[:8]) != gptMagic || lba == 0 {
		return nil
	}
	t := &gptTable{backup: le64(h[32:]), parts: []Volume{}}
	size := le32(h[12:])
	sum := le32(h[16:])
	clear(h[16:20])
	switch {
	case size < gptHeader || size > uint32(block):
		t.fault = message.Of("its header has %d bytes", size)
	case crc32.ChecksumIEEE(h[:size]) != sum:
		t.fault = message.Of("wrong checksum of the header")
	case le64(h[24:]) != lba:
		t.fault = message.Of("its header is for block %d and is in block %d", le64(h[24:]), lba)
	}
	count, entry := le32(h[80:]), le32(h[84:])
	if entry < gptEntry || entry%8 != 0 || uint64(count)*uint64(entry) > maxArray {
		t.fault = message.Of("it has %d entries of %d bytes", count, entry)
		return t
	}
	array := d.at(sectors(le64(h[72:]), block), int(count*entry))
	if array == nil {
		t.fault = message.Of("its entries cannot be read")
		return t
	}
	t.first = uint64(crc32.ChecksumIEEE(array))
	if uint32(t.first) != le32(h[88:]) && t.fault.IsZero() {
		t.fault = message.Of("wrong checksum of the entries")
	}
	for i := range int(count) {
		e := array[i*int(entry):][:gptEntry]
		if [16]byte(e) == [16]byte{} {
			continue
		}
		t.parts = append(t.parts, gptVolume(i+1, e, block))
	}
	return t
}

func gptVolume(index int, e []byte, block int) Volume {
	v := Volume{Index: index, Type: guid(e), Start: sectors(le64(e[32:]), block)}
	if name, ok := gptTypes()[v.Type]; ok {
		v.Type = name
	}
	if first, last := le64(e[32:]), le64(e[40:]); last >= first {
		v.Size = sectors(last-first+1, block)
		if last-first+1 == 0 { // the full 2^64
			v.Size = sectors(last, block)
		}
	}
	v.Name = wide(e[gptNameStart:gptEntry], binary.LittleEndian, maxText)
	return v
}

// gptTypes names the partition types seen on office machines (UEFI 2.10, table 5-7; the Discoverable Partitions
// Specification; the vendors' lists).
func gptTypes() map[string]string {
	return map[string]string{
		"C12A7328-F81F-11D2-BA4B-00A0C93EC93B": "EFI system",
		"024DEE41-33E7-11D3-9D69-0008C781F39F": "MBR scheme",
		"21686148-6449-6E6F-744E-656564454649": "BIOS boot",
		"E3C9E316-0B5C-4DB8-817D-F92DF00215AE": "Microsoft reserved",
		"EBD0A0A2-B9E5-4433-87C0-68B6B72699C7": "Microsoft basic data",
		"DE94BBA4-06D1-4D40-A16A-BFD50179D6AC": "Windows recovery",
		"5808C8AA-7E8F-42E0-85D2-E1E90434CFB3": "Windows LDM metadata",
		"AF9B60A0-1431-4F62-BC68-3311714A69AD": "Windows LDM data",
		"E75CAF8F-F680-4CEE-AFA3-B001E56EFC2D": "Windows storage spaces",
		"0FC63DAF-8483-4772-8E79-3D69D8477DE4": "Linux file system",
		"0657FD6D-A4AB-43C4-84E5-0933C84B4F4F": "Linux swap",
		"E6D6D379-F507-44C2-A23C-238F2A3DF928": "Linux LVM",
		"A19D880F-05FC-4D3B-A006-743F0F84911E": "Linux RAID",
		"CA7D7CCB-63ED-4C53-861C-1742536059CC": "Linux LUKS",
		"933AC7E1-2EB4-4F13-B844-0E14E2AEF915": "Linux home",
		"4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709": "Linux root (x86-64)",
		"B921B045-1DF0-41C3-AF44-4C6F280D3FAE": "Linux root (arm64)",
		"BC13C2FF-59E6-4262-A352-B275FD6F7172": "Linux extended boot",
		"48465300-0000-11AA-AA11-00306543ECAC": "Apple HFS+",
		"7C3457EF-0000-11AA-AA11-00306543ECAC": "Apple APFS",
		"426F6F74-0000-11AA-AA11-00306543ECAC": "Apple boot",
		"53746F72-6167-11AA-AA11-00306543ECAC": "Apple Core Storage",
		"6A898CC3-1DD2-11B2-99A6-080020736631": "ZFS",
		"516E7CBA-6ECF-11D6-8FF8-00022D09712B": "FreeBSD ZFS",
		"516E7CB6-6ECF-11D6-8FF8-00022D09712B": "FreeBSD UFS",
		"AA31E02A-400F-11DB-9590-000C2911D1B8": "VMware VMFS",
		"9D275380-40AD-11DB-BF97-000C2911D1B8": "VMware core dump",
	}
}
