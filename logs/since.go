package logs

import (
	"bytes"
	"iter"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"rasure/logs/durable"
)

// tileAt is a file of a log: a tile, a bundle or records.
type tileAt struct {
	level int
	n     int64
	w     int
}

// tilesSince yields what a log of size entries has and a log of since entries has not, with records if they are wanted. Nothing that it
// yields depends on the content of a file.
func tilesSince(since, size int64, records bool) iter.Seq[tileAt] {
	return func(yield func(tileAt) bool) {
		for level := recordLevel; ; level++ {
			shift := tileHeight * max(level, 0)
			have, want := since>>shift, size>>shift
			if want == 0 {
				return
			}
			if level == recordLevel && !records {
				continue
			}
			for n := have / tileWidth; n*tileWidth < want; n++ {
				w := bundleLen(n, want)
				if have < n*tileWidth+int64(w) && !yield(tileAt{level, n, w}) {
					return
				}
			}
		}
	}
}

// FilesSince yields the names of the files that a log of size entries has and a log of since entries has not, which is at most size: bundles, tiles
// and, if records is set, records, each in the width that size demands. A file of records may be missing. A hostile size yields without end: count.
func FilesSince(since, size int64, records bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		for t := range tilesSince(since, size, records) {
			if !yield(tileName(t.level, t.n, t.w)) {
				return
			}
		}
	}
}

// ExportSince is [Snapshot.Export] of the files that a copy with since entries has not.
func (s *Snapshot) ExportSince(dir string, since int64) error {
	if since < 0 || since > s.cp.Size {
		return noEntry(since-1, s.cp.Size)
	}
	to, err := durable.Make(dir)
	if err != nil {
		return err
	}
	defer to.Close()
	if err := s.filesSince(since, to.WriteFile); err != nil {
		return err
	}
	return to.WriteFile(checkpointFile, s.signed)
}

// filesSince calls each for every file, verified.
func (s *Snapshot) filesSince(since int64, each func(name string, data []byte) error) error {
	first := since / tileWidth * tileWidth
	leaves, err := s.leafHashes(first)
	if err != nil {
		return err
	}
	for t := range tilesSince(since, s.cp.Size, false) {
		var data []byte
		if t.level == bundles {
			from := t.n*tileWidth - first
			entries, err := checkedBundle(s.fsys, t.n, s.cp.Size, leaves[from:from+int64(t.w)])
			if err != nil {
				return err
			}
			data = joinBundle(entries)
		} else if data, err = tlog.ReadTileData(tlog.Tile{H: tileHeight, L: t.level, N: t.n, W: t.w}, hashes(s.fsys, s.cp)); err != nil {
			return s.name(inTiles(err))
		}
		if err := each(tileName(t.level, t.n, t.w), data); err != nil {
			return err
		}
	}
	return s.recordsSince(since, leaves, each)
}

// recordsSince calls each for the files of records that a copy with since entries has not, verified on all processors. Records that were not
// kept are zero, and a file without any is left out. leaves are the hashes of the entries from the bundle on that has since.
func (s *Snapshot) recordsSince(since int64, leaves []tlog.Hash, each func(name string, data []byte) error) error {
	if s.id.Records == nil || since == s.cp.Size {
		return nil
	}
	size, n := s.id.Records.RecordSize(), since/tileWidth
	f, err := s.frontier(n * tileWidth)
	if err != nil {
		return err
	}
	for hs := range slices.Chunk(leaves, tileWidth) {
		data, err := readRecords(s.fsys, size, n, len(hs))
		if err != nil {
			return err
		}
		name := tileName(recordLevel, n, len(hs))
		if err := verifyRecords(s.id, name, &f, hs, data, nil); err != nil {
			return err
		}
		if len(bytes.Trim(data, "\x00")) > 0 {
			if err := each(name, data); err != nil {
				return err
			}
		}
		n++
	}
	return nil
}

// CopySince is [Snapshot.Update] of a copy that has since entries of this log: it writes what that copy has not, and leaves the checkpoint to
// the caller. What it writes was read again and verified, since the files of the snapshot may be a stranger's.
func (s *Snapshot) CopySince(to *durable.Dir, since int64) error {
	const (
		atOnce = 64      // files: fsyncs share the disk's flushes
		held   = 8 << 20 // bytes: they are in memory
	)
	var files []durable.File
	n := 0
	write := func() error {
		err := to.WriteFiles(files...)
		clear(files)
		files, n = files[:0], 0
		return err
	}
	err := s.filesSince(since, func(name string, data []byte) error {
		files, n = append(files, durable.File{Name: name, Data: data}), n+len(data)
		if len(files) < atOnce && n < held {
			return nil
		}
		return write()
	})
	if err == nil {
		err = write()
	}
	return err
}

// ObsoleteSince yields the names of the files of a log of since entries that wider ones have replaced in a log of size entries.
func ObsoleteSince(since, size int64) iter.Seq[string] {
	return func(yield func(string) bool) {
		for level := recordLevel; ; level++ {
			shift := tileHeight * max(level, 0)
			have, want := since>>shift, size>>shift
			if have == 0 {
				return
			}
			if w := int(have % tileWidth); w > 0 && have < want && !yield(tileName(level, have/tileWidth, w)) {
				return
			}
		}
	}
}
