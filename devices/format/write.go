package format

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"unsafe"
)

// chunk is the most that one request carries: the FATs of a disk of 2 TB have 512 MB.
const chunk = 1 << 20

// piece is data and then zeros, size bytes in all, at off.
type piece struct {
	name string
	off  int64
	data []byte
	size int64
}

// piece makes one that begins at block at and has so many blocks.
func (l *layout) piece(name string, at int64, data []byte, blocks int64) piece {
	return piece{name, at * l.block, data, blocks * l.block}
}

// fill sets b to the piece's bytes from offset at on.
func (p piece) fill(b []byte, at int64) {
	clear(b)
	if at < int64(len(p.data)) {
		copy(b, p.data[at:])
	}
}

// writer writes pieces and keeps account.
type writer struct {
	m          Medium
	want, have []byte
	extents    []Extent // all that was written, or might have been
}

func newWriter(m Medium) *writer { return &writer{m: m, want: aligned(), have: aligned()} }

// write writes the pieces, flushes them, reads all of them again and compares. Comparing comes after all of it, so that two
// addresses which a broken controller takes to the same place are noticed.
func (w *writer) write(pieces ...piece) error {
	if err := w.each(pieces, "writing", w.put); err != nil {
		return err
	}
	if s, ok := w.m.(interface{ Sync() error }); ok {
		if err := s.Sync(); err != nil {
			return fmt.Errorf("flushing: %w", err)
		}
	}
	if s, ok := w.m.(interface{ DropCache() error }); ok {
		if err := s.DropCache(); err != nil {
			return fmt.Errorf("dropping the cache: %w", err)
		}
	}
	return w.each(pieces, "reading again", w.compare)
}

// each calls do with every chunk of the pieces in w.want.
func (w *writer) each(pieces []piece, doing string, do func(off int64, want []byte) error) error {
	for _, p := range pieces {
		for at := int64(0); at < p.size; at += chunk {
			want := w.want[:min(chunk, p.size-at)]
			p.fill(want, at)
			if err := do(p.off+at, want); err != nil {
				return fmt.Errorf("%s %s at byte %d: %w", doing, p.name, p.off+at, err)
			}
		}
	}
	return nil
}

func (w *writer) put(off int64, want []byte) error {
	w.extents = append(w.extents, Extent{off, int64(len(want))})
	n, err := w.m.WriteAt(want, off)
	if err == nil && n < len(want) {
		err = io.ErrShortWrite
	}
	return err
}

func (w *writer) compare(off int64, want []byte) error {
	have := w.have[:len(want)]
	n, err := w.m.ReadAt(have, off)
	switch {
	case n < len(have) && (err == nil || errors.Is(err, io.EOF)):
		return io.ErrUnexpectedEOF
	case n < len(have):
		return err
	case !bytes.Equal(have, want):
		return errors.New("not what was written")
	}
	return nil
}

// merge sorts extents and joins those that touch.
func merge(all []Extent) []Extent {
	slices.SortFunc(all, func(a, b Extent) int { return cmp.Compare(a.Offset, b.Offset) })
	var out []Extent
	for _, e := range all {
		if n := len(out); n > 0 && e.Offset <= out[n-1].Offset+out[n-1].Length {
			last := &out[n-1]
			last.Length = max(last.Length, e.Offset+e.Length-last.Offset)
			continue
		}
		out = append(out, e)
	}
	return out
}

// aligned makes a buffer of a chunk at a multiple of 4096 bytes in memory. Go does not move it.
func aligned() []byte {
	const page = 4096
	b := make([]byte, chunk+page)
	skip := -uintptr(unsafe.Pointer(&b[0])) % page
	return b[skip : skip+chunk : skip+chunk]
}
