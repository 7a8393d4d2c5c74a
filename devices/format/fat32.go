package format

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"rasure/cmd/message"
)

// fileSystem returns the pieces of an empty file system.
func (l *layout) fileSystem(n names) []piece {
	fat := l.start + l.reserved
	return []piece{
		l.piece(message.Of("boot sectors"), l.start, l.boot(n), backupBoot+bootSectors),
		l.piece(message.Of("first FAT"), fat, fatHead(), l.perFAT),
		l.piece(message.Of("second FAT"), fat+l.perFAT, fatHead(), l.perFAT),
		l.piece(message.Of("root directory"), l.data(), rootHead(n), l.perCluster),
	}
}

// boot makes sectors 0 to 8: boot sector, FSInfo and a third one, which Microsoft's boot record has, with copies at 6.
// The signature is at 510 whatever the sector size (fatgen, "Boot Sector and BPB Structure").
func (l *layout) boot(n names) []byte {
	b := make([]byte, (backupBoot+bootSectors)*l.block)
	copy(b, l.bootSector(n))
	copy(b[l.block:], l.fsInfo())
	copy(b[2*l.block+510:], "\x55\xaa")
	copy(b[backupBoot*l.block:], b[:bootSectors*l.block])
	return b
}

// bootSector is the sector with the BPB (fatgen, "Boot Sector and BPB Structure"). The rest is 0.
func (l *layout) bootSector(n names) []byte {
	le := binary.LittleEndian
	b := make([]byte, 512)
	copy(b, "\xeb\x58\x90MSWIN4.1")                  // BS_OEMName: fatgen recommends this one, some drivers look for it
	le.PutUint16(b[11:], uint16(l.block))            // BPB_BytsPerSec
	b[13] = byte(l.perCluster)                       // BPB_SecPerClus
	le.PutUint16(b[14:], uint16(l.reserved))         // BPB_RsvdSecCnt
	b[16] = 2                                        // BPB_NumFATs
	b[21] = 0xf8                                     // BPB_Media: not removable, as for all partitioned media
	le.PutUint16(b[24:], 63)                         // BPB_SecPerTrk, as for every disk that has LBA
	le.PutUint16(b[26:], 255)                        // BPB_NumHeads
	le.PutUint32(b[28:], uint32(l.start))            // BPB_HiddSec
	le.PutUint32(b[32:], uint32(l.sectors))          // BPB_TotSec32
	le.PutUint32(b[36:], uint32(l.perFAT))           // BPB_FATSz32
	le.PutUint32(b[44:], rootCluster)                // BPB_RootClus
	le.PutUint16(b[48:], 1)                          // BPB_FSInfo
	le.PutUint16(b[50:], backupBoot)                 // BPB_BkBootSec
	b[64] = 0x80                                     // BS_DrvNum
	b[66] = 0x29                                     // BS_BootSig: the next three exist
	le.PutUint32(b[67:], n.volume)                   // BS_VolID
	copy(b[71:], padded(cmp.Or(n.label, "NO NAME"))) // BS_VolLab
	copy(b[82:], "FAT32   ")                         // BS_FilSysType
	copy(b[90:], "\xf4\xeb\xfd")                     // hlt, forever: there is nothing to boot
	copy(b[510:], "\x55\xaa")
	return b
}

// fsInfo is fatgen's "FAT32 FSInfo Sector Structure".
func (l *layout) fsInfo() []byte {
	b := make([]byte, 512)
	copy(b, "RRaA")
	copy(b[484:], "rrAa")
	binary.LittleEndian.PutUint32(b[488:], uint32(l.clusters-1)) // FSI_Free_Count: all but the root directory's
	binary.LittleEndian.PutUint32(b[492:], rootCluster)          // FSI_Nxt_Free: the last one in use
	copy(b[510:], "\x55\xaa")
	return b
}

// fatHead is the start of a FAT: the media byte, the marks for "cleanly unmounted" and "no errors", and the end of the
// root directory's chain.
func fatHead() []byte {
	return []byte("\xf8\xff\xff\x0f" + "\xff\xff\xff\x0f" + "\xff\xff\xff\x0f")
}

// rootHead is the start of the root directory: the entry with the label, if there is one (fatgen, "FAT Directory
// Structure").
func rootHead(n names) []byte {
	if n.label == "" {
		return nil
	}
	b := make([]byte, 32)
	copy(b, padded(n.label))
	b[11] = 0x08 // ATTR_VOLUME_ID
	t := n.made
	if y := t.Year(); y < 1980 || y > 2107 { // no such years in FAT
		t = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	binary.LittleEndian.PutUint16(b[22:], uint16(t.Hour()<<11|t.Minute()<<5|t.Second()/2)) // DIR_WrtTime
	binary.LittleEndian.PutUint16(b[24:], uint16((t.Year()-1980)<<9|int(t.Month())<<5|t.Day()))
	return b
}

func padded(label string) string { return fmt.Sprintf("%-11s", label) }

// CheckLabel returns an error for a label that [Write] would refuse. In exFAT it is up to 11 characters of any script.
func (fs FileSystem) CheckLabel(s string) error {
	if fs == ExFAT {
		return checkExLabel(s)
	}
	return checkFATLabel(s)
}

// checkFATLabel returns an error for a label that [FAT32] would refuse. It allows what every system shows as it was typed: fatgen's
// characters of a short name, and spaces inside.
func checkFATLabel(s string) error {
	const marks = "$%'-_@~`!(){}^#& "
	switch {
	case len(s) > 11:
		return message.Errorf("label %q: a FAT label has at most 11 characters", s)
	case s != strings.Trim(s, " "):
		return message.Errorf("label %q: a FAT label cannot begin or end with a space", s)
	case s == "NO NAME":
		return message.Errorf("label %q: in FAT this means that there is no label", s)
	}
	for _, r := range s {
		if (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(marks, r) {
			return message.Errorf("label %q: a FAT label cannot have %q, only capital letters A-Z, digits, spaces and any of %s",
				s, r, strings.TrimSpace(marks))
		}
	}
	return nil
}
