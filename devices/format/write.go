package format

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"slices"
	"unsafe"

	"rasure/cmd/message"
)

// chunk is the largest request: the FATs of a disk of 2 TB have 512 MB.
const chunk = 1 << 20

// piece is data and then zeros, size bytes in all, at off.
type piece struct {
	name message.Text
	off  int64
	data []byte
	size int64
}

// piece makes one that begins at block at.
func (l *layout) piece(name message.Text, at int64, data []byte, blocks int64) piece {
	return piece{name, at * l.block, data, blocks * l.block}
}

// fill sets b to the piece's bytes from offset at on.
func (p piece) fill(b []byte, at int64) {
	clear(b)
	if at < int64(len(p.data)) {
		copy(b, p.data[at:])
	}
}

// writer writes pieces and records where.
type writer struct {
	m          Medium
	want, have []byte
	extents    []Extent // everything that was written, or may have been
}

func newWriter(m Medium) *writer { return &writer{m: m, want: aligned(), have: aligned()} }

// write writes the pieces, flushes them, reads all of them again and compares. It compares only after the last write, to notice two
// addresses that a broken controller maps to one place.
func (w *writer) write(pieces ...piece) error {
	if err := w.each(pieces, w.put); err != nil {
		return err
	}
	if s, ok := w.m.(interface{ Sync() error }); ok {
		if err := s.Sync(); err != nil {
			return message.Errorf("flushing: %w", err)
		}
	}
	if s, ok := w.m.(interface{ DropCache() error }); ok {
		if err := s.DropCache(); err != nil {
			return message.Errorf("dropping the cache: %w", err)
		}
	}
	return w.each(pieces, w.compare)
}

// each calls do with every chunk of the pieces in w.want.
func (w *writer) each(pieces []piece, do func(name message.Text, off int64, want []byte) error) error {
	for _, p := range pieces {
		for at := int64(0); at < p.size; at += chunk {
			want := w.want[:min(chunk, p.size-at)]
			p.fill(want, at)
			if err := do(p.name, p.off+at, want); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *writer) put(name message.Text, off int64, want []byte) error {
	w.extents = append(w.extents, Extent{off, int64(len(want))})
	n, err := w.m.WriteAt(want, off)
	if err == nil && n < len(want) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return message.Errorf("writing %s at byte %d: %w", name, off, err)
	}
	return nil
}

func (w *writer) compare(name message.Text, off int64, want []byte) error {
	have := w.have[:len(want)]
	n, err := w.m.ReadAt(have, off)
	switch {
	case n < len(have) && (err == nil || errors.Is(err, io.EOF)):
		err = io.ErrUnexpectedEOF
	case n == len(have):
		err = nil // io.ReaderAt may return io.EOF with the last bytes
	}
	if err != nil {
		return message.Errorf("reading %s at byte %d back: %w", name, off, err)
	}
	if !bytes.Equal(have, want) {
		return message.Errorf("reading %s at byte %d back: the disk returns other data than was written", name, off)
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
