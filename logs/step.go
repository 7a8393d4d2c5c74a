package logs

import (
	"bytes"
	"errors"
	"io/fs"
	"time"

	"rasure/cmd/message"
	"rasure/logs/durable"
)

// Step is where a counter that has counted without entries is taken up again. From the size on, counter == Base + size holds with this base.
// A caller that has such steps in its log decides whether they are true; this package only counts with them.
type Step struct {
	Size int64
	Base uint64 // greater than that of the step before
}

// BaseAt returns the base of the counter at a size of the log.
func (p Identity) BaseAt(size int64) uint64 {
	base := p.Base
	for _, s := range p.Steps {
		if s.Size <= size {
			base = s.Base
		}
	}
	return base
}

// counted is the value of the counter that a checkpoint of a size attests.
func (p Identity) counted(size int64) uint64 { return p.BaseAt(size) + uint64(size) }

// Lead returns how many more entries a counter with a value has counted than a log of a size has, which is negative if it has counted fewer. Where the
// next entry begins a step, the counter has made that step already: it counted without entries before somebody said so.
func (p Identity) Lead(value uint64, size int64) int64 {
	return int64(value - p.BaseAt(size+1) - uint64(size))
}

// CounterLine returns the line of the counter on a signed checkpoint, whatever its value: the bytes after the 4-byte key id.
func CounterLine(p Identity, signed []byte) ([]byte, error) {
	_, _, line, err := openCheckpoint(p, signed)
	if err == nil && line == nil {
		err = message.New("no counter is attested")
	}
	return line, err
}

// DropUnfinished removes the entry from the log in dir that a crash has left unfinished, unless it is keep. No caller of [Log.Append] has got the index of such an entry, so none counts on that it
// is in the log. It is needed where the counter has counted too often, so that the entry cannot be finished any more.
func DropUnfinished(dir string, keep []byte, wait time.Duration) error {
	files := durable.Open(dir)
	unlock, err := files.Lock(lockFile, wait)
	if err != nil {
		return err
	}
	defer unlock()
	data, err := readFile(durable.FS(dir), intentFile, maxIntent)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if in, err := parseIntent(data); err == nil && bytes.Equal(in.entry, keep) {
		return nil
	}
	return files.Remove(intentFile)
}
