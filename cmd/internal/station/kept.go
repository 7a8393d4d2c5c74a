package station

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"rasure/certify"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs"
)

// Kept is what the files of a state directory say of their station.
type Kept struct {
	Name      string
	KeySHA256 string
	First     string // SHA-256 of the text of the log's first entry, in hex, by which the log is known
	Log       *logs.Snapshot
	Retired   bool
}

// ReadKept reads a state directory and verifies its log, every entry. It needs no TPM and changes nothing. Without a station the error is [ErrNone]; a
// damaged log is [logs.ErrDamaged].
func ReadKept(dir string) (*Kept, error) {
	var state stateFileContent
	if err := state.load(dir); err != nil {
		return nil, err
	}
	k := &Kept{Name: state.Name, Retired: state.Retired != ""}
	if state.Key == KeySoftware && !k.Retired {
		if _, err := readSoftwareKey(filepath.Join(dir, SoftwareKeyFile)); err != nil {
			return nil, err
		}
	}
	_, id, err := readIdentity(dir)
	if err != nil {
		return nil, err
	}
	log, err := logs.Open(filepath.Join(dir, LogDir), logs.Options{Identity: id})
	if err != nil {
		return nil, err
	}
	first, err := log.Entry(0)
	if err != nil {
		return nil, err
	}
	sum := certify.TextSHA256(first)
	k.First, k.Log = hex.EncodeToString(sum[:]), log.Snapshot()
	public, err := ReadPublicKey(filepath.Join(dir, PublicKeyFile))
	if err == nil {
		k.KeySHA256, err = certify.KeySHA256(public)
	}
	if err == nil && id.Origin != k.Name {
		err = message.Errorf("%s names the station %s, and the log is that of %s", StateFile, k.Name, id.Origin)
	}
	return k, err
}

// Hold keeps every process from appending to the log of the station in a directory until release is called. It waits for those that append.
func Hold(ctx context.Context, dir string) (release func(), err error) {
	s := newStation(dir, Options{})
	acts, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(s.Path(LogDir)); errors.Is(err, fs.ErrNotExist) {
		return func() { acts() }, nil
	}
	log, err := logs.Hold(ctx, s.Path(LogDir), lockWait)
	if err != nil && ctx.Err() != nil {
		err = message.Errorf("%w: %w", fault.ErrInterrupted, err)
	}
	if err != nil {
		return nil, errors.Join(err, acts())
	}
	return func() { log(); acts() }, nil
}

// wayOn adds to the refusal of a log what the owner of the station can do.
func (s *Station) wayOn(err error) error {
	switch {
	case errors.Is(err, logs.ErrNotCosigned):
		return fault.WithHint(err, "bring back the newest backup (rasure station restore FILE --replace); if there is none, begin a station that continues this log: rasure station init --succeeds %s --state DIR", s.Path(LogDir))
	case errors.Is(err, logs.ErrCutBack):
		return fault.WithHint(err, "bring back the newest backup (rasure station restore FILE --replace); if there is none, rasure station repair says how many entries are missing, and the roots take the counter up: rasure station recount")
	case errors.Is(err, logs.ErrCounterBehind):
		return fault.WithHint(err, "rasure station repair examines key and counter; if this is another TPM, begin a station that continues this log: rasure station init --succeeds %s --state DIR", s.Path(LogDir))
	case errors.Is(err, logs.ErrDamaged):
		return fault.WithHint(err, "bring back a backup: rasure station restore FILE --replace keeps the damaged files")
	}
	return err
}
