package format

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"rasure/cmd/message"
)

// Identifiers are the only bytes of a layout that do not follow from the size of the disk and the label: GUIDs of the table and of the
// partition, volume id, and date of the label. They are together 40 bytes.
type Identifiers struct{ n names }

// Identifiers returns what [FAT32] would write with these options, if Random and Now give the same again.
func (o Options) Identifiers() (Identifiers, error) {
	n, err := o.names()
	return Identifiers{n}, err
}

// ReadIdentifiers reads the identifiers that a disk has. They are not checked: what is no GUID makes [Compare] find a difference.
func ReadIdentifiers(m io.ReaderAt, size int64, block int, label string) (Identifiers, error) {
	n := names{label: label}
	l, err := plan(FAT, size, block)
	if err != nil {
		return Identifiers{}, err
	}
	buf := aligned()[:l.block]
	read := func(at int64) error {
		k, err := m.ReadAt(buf, at*l.block)
		if k == len(buf) {
			return nil
		}
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return message.Errorf("reading block %d: %w", at, err)
	}
	if err := read(1); err != nil { // GPT header: DiskGUID (UEFI 2.10, 5.3.2)
		return Identifiers{}, err
	}
	n.disk = guidOnDisk(buf[56:72])
	if err := read(2); err != nil { // first entry: UniquePartitionGUID (UEFI 2.10, 5.3.3)
		return Identifiers{}, err
	}
	n.part = guidOnDisk(buf[16:32])
	if err := read(l.start); err != nil {
		return Identifiers{}, err
	}
	n.volume = binary.LittleEndian.Uint32(buf[67:])
	if err := read(l.data()); err != nil { // the label's entry
		return Identifiers{}, err
	}
	t, d := int(binary.LittleEndian.Uint16(buf[22:])), int(binary.LittleEndian.Uint16(buf[24:]))
	n.made = time.Date(1980+d>>9, time.Month(d>>5&15), d&31, t>>11, t>>5&63, t&31*2, 0, time.UTC)
	return Identifiers{n}, nil
}

// guidOnDisk reads a GUID, whose first three groups are little-endian (UEFI 2.10, appendix A).
func guidOnDisk(b []byte) string {
	le := binary.LittleEndian
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", le.Uint32(b), le.Uint16(b[4:]), le.Uint16(b[6:]), b[8:10], b[10:16])
}

// Sum is the SHA-256 of what [FAT32] writes with these identifiers to a disk of that size: of the bytes of its [Extents], in their order.
func Sum(size int64, block int, id Identifiers) (sum [sha256.Size]byte, err error) {
	l, err := plan(id.n.fs, size, block)
	if err != nil {
		return sum, err
	}
	first, table, err := l.pieces(id.n)
	if err != nil {
		return sum, err
	}
	all, h, buf := append(first[1:], table), sha256.New(), aligned() // the first piece empties what the table fills
	slices.SortFunc(all, func(a, b piece) int { return cmp.Compare(a.off, b.off) })
	for _, p := range all {
		for at := int64(0); at < p.size; at += chunk {
			b := buf[:min(chunk, p.size-at)]
			p.fill(b, at)
			h.Write(b)
		}
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// Compare reads what [FAT32] writes with these identifiers on a disk of that size and returns how many bytes it compared, and the
// blocks that hold others, sorted and merged.
func Compare(m io.ReaderAt, size int64, block int, id Identifiers) (compared int64, differs []Extent, err error) {
	l, err := plan(id.n.fs, size, block)
	if err != nil {
		return 0, nil, err
	}
	first, table, err := l.pieces(id.n)
	if err != nil {
		return 0, nil, err
	}
	want, have := aligned(), aligned()
	for _, p := range append(first[1:], table) { // the first piece empties what the table fills
		for at := int64(0); at < p.size; at += chunk {
			want, have := want[:min(chunk, p.size-at)], have[:min(chunk, p.size-at)]
			p.fill(want, at)
			n, err := m.ReadAt(have, p.off+at)
			if n < len(have) {
				if err == nil || errors.Is(err, io.EOF) {
					err = io.ErrUnexpectedEOF
				}
				return compared, merge(differs), message.Errorf("reading %s at byte %d: %w", p.name, p.off+at, err)
			}
			compared += int64(len(have))
			for b := int64(0); b < int64(len(have)); b += l.block {
				if !bytes.Equal(want[b:b+l.block], have[b:b+l.block]) {
					differs = append(differs, Extent{p.off + at + b, l.block})
				}
			}
		}
	}
	return compared, merge(differs), nil
}
