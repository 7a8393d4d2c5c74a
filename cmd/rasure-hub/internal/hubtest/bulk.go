package hubtest

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"rasure/logs"
)

// Bulk does what act appends at once: the files of the log are those that it would have, without the work of each append. With it a test makes a log
// of 10,000 entries in seconds.
func (s *Station) Bulk(act func()) {
	s.T.Helper()
	w := &bulk{station: s}
	for e, err := range s.Log.Snapshot().Entries(0) {
		Check(s.T, err)
		w.add(e.Data)
	}
	s.bulk = w
	act()
	s.bulk = nil
	w.write()
	var err error
	s.Log, err = logs.Open(s.Dir, s.options)
	Check(s.T, err)
}

// bulk is a log that is written at once.
type bulk struct {
	station *Station
	size    int64
	hashes  []tlog.Hash // as package tlog stores them
	bundles [][]byte
	records [][]byte // for each bundle
	head    logs.Checkpoint
}

func (b *bulk) read(indexes []int64) (list []tlog.Hash, err error) {
	for _, i := range indexes {
		list = append(list, b.hashes[i])
	}
	return list, nil
}

// add adds an entry and the record of the line that attests it.
func (b *bulk) add(entry []byte) (index int64) {
	s := b.station
	more, err := tlog.StoredHashes(b.size, entry, tlog.HashReaderFunc(b.read))
	Check(s.T, err)
	b.hashes = append(b.hashes, more...)
	if b.size%256 == 0 {
		b.bundles, b.records = append(b.bundles, nil), append(b.records, nil)
	}
	last := len(b.bundles) - 1
	b.bundles[last] = append(binary.BigEndian.AppendUint16(b.bundles[last], uint16(len(entry))), entry...)
	b.size++
	root, err := tlog.TreeHash(b.size, tlog.HashReaderFunc(b.read))
	Check(s.T, err)
	b.head = logs.Checkpoint{Origin: s.Name, Size: b.size, Root: root}
	s.played.Value, s.played.Clock = s.ID.Base+uint64(b.size), s.played.Clock+10
	line, err := s.options.Signers[1].Sign([]byte(b.head.Text()))
	Check(s.T, err)
	record, err := s.ID.Records.Record(line)
	Check(s.T, err)
	b.records[last] = append(b.records[last], record...)
	return b.size - 1
}

func (b *bulk) write() {
	s := b.station
	Check(s.T, os.RemoveAll(filepath.Join(s.Dir, "tile")))
	Check(s.T, os.RemoveAll(filepath.Join(s.Dir, "attest")))
	file := func(name string, data []byte) {
		path := filepath.Join(s.Dir, name)
		Check(s.T, os.MkdirAll(filepath.Dir(path), 0o755))
		Check(s.T, os.WriteFile(path, data, 0o644))
	}
	for _, t := range tlog.NewTiles(8, 0, b.size) {
		data, err := tlog.ReadTileData(t, tlog.HashReaderFunc(b.read))
		Check(s.T, err)
		path := strings.TrimPrefix(t.Path(), "tile/8/")
		file("tile/"+path, data)
		if t.L == 0 {
			_, n, _ := strings.Cut(path, "/")
			file("tile/entries/"+n, b.bundles[t.N])
			file("attest/"+n, b.records[t.N])
		}
	}
	signed, err := note.Sign(&note.Note{Text: b.head.Text()}, s.options.Signers...)
	Check(s.T, err)
	file("checkpoint", bytes.Clone(signed))
}
