// Package cosign keeps what an auditor has cosigned. A cosignature says that a log only grew since the last one, so its giver must remember the
// last one. A flag that says so is forgotten, or is given by somebody who wants a second history cosigned.
package cosign

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"rasure/certify/audit"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs"
	"rasure/logs/durable"
)

// Memory is a directory with the last checkpoint that a cosigner has cosigned of each log. A log is known by its origin and its first entry: two
// stations can have one name, and one key can sign two logs.
type Memory struct {
	dir string
	by  *logs.Cosigner
}

// DefaultDir is where the memory is if nobody names another place: rasure/cosigned in the user's directory for state (XDG base directories, 0.8).
func DefaultDir(getenv func(string) string) (string, error) {
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "rasure", "cosigned"), nil
	}
	if home := getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "rasure", "cosigned"), nil
	}
	return "", fault.Usagef("HOME is not set: name a directory with --memory, in which is kept what you have cosigned")
}

// Open opens the memory of a cosigner. Until release is called no other process cosigns with it.
func Open(dir string, by *logs.Cosigner) (m *Memory, release func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, message.Errorf("opening the memory of what you have cosigned: %w", err)
	}
	release, err = durable.Open(dir).Lock("lock", time.Minute)
	if err != nil {
		return nil, nil, message.Errorf("opening the memory of what you have cosigned: %w", err)
	}
	return &Memory{dir, by}, release, nil
}

// ofOrigin has the checkpoints of all logs with the name of this one, that this key has cosigned under this name.
func (m *Memory) ofOrigin(r *audit.Report) string {
	sum := sha256.Sum256([]byte(m.by.String() + "\n" + r.Station))
	return filepath.Join(m.dir, hex.EncodeToString(sum[:16]))
}

const suffix = ".checkpoint"

func (m *Memory) path(r *audit.Report) string { return filepath.Join(m.ofOrigin(r), r.First+suffix) }

// Check refuses a log that is not what it was when the cosigner cosigned it last, or, with first, one that the cosigner has cosigned before. others are the first
// entries of logs of the same name that the cosigner has cosigned: one of the two is not the log that the station keeps, or two stations have one name.
func (m *Memory) Check(r *audit.Report, first bool) (others []string, err error) {
	list, err := os.ReadDir(m.ofOrigin(r))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, f := range list {
		if other, ok := strings.CutSuffix(f.Name(), suffix); ok && other != r.First {
			others = append(others, other)
		}
	}
	path := m.path(r)
	signed, err := durable.ReadFile(path, 1<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return others, nil
	}
	if err != nil {
		return others, err
	}
	size, at, err := r.Extends(signed, m.by)
	if err != nil {
		return others, fault.WithHint(fault.NotVerifiedf("%s: %w: nothing was cosigned", path, err), "keep that file and the log: together they show that the log was cut back or replaced")
	}
	if first {
		return others, fault.WithHint(fault.Refusef("this is not your first cosignature of this log: you cosigned it with %d entries at %s: nothing was cosigned", size, at.Format(time.RFC3339)),
			"give --since %s", path)
	}
	return others, nil
}

// Keep remembers a checkpoint that was cosigned. It is durable before anybody gets it.
func (m *Memory) Keep(r *audit.Report, signed []byte) error {
	path := m.path(r)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return durable.WriteFile(path, signed, 0o600)
}
