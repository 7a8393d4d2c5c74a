package contents

import (
	"bytes"
	"io"
	"math"
)

// disk is a run of bytes with an end: a whole disk, or one volume of it.
type disk struct {
	r     io.ReaderAt
	size  int64
	block int
	part  bool   // it is a volume of a table
	bad   *error // receives the first read error; may be nil
}

// at returns n bytes at off, or nil where the disk ends before or cannot be read.
func (d disk) at(off int64, n int) []byte {
	if off < 0 || n < 0 || off > d.size-int64(n) {
		return nil
	}
	b := make([]byte, n)
	if got, err := d.r.ReadAt(b, off); got < n {
		if err == nil {
			err = io.ErrUnexpectedEOF
		}
		if d.bad != nil && *d.bad == nil {
			*d.bad = err
		}
		return nil
	}
	return b
}

// is reports whether magic is at off.
func (d disk) is(off int64, magic string) bool {
	return string(d.at(off, len(magic))) == magic && magic != ""
}

// holds reports whether a volume begins on the disk.
func (d disk) holds(v Volume) bool { return v.Size > 0 && v.Start < d.size }

// section is the part of a volume that is on the disk.
func (d disk) section(v Volume) disk {
	size := min(v.Size, d.size-v.Start)
	return disk{r: io.NewSectionReader(d.r, v.Start, size), size: size, block: d.block, part: v.Index > 0, bad: d.bad}
}

// blank reports whether the first and the last MiB are readable and zeros.
func (d disk) blank() bool {
	n := int(min(d.size, 1<<20))
	head, tail := d.at(0, n), d.at(d.size-int64(n), n)
	zeros := make([]byte, n)
	return bytes.Equal(head, zeros) && bytes.Equal(tail, zeros)
}

// sectors returns n blocks in bytes, at most 2^63-1: a table may claim 2^64 sectors.
func sectors(n uint64, block int) int64 {
	if n > math.MaxInt64/uint64(block) {
		return math.MaxInt64
	}
	return int64(n) * int64(block)
}
