package reformat

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/logs/durable"
)

// Journal is a directory in which formats that were begun, and have not ended, are kept.
type Journal string

// JournalIn is the journal of a state directory.
func JournalIn(stateDir string) Journal { return Journal(filepath.Join(stateDir, "formats")) }

// Begun reports whether a format of the disk was begun, and is not known to have ended.
func (j Journal) Begun(d devices.Disk) (bool, error) {
	_, begun, err := j.read(d)
	return begun, err
}

// entry is what is kept of one.
type entry struct {
	Serial string    `json:"serial"`
	WWN    string    `json:"wwn"`
	Model  string    `json:"model"`
	From   int       `json:"from_block_bytes"`
	Began  time.Time `json:"began"`
}

// file is where a disk's is kept: by what the drive reports of itself, because names change.
func (j Journal) file(d devices.Disk) string {
	sum := sha256.Sum256([]byte(d.Vendor + "\n" + d.Model + "\n" + d.Serial + "\n" + d.WWN))
	return filepath.Join(string(j), hex.EncodeToString(sum[:8])+".json")
}

func (j Journal) read(d devices.Disk) (e entry, found bool, err error) {
	b, err := os.ReadFile(j.file(d))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return e, false, nil
	case err == nil:
		err = json.Unmarshal(b, &e)
	}
	if err != nil {
		return e, false, message.Errorf("reading the journal of formats: %w", err)
	}
	return e, true, nil
}

func (j Journal) write(d devices.Disk, e entry) error {
	b, err := json.MarshalIndent(e, "", "  ")
	if err == nil {
		err = os.MkdirAll(string(j), 0o700)
	}
	if err == nil {
		err = durable.WriteFile(j.file(d), append(b, '\n'), 0o600)
	}
	if err != nil {
		return message.Errorf("writing the journal of formats: %w", err)
	}
	return nil
}

func (j Journal) remove(d devices.Disk) error {
	if err := durable.Remove(j.file(d)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return message.Errorf("removing from the journal of formats: %w", err)
	}
	return nil
}
