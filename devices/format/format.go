// Package format lays an empty partition table and file system on an erased disk, so that it can be used again: a GPT with
// one partition over the whole disk, of FAT32, which every system reads, or of exFAT (exfat.go), for files of more than 4 GiB.
//
// # Layout
//
//	block 0        protective MBR                                     UEFI 2.10, 5.2.3
//	block 1        GPT header, then 16 KiB of entries                 UEFI 2.10, 5.3
//	1 MiB          the partition, type Microsoft basic data; its end is a multiple of 1 MiB too
//	  sector 0     boot sector, FSInfo, third sector; copies at sector 6
//	  reserved     as many sectors as align the data to 1 MiB, which spares flash
//	  FAT, FAT     then the root directory, one cluster
//	last blocks    GPT entries and header again
//
// Nothing else is written: the data area keeps what the erase left there. Sizes are counted in logical blocks, which are the sectors
// of the file system. FAT is Microsoft's "FAT32 File System Specification" 1.03, "fatgen" for short.
//
// # Order
//
// Blocks 0 and 1 are emptied; file system, backup GPT and entries are written, flushed, read again and compared; only then blocks 0
// and 1 are written, in one request. A GPT is valid only with a protective MBR (UEFI 2.10, 5.2.3), so an interruption leaves no table
// or the whole one; if it interrupts the last write, the backup GPT replaces the header.
//
// # What go-diskfs does here
//
// It makes both copies of the GPT. Its protective MBR would come first, has no CHS addresses, and keeps the old boot code. Its FAT32
// (v1.9.4) takes no number of hidden sectors, which should be the blocks before the partition (BPB_HiddSec); keeps the sectors of a
// FAT in 16 bits, so that the FATs are too short from 256 GiB on; makes fewer clusters than FAT32 needs on small disks with blocks of
// 4096 bytes; and writes FSInfo without the count of free clusters. So this package makes MBR and FAT32.
package format

import (
	"crypto/rand"
	"encoding/binary"
	"io"
	"time"

	"rasure/cmd/message"
)

// Medium is a claimed disk. Every access is aligned to the logical block in offset, length and memory, as O_DIRECT needs it. If the
// medium also has Sync() error or DropCache() error, as devices.Target has, FAT32 flushes it between the steps and drops its cache
// before it reads again. To stop FAT32 early, let WriteAt or ReadAt return an error.
type Medium interface {
	io.ReaderAt
	io.WriterAt
}

// Options are optional: the zero value is valid.
type Options struct {
	FileSystem FileSystem       // "" is FAT
	Label      string           // volume label, see [FileSystem.CheckLabel]; "" for none
	Random     io.Reader        // source of GUIDs and volume id; nil is crypto/rand
	Now        func() time.Time // dates the label, in its own zone (FAT knows none); nil is time.Now
}

// FileSystem is what the partition holds.
type FileSystem string

const (
	FAT   FileSystem = "fat32"
	ExFAT FileSystem = "exfat"
)

// Extent is a piece of the disk, in bytes.
type Extent struct{ Offset, Length int64 }

// ErrUnfit means that the disk cannot have a valid file system of that kind. Nothing was written.
var ErrUnfit = message.New("the file system does not fit this disk")

// FAT32 writes a GPT and one empty FAT32 file system to a disk of size bytes in logical blocks of 512 or 4096 bytes, reads all of it
// again and compares. It does not write to bytes after the last whole block.
//
// It returns what was written, in whole blocks, sorted and merged: these no longer have what the erase left there. That is also true
// with an error; what a failed write was about to change is included. An error without extents means that nothing was written. The
// error wraps [ErrUnfit] for a disk that is too small, too large, or has other blocks: FAT32 has at least 65,525 clusters (about 36 MiB; 260 MiB in blocks of 4096) and at most 2^32-1 sectors (2 TiB in blocks of
// 512) or 2^28 clusters of 32 KiB (8 TiB).
func FAT32(m Medium, size int64, block int, o Options) (written []Extent, err error) {
	o.FileSystem = FAT
	return Write(m, size, block, o)
}

// Write is [FAT32] for the file system of the options. exFAT fits disks from a little more than 2 MiB to many TB.
func Write(m Medium, size int64, block int, o Options) (written []Extent, err error) {
	l, err := plan(o.FileSystem, size, block)
	if err != nil {
		return nil, err
	}
	n, err := o.names()
	if err != nil {
		return nil, err
	}
	first, table, err := l.pieces(n)
	if err != nil {
		return nil, err
	}
	// ------ from here the disk is changed
	w := newWriter(m)
	if err = w.write(first...); err == nil {
		err = w.write(table)
	}
	return merge(w.extents), err
}

// Extents returns what [Write] writes to such a disk, or its error, before the first write.
func Extents(fs FileSystem, size int64, block int) ([]Extent, error) {
	l, err := plan(fs, size, block)
	if err != nil {
		return nil, err
	}
	first, table, err := l.pieces(names{})
	if err != nil {
		return nil, err
	}
	var all []Extent
	for _, p := range append(first, table) {
		all = append(all, Extent{p.off, p.size})
	}
	return merge(all), nil
}

// names identify this file system.
type names struct {
	disk, part string // GUIDs
	volume     uint32
	label      string
	made       time.Time
	fs         FileSystem
}

func (o Options) names() (n names, err error) {
	if err := o.FileSystem.CheckLabel(o.Label); err != nil {
		return n, err
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	var b [36]byte
	if _, err := io.ReadFull(o.Random, b[:]); err != nil {
		return n, message.Errorf("choosing GUIDs: %w", err)
	}
	return names{
		disk:   guid([16]byte(b[:16])),
		part:   guid([16]byte(b[16:32])),
		volume: binary.LittleEndian.Uint32(b[32:]),
		label:  o.Label,
		made:   o.Now(),
		fs:     o.FileSystem,
	}, nil
}
