package contents

import (
	"fmt"

	"rasure/cmd/message"
)

// fat has the fields of the boot sector of a FAT file system (Microsoft, "FAT: General Overview of On-Disk Format" 1.03).
type fat struct {
	sector, cluster int64 // bytes
	fats, fatSize   int64 // number of tables, bytes of each
	clusters        int64
	rootAt          int64 // bytes from the start; FAT12 and FAT16
	rootSize        int64 // bytes; FAT12 and FAT16
	dataAt          int64 // bytes from the start to cluster 2
	rootCluster     uint32
}

func (f fat) name() string {
	switch {
	case f.rootSize == 0:
		return fat32fs
	case f.clusters < 4085:
		return fat12fs
	}
	return fat16fs
}

// fat reads the boot sector; ok means that it can be a FAT's.
func (d disk) fat() (f fat, ok bool) {
	b := d.at(0, 512)
	if b == nil || b[0] != 0xeb && b[0] != 0xe9 || (b[21] != 0xf0 && b[21] < 0xf8) {
		return f, false
	}
	sector, perCluster := int64(le16(b[11:])), int64(b[13])
	reserved, tables := int64(le16(b[14:])), int64(b[16])
	total, perTable := int64(le16(b[19:])), int64(le16(b[22:]))
	if total == 0 {
		total = int64(le32(b[32:]))
	}
	if perTable == 0 {
		perTable = int64(le32(b[36:]))
		f.rootCluster = le32(b[44:])
	}
	root := int64(le16(b[17:])) * 32
	if sector < 512 || sector > 4096 || sector&(sector-1) != 0 || perCluster == 0 || perCluster&(perCluster-1) != 0 ||
		reserved == 0 || tables == 0 || tables > 4 || perTable == 0 || (root == 0) != (f.rootCluster >= 2) {
		return f, false
	}
	f.sector, f.cluster, f.fats, f.fatSize = sector, perCluster*sector, tables, perTable*sector
	f.rootAt, f.rootSize = (reserved+tables*perTable)*sector, root
	f.dataAt = f.rootAt + (root+sector-1)/sector*sector
	f.clusters = (total*sector - f.dataAt) / f.cluster
	return f, f.clusters > 0
}

// dos finds the file systems of DOS and Windows. A FAT has no magic: its boot sector must be plausible.
func (d disk) dos() (v Volume, _ message.Text) {
	b := d.at(0, 512)
	if b == nil {
		return v, message.Text{}
	}
	switch string(b[3:11]) {
	case "NTFS    ":
		return Volume{FileSystem: ntfs, UUID: fmt.Sprintf("%016X", le64(b[72:]))}, message.Text{}
	case "EXFAT   ":
		s := le32(b[100:])
		return Volume{FileSystem: exfatfs, UUID: fmt.Sprintf("%04X-%04X", s>>16, s&0xffff)}, message.Text{}
	}
	f, ok := d.fat()
	if !ok {
		return v, message.Text{}
	}
	v.FileSystem = f.name()
	at := 36 // extended boot record; in FAT32 it is 28 bytes later
	if f.rootSize == 0 {
		at = 64
	}
	if b[at+2] == 0x29 {
		s := le32(b[at+3:])
		v.UUID = fmt.Sprintf("%04X-%04X", s>>16, s&0xffff)
		if label := text(b[at+7:at+18], 11); label != "NO NAME" {
			v.Label = label
		}
	}
	return v, message.Text{}
}
