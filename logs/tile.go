package logs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"rasure/cmd/message"
	"rasure/logs/durable"

	"golang.org/x/mod/sumdb/tlog"
)

// What c2sp.org/tlog-tiles fixes.
const (
	tileHeight   = 8
	tileWidth    = 1 << tileHeight // hashes in a full tile, entries in a full bundle
	maxEntry     = 1<<16 - 1       // bytes; an entry's length is a uint16 ("Log entries")
	bundles      = -1              // the level of the entry bundles, as in tlog.Tile
	maxTileBytes = tileWidth * tlog.HashSize
	maxBundle    = tileWidth * (2 + maxEntry)
)

// tileName returns the path of tile n at a level, w wide.
func tileName(level int, n int64, w int) string {
	p := tlog.Tile{H: tileHeight, L: max(level, bundles), N: n, W: w}.Path() // tile/8/LEVEL/N[.p/W]
	p = strings.TrimPrefix(p, "tile/8/")
	switch level {
	case recordLevel:
		return attestDir + strings.TrimPrefix(p, "data")
	case bundles:
		p = "entries" + strings.TrimPrefix(p, "data")
	}
	return "tile/" + p
}

// readTile reads the tile that is w wide, at most limit bytes, and returns its bytes, its name and its real width. A reader without the lock may find that the
// log has grown and the tile is gone; then readTile takes a wider one, which begins with the same entries.
func readTile(fsys fs.FS, level int, n int64, w int, limit int64) (data []byte, name string, width int, err error) {
	want := tileName(level, n, w)
	for range 100 { // appends that may overtake the reader
		data, err = readFile(fsys, want, limit)
		if !errors.Is(err, fs.ErrNotExist) {
			return data, want, w, err
		}
		width, ok, err := widerTile(fsys, level, n, w)
		if err != nil {
			return nil, want, w, err
		}
		if !ok {
			break
		}
		name = tileName(level, n, width)
		data, err = readFile(fsys, name, limit)
		if !errors.Is(err, fs.ErrNotExist) {
			return data, name, width, err
		}
	}
	return nil, want, w, damaged(want, fs.ErrNotExist)
}

// widerTile returns the width of the narrowest tile on the disk that is wider than w.
func widerTile(fsys fs.FS, level int, n int64, w int) (width int, ok bool, err error) {
	if w >= tileWidth {
		return 0, false, nil
	}
	if _, err := fs.Stat(fsys, tileName(level, n, tileWidth)); !errors.Is(err, fs.ErrNotExist) {
		return tileWidth, err == nil, durable.Explain(err)
	}
	best := tileWidth
	list, err := fs.ReadDir(fsys, path.Dir(tileName(level, n, w)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, false, durable.Explain(err)
	}
	for _, f := range list {
		if i, err := strconv.Atoi(f.Name()); err == nil && w < i && i < best {
			best = i
		}
	}
	return best, best < tileWidth, nil
}

// readHashes reads the w first hashes of a tile, without checking them.
func readHashes(fsys fs.FS, level int, n int64, w int) ([]byte, error) {
	data, name, width, err := readTile(fsys, level, n, w, maxTileBytes)
	if err != nil {
		return nil, err
	}
	if len(data) != width*tlog.HashSize {
		return nil, damaged(name, message.Errorf("it has %d bytes, not %d", len(data), width*tlog.HashSize))
	}
	return data[:w*tlog.HashSize], nil
}

// readBundle reads the w first entries of a bundle, without checking them.
func readBundle(fsys fs.FS, n int64, w int) ([][]byte, error) {
	data, name, width, err := readTile(fsys, bundles, n, w, maxBundle)
	if err != nil {
		return nil, err
	}
	entries, err := parseBundle(data, width)
	if err != nil {
		return nil, damaged(name, err)
	}
	return entries[:w], nil
}

var errBundle = message.New("malformed entry bundle")

// parseBundle splits a bundle of exactly w entries. The entries share its memory.
func parseBundle(data []byte, w int) ([][]byte, error) {
	entries := make([][]byte, 0, w)
	for range w {
		if len(data) < 2 {
			return nil, errBundle
		}
		n := 2 + int(binary.BigEndian.Uint16(data))
		if len(data) < n {
			return nil, errBundle
		}
		entries = append(entries, data[2:n:n])
		data = data[n:]
	}
	if len(data) != 0 {
		return nil, errBundle
	}
	return entries, nil
}

// joinBundle is the bundle of entries.
func joinBundle(entries [][]byte) []byte {
	n := 0
	for _, entry := range entries {
		n += 2 + len(entry)
	}
	data := make([]byte, 0, n)
	for _, entry := range entries {
		data = appendEntry(data, entry)
	}
	return data
}

// appendEntry appends an entry to a bundle.
func appendEntry(bundle, entry []byte) []byte {
	return append(binary.BigEndian.AppendUint16(bundle, uint16(len(entry))), entry...)
}

// ReadEntry returns the entry at index, unverified: it is for the first entry, which says what the [Identity] of the log is. Use
// [ReadSnapshot] afterwards.
func ReadEntry(dir fs.FS, index int64) ([]byte, error) {
	if index < 0 || index >= maxSize {
		return nil, message.Errorf("there is no entry %d", index)
	}
	i := int(index % tileWidth)
	entries, err := readBundle(dir, index/tileWidth, i+1)
	if err != nil {
		return nil, err
	}
	return entries[i], nil
}

// readFile reads a regular file of at most limit bytes; what is longer is damaged: a hostile file must not fill the memory. That a file
// cannot be read is another error. [durable.FS] makes sure that the opening of a FIFO does not wait.
func readFile(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, durable.Explain(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, durable.Explain(err)
	}
	if !info.Mode().IsRegular() {
		return nil, damaged(name, durable.ErrNotRegular)
	}
	var b bytes.Buffer
	b.Grow(int(min(info.Size(), limit)) + bytes.MinRead) // the size is only a hint
	if _, err := b.ReadFrom(io.LimitReader(f, limit+1)); err != nil {
		return nil, durable.Explain(err)
	}
	if int64(b.Len()) > limit {
		return nil, damaged(name, message.Errorf("it has more than %d bytes", limit))
	}
	return b.Bytes(), nil
}

// tiles reads hash tiles for package tlog, which checks them against a root.
// It cannot serve the empty tree: tlog takes that for an inconsistent tile.
type tiles struct{ fsys fs.FS }

func (tiles) Height() int { return tileHeight }

func (t tiles) ReadTiles(want []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(want))
	for i, w := range want {
		var err error
		if data[i], err = readHashes(t.fsys, w.L, w.N, w.W); err != nil {
			return nil, readError{err}
		}
	}
	return data, nil
}

func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// hashes returns a reader of the tree's hashes that checks each against the root.
func hashes(fsys fs.FS, c Checkpoint) tlog.HashReader {
	return tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: c.Root}, tiles{fsys})
}
