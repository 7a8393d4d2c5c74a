package logs

import (
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"
)

// WithFault returns options whose log asks fault before it changes anything.
func (o Options) WithFault(fault func(call, name string) error) Options {
	o.fault = fault
	return o
}

// The parsers of files that are otherwise reached only through Open.
var (
	ParseBundle = func(data []byte, w int) ([][]byte, error) { return parseBundle(data, w) }
	ParseIntent = func(data []byte) (text string, entry []byte, err error) {
		in, err := parseIntent(data)
		return in.checkpoint.Text(), in.entry, err
	}
)

// Intent returns the content of the intent file for appending entry to l.
func (l *Log) Intent(entry []byte) []byte {
	next, _ := l.tree.add(entry)
	return intent{l.checkpointOf(next), entry}.bytes()
}

// Fill makes a log of n entries in dir as Append would, but without waiting for
// the disk and without narrower tiles. It has records if the counter can be set.
func Fill(dir string, o Options, n int64, entry func(int64) []byte) error {
	last := map[string]file{} // by directory: the newest tile of each
	write := func(f file) error {
		name := filepath.Join(dir, f.name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		return os.WriteFile(name, f.data, 0o644)
	}
	c, settable := o.Counter.(interface{ Set(uint64) })
	l := &Log{o: o}
	var t tree
	for t.size < n {
		next, files := t.add(entry(t.size))
		if o.Records != nil && settable {
			c.Set(o.Base + uint64(next.size))
			by := o.Signers[len(o.Signers)-1]
			line, err := by.Sign([]byte(l.checkpointOf(next).Text()))
			if err != nil {
				return err
			}
			records, f, err := l.addRecord(next.size, line)
			if err != nil {
				return err
			}
			l.records, files = records, append(files, f)
		}
		for _, f := range files {
			if base := filepath.Dir(f.name); filepath.Ext(base) == ".p" {
				last[base] = f
				continue
			}
			delete(last, f.name+".p")
			if err := write(f); err != nil {
				return err
			}
		}
		t = next
	}
	for _, f := range last {
		if err := write(f); err != nil {
			return err
		}
	}
	cp := Checkpoint{Origin: o.Origin, Size: t.size, Root: t.root()}
	signed, err := note.Sign(&note.Note{Text: cp.Text()}, o.Signers...)
	if err != nil {
		return err
	}
	return write(file{checkpointFile, signed})
}

// SetFS makes a handle read from other files.
func (l *Log) SetFS(f fs.FS) { l.fsys = f }
