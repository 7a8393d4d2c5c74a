package format

import (
	"encoding/binary"
	"fmt"

	"rasure/cmd/message"

	"github.com/diskfs/go-diskfs/backend"
	"github.com/diskfs/go-diskfs/partition/gpt"
)

// pieces returns everything to write: first, in order, all except blocks 0 and 1, and then these, which make the rest valid.
func (l *layout) pieces(n names) (first []piece, table piece, err error) {
	t := gpt.Table{
		LogicalSectorSize:  int(l.block),
		PhysicalSectorSize: int(l.block),
		GUID:               n.disk,
		Partitions: []*gpt.Partition{{
			Index: 1,
			Start: uint64(l.start),
			End:   uint64(l.start + l.sectors - 1),
			Type:  gpt.MicrosoftBasicData,
			Name:  "Basic data partition",
			GUID:  n.part,
		}},
	}
	var made capture
	if err := t.Write(&made, l.blocks*l.block); err != nil {
		return nil, table, message.Errorf("making the partition table: %w", err)
	}
	table = l.piece(message.Of("partition table"), 0, l.protectiveMBR(), 2)
	// An old table would make an incomplete file system visible, or remain in part.
	first = append(first, l.piece(message.Of("empty partition table"), 0, nil, 2))
	if l.ex != nil {
		first = append(first, l.exFileSystem(n)...)
	} else {
		first = append(first, l.fileSystem(n)...)
	}
	for _, p := range made.pieces {
		if p.off == l.block { // the primary header
			table.data = append(table.data, p.data...)
			continue
		}
		first = append(first, p)
	}
	return first, table, nil
}

// protectiveMBR is UEFI 2.10, 5.2.3, table 5-4, in a whole block.
func (l *layout) protectiveMBR() []byte {
	b := make([]byte, l.block)
	p := b[446:]
	copy(p[1:], "\x00\x02\x00") // StartingCHS
	p[4] = 0xee                 // OSType
	copy(p[5:], "\xff\xff\xff") // EndingCHS: the disk has no geometry
	binary.LittleEndian.PutUint32(p[8:], 1)
	binary.LittleEndian.PutUint32(p[12:], uint32(min(l.blocks-1, 1<<32-1)))
	copy(b[510:], "\x55\xaa")
	return b
}

// guid writes 16 random bytes as a version 4 UUID (RFC 9562, 5.4).
func guid(b [16]byte) string {
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// capture keeps what go-diskfs writes. go-diskfs uses no other method of the interface.
type capture struct {
	backend.WritableFile
	pieces []piece
}

func (c *capture) WriteAt(p []byte, off int64) (int, error) {
	c.pieces = append(c.pieces, piece{message.Of("GPT"), off, append([]byte(nil), p...), int64(len(p))})
	return len(p), nil
}
