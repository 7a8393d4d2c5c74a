package format_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unsafe"

	"rasure/devices/format"
)

var (
	errUnaligned = errors.New("invalid argument: not aligned")
	errBroken    = errors.New("input/output error")
)

// medium is an erased disk in memory: a pattern that is never the same in two blocks, and over it what was written. It
// refuses what O_DIRECT refuses.
type medium struct {
	size, block int64
	wraps       int64            // addresses are taken modulo this; 0: they are not
	failAt      int              // the write that fails, from 1; 0: none
	torn        int64            // blocks that get through before it fails
	lose        func(int64) bool // blocks whose writes are lost
	flip        int64            // block that reads with one bit wrong; -1: none

	over   map[int64][]byte // by block number
	writes int
	events []string
}

func newMedium(size int64, block int) *medium {
	return &medium{size: size, block: int64(block), flip: -1, over: map[int64][]byte{}}
}

func (m *medium) check(p []byte, off int64) error {
	b := m.block
	switch {
	case off%b != 0, int64(len(p))%b != 0, len(p) == 0, uintptr(unsafe.Pointer(&p[0]))%uintptr(b) != 0:
		return errUnaligned
	case off < 0 || off+int64(len(p)) > m.size/b*b:
		return io.EOF
	}
	return nil
}

func (m *medium) number(off int64) int64 {
	if m.wraps > 0 {
		off %= m.wraps
	}
	return off / m.block
}

func (m *medium) ReadAt(p []byte, off int64) (int, error) {
	if err := m.check(p, off); err != nil {
		return 0, err
	}
	m.events = append(m.events, "read")
	for i := int64(0); i < int64(len(p)); i += m.block {
		n := m.number(off + i)
		m.blockAt(p[i:i+m.block], n)
		if n == m.flip {
			p[i+m.block-1] ^= 1
		}
	}
	return len(p), nil
}

func (m *medium) WriteAt(p []byte, off int64) (int, error) {
	if err := m.check(p, off); err != nil {
		return 0, err
	}
	m.writes++
	m.events = append(m.events, "write")
	fails := m.writes == m.failAt
	for i := int64(0); i < int64(len(p)); i += m.block {
		if fails && i/m.block >= m.torn {
			break
		}
		if n := m.number(off + i); m.lose == nil || !m.lose(n) {
			m.over[n] = bytes.Clone(p[i : i+m.block])
		}
	}
	if fails {
		return 0, errBroken
	}
	return len(p), nil
}

func (m *medium) Sync() error      { m.events = append(m.events, "sync"); return nil }
func (m *medium) DropCache() error { m.events = append(m.events, "drop"); return nil }

// blockAt reads one block.
func (m *medium) blockAt(p []byte, n int64) {
	if b, ok := m.over[n]; ok {
		copy(p, b)
		return
	}
	pattern(p, n*m.block)
}

// pattern fills p, whole blocks, with what the erasure left at off (splitmix64 of the position).
func pattern(p []byte, off int64) {
	for i := 0; i < len(p); i += 8 {
		z := (uint64(off)/8 + uint64(i)/8 + 1) * 0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		binary.LittleEndian.PutUint64(p[i:], z^z>>31)
	}
}

// changed lists the extents that no longer have the pattern, by comparing every block that was written.
func (m *medium) changed() []format.Extent {
	var out []format.Extent
	want := make([]byte, m.block)
	numbers := make([]int64, 0, len(m.over))
	for n, b := range m.over {
		if pattern(want, n*m.block); !bytes.Equal(b, want) {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		if k := len(out) - 1; k >= 0 && out[k].Offset+out[k].Length == n*m.block {
			out[k].Length += m.block
			continue
		}
		out = append(out, format.Extent{Offset: n * m.block, Length: m.block})
	}
	return out
}

// file puts the bytes from offset from up to to into a file, for tools. Where nothing was written it has holes, or the
// pattern if full is asked for.
func (m *medium) file(t testing.TB, from, to int64, full bool) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "img")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(to - from); err != nil {
		t.Fatal(err)
	}
	put := func(p []byte, off int64) {
		if _, err := f.WriteAt(p, off-from); err != nil {
			t.Fatal(err)
		}
	}
	if full {
		p := make([]byte, 1<<20)
		for off := from; off < to; off += int64(len(p)) {
			p = p[:min(int64(len(p)), to-off)]
			pattern(p, off)
			put(p, off)
		}
	}
	zero := make([]byte, m.block)
	for n, b := range m.over {
		if off := n * m.block; off >= from && off < to && (full || !bytes.Equal(b, zero)) {
			put(b, off)
		}
	}
	return path
}

// loose reads a medium at any offset and length, as go-diskfs does.
type loose struct{ m *medium }

func (l loose) ReadAt(p []byte, off int64) (int, error) {
	b := make([]byte, l.m.block)
	for n := 0; n < len(p); {
		at := off + int64(n)
		if at >= l.m.size {
			return n, io.EOF
		}
		l.m.blockAt(b, at/l.m.block)
		n += copy(p[n:], b[at%l.m.block:])
	}
	return len(p), nil
}

// diskfs is a medium as go-diskfs wants it.
type diskfs struct{ *io.SectionReader }

func newDiskfs(m *medium) diskfs { return diskfs{io.NewSectionReader(loose{m}, 0, m.size)} }

func (diskfs) Stat() (fs.FileInfo, error) { return nil, errors.ErrUnsupported }
func (diskfs) Close() error               { return nil }
