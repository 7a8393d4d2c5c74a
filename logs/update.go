package logs

import (
	"bytes"
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"rasure/cmd/message"
	"rasure/logs/durable"
)

// ErrNewer means that a copy of a log has more entries than the log, or is of another log.
var ErrNewer = message.New("the copy is not an older state of this log")

// Update brings a copy that it or [Snapshot.Export] made up to date, or makes one in a directory that does not exist yet: it writes the
// files that are missing or differ, and the checkpoint last. What it writes was verified. Its parent must exist.
func (s *Snapshot) Update(dir string) error {
	have, to := durable.FS(dir), durable.Open(dir)
	if old, err := fs.ReadFile(have, checkpointFile); err == nil {
		if err := s.follows(old); err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return durable.Explain(err)
	}
	write := func(name string, data []byte) error {
		if old, err := fs.ReadFile(have, name); err == nil && bytes.Equal(old, data) {
			return nil
		}
		return to.WriteFile(name, data)
	}
	if err := s.files(write); err != nil {
		return err
	}
	if err := s.records(write); err != nil {
		return err
	}
	return write(checkpointFile, s.signed)
}

// follows refuses a checkpoint that this log has never had, as far as its first lines show: origin and size.
func (s *Snapshot) follows(old []byte) error {
	lines, now := strings.SplitN(string(old), "\n", 3), strings.SplitN(string(s.signed), "\n", 3)
	if len(lines) < 3 || lines[0] != now[0] {
		return ErrNewer
	}
	if size, err := strconv.ParseInt(lines[1], 10, 64); err != nil || size > s.cp.Size {
		return message.Errorf("%w: it has %s entries, and the log %d", ErrNewer, lines[1], s.cp.Size)
	}
	return nil
}
