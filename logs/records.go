package logs

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"runtime"
	"strconv"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"rasure/cmd/message"
	"rasure/logs/durable"
)

// attestDir has the records of the lines that attest the counter, one for each entry: that of the checkpoint of which the entry was the
// last. A record that was not kept is all zero bytes, or its file ends before it.
const attestDir = "attest"

// recordLevel is the level of the files in attestDir. They are named like bundles.
const recordLevel = -2

// readRecords returns the records of the w first entries of bundle n, without verifying them. size is that of a record, in bytes.
func readRecords(fsys fs.FS, size int, n int64, w int) ([]byte, error) {
	records := make([]byte, w*size)
	for range 3 { // an append may overtake the reader between two looks at the directory
		data, name, width, err := readTile(fsys, recordLevel, n, w, int64(tileWidth*size))
		if errors.Is(err, fs.ErrNotExist) {
			// A program that keeps no records has appended the entries behind it.
			width, err = narrowerRecords(fsys, n, w)
			if err != nil {
				return nil, err
			}
			if width == 0 {
				continue
			}
			name = tileName(recordLevel, n, width)
			data, err = readFile(fsys, name, int64(tileWidth*size))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		if len(data) != width*size {
			return nil, damaged(name, message.Errorf("it has %d bytes, not %d", len(data), width*size))
		}
		copy(records, data)
		return records, nil
	}
	return records, nil
}

// narrowerRecords returns the width of the widest file with records of bundle n that is narrower than w, 0 if there is none.
func narrowerRecords(fsys fs.FS, n int64, w int) (width int, err error) {
	all, err := recordWidths(fsys, n)
	for _, i := range all {
		if i < w {
			width = max(width, i)
		}
	}
	return width, err
}

// recordWidths returns the widths of the files with records of bundle n that are not full.
func recordWidths(fsys fs.FS, n int64) (widths []int, err error) {
	list, err := fs.ReadDir(fsys, path.Dir(tileName(recordLevel, n, 1)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, durable.Explain(err)
	}
	for _, f := range list {
		if i, err := strconv.Atoi(f.Name()); err == nil && 0 < i && i < tileWidth && strconv.Itoa(i) == f.Name() {
			widths = append(widths, i)
		}
	}
	return widths, nil
}

// record returns the record at position i of records, nil if it was not kept.
func record(records []byte, size, i int) []byte {
	r := records[i*size:][:size:size]
	if len(bytes.Trim(r, "\x00")) == 0 {
		return nil
	}
	return r
}

// VerifyRecord verifies that record was made of a line that attests the counter together with head, at the value that head's size demands, and
// returns that line: the bytes after the 4-byte key id. It may be called concurrently.
func (p Identity) VerifyRecord(head Checkpoint, record []byte) (line []byte, err error) {
	if p.Records == nil {
		return nil, message.New("a log without a counter has no records of attestations")
	}
	if line, err = p.Records.Line(record); err != nil {
		return nil, err
	}
	if !p.Counter.Verify([]byte(head.Text()), line) {
		return nil, message.Errorf("it is no attestation of the log's first %d entries by this station", head.Size)
	}
	counter, err := p.Counter.Counter(line)
	if err != nil {
		return nil, err
	}
	if counter != p.counted(head.Size) {
		return nil, message.Errorf("%d entries attested with a counter of %d, which began at %d", head.Size, counter, p.BaseAt(head.Size))
	}
	return line, nil
}

// edgeRecords reads and verifies the records that the next append copies into its file: those of the last bundle, if it is not full. Those
// that are in known, at the same place, were verified before.
func edgeRecords(fsys fs.FS, p Identity, t tree, known []byte) ([]byte, error) {
	n, w := t.size/tileWidth, int(t.size%tileWidth)
	if p.Records == nil || w == 0 {
		return nil, nil
	}
	size := p.Records.RecordSize()
	records, err := readRecords(fsys, size, n, w)
	if err != nil {
		return nil, err
	}
	f := t.bundles()
	return records, verifyRecords(p, tileName(recordLevel, n, w), &f, t.edge[0], records, known)
}

// verifyRecords verifies the records of the entries with the hashes in leaves, which it adds to f, on all processors.
func verifyRecords(p Identity, name string, f *frontier, leaves []tlog.Hash, records, known []byte) error {
	size := p.Records.RecordSize()
	heads, errs := make([]Checkpoint, len(leaves)), make([]error, len(leaves))
	for i, leaf := range leaves {
		f.add(leaf)
		heads[i] = Checkpoint{p.Origin, f.size, f.root()}
	}
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for k := range workers {
		wg.Go(func() { // owns every workers-th element of errs
			for i := k; i < len(leaves); i += workers {
				r := record(records, size, i)
				if r == nil || len(known) >= (i+1)*size && bytes.Equal(r, known[i*size:][:size]) {
					continue
				}
				if _, err := p.VerifyRecord(heads[i], r); err != nil {
					errs[i] = damaged(name, message.Errorf("the record of size %d: %w", heads[i].Size, err))
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// addRecord returns the records of the last bundle of a log of the given size, of whose checkpoint line is the counter's, and their file.
func (l *Log) addRecord(size int64, line []byte) (records []byte, f file, err error) {
	r, err := l.o.Records.Record(line)
	if err != nil {
		return nil, file{}, err
	}
	if length := l.o.Records.RecordSize(); len(r) != length || record(r, length, 0) == nil {
		return nil, file{}, message.Errorf("the record of an attestation has %d bytes, not %d", len(r), length)
	}
	n, w := (size-1)/tileWidth, int((size-1)%tileWidth)+1
	f = file{tileName(recordLevel, n, w), append(bytes.Clone(l.records), r...)}
	if w == tileWidth {
		return nil, f, nil
	}
	return f.data, f, nil
}

// obsoleteRecords names the files that the last file of records has replaced.
func (l *Log) obsoleteRecords() ([]string, error) {
	if l.o.Records == nil || l.cp.Size == 0 {
		return nil, nil
	}
	n, w := (l.cp.Size-1)/tileWidth, int((l.cp.Size-1)%tileWidth)+1
	widths, err := recordWidths(l.fsys, n)
	var names []string
	for _, i := range widths {
		if i < w && w < tileWidth {
			names = append(names, tileName(recordLevel, n, i))
		}
	}
	if w == tileWidth && len(widths) > 0 {
		names = []string{path.Dir(tileName(recordLevel, n, 1))}
	}
	return names, err
}
