package logs

import (
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"rasure/logs/durable"
)

// Export copies the log to a directory that does not exist yet: checkpoint, tiles and records, in the layout of the log itself, without
// intent and lock, which belong to the station. What it writes was verified, the records too; the checkpoint is written last. Other
// users who can rename in the directory above cannot lead it elsewhere, see [durable.Make].
func (s *Snapshot) Export(dir string) error {
	to, err := durable.Make(dir)
	if err != nil {
		return err
	}
	defer to.Close()
	if err := s.files(to.WriteFile); err != nil {
		return err
	}
	if err := s.records(to.WriteFile); err != nil {
		return err
	}
	return to.WriteFile(checkpointFile, s.signed)
}

// Export is [Snapshot.Export] of the log as this handle knows it.
func (l *Log) Export(dir string) error { return l.Snapshot().Export(dir) }

// files calls each for every bundle and tile, verified.
func (s *Snapshot) files(each func(name string, data []byte) error) error {
	hs, err := s.leafHashes(0)
	if err != nil {
		return err
	}
	n := int64(0)
	for leaves := range slices.Chunk(hs, tileWidth) {
		entries, err := checkedBundle(s.fsys, n, s.cp.Size, leaves)
		if err != nil {
			return err
		}
		var bundle []byte
		for _, entry := range entries {
			bundle = appendEntry(bundle, entry)
		}
		if err := each(tileName(bundles, n, len(leaves)), bundle); err != nil {
			return err
		}
		n++
	}
	for level := 0; len(hs) > 0; level++ {
		var up []tlog.Hash
		n := int64(0)
		for tile := range slices.Chunk(hs, tileWidth) {
			if err := each(tileName(level, n, len(tile)), concat(tile)); err != nil {
				return err
			}
			if len(tile) == tileWidth {
				up = append(up, fold(tile))
			}
			n++
		}
		hs = up
	}
	return nil
}

// records calls each for every file of records.
func (s *Snapshot) records(each func(name string, data []byte) error) error {
	if s.id.Records == nil {
		return nil
	}
	leaves, err := s.leafHashes(0)
	if err != nil {
		return err
	}
	return s.recordsSince(0, leaves, each)
}
