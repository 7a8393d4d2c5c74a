package main

import (
	"encoding/json"
	"errors"
	"io/fs"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/tpm"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/logs"
	"rasure/logs/durable"
)

// readLog reads the station's log: it takes no lock, writes nothing, and needs neither the private key nor the permissions of root,
// so it works on a read-only copy. It compares the log with the TPM's counter where there is a TPM and the user may ask it.
func (a *app) readLog() (*logs.Snapshot, error) {
	pub, err := readPublicKey(a.statePath(station.PublicKeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, station.None(a.stateDir)
	}
	if err != nil {
		return nil, err
	}
	dir := durable.FS(a.statePath(station.LogDir))
	first, err := logs.ReadEntry(dir, 0)
	if err != nil {
		return nil, message.Errorf("%s: %w", a.statePath(station.LogDir), err)
	}
	e, err := certify.CheckEntry(first, pub)
	if err == nil && e.Station == nil {
		err = message.Errorf("it is %q, not a station statement", string(e.Kind))
	}
	if err != nil {
		return nil, fault.NotVerifiedf("%s: entry 0: %w", a.statePath(station.LogDir), err)
	}
	s := e.Station.Station
	id, err := audit.Identity(s.Name, pub, s.Counter)
	if err != nil {
		return nil, err
	}
	if s.Counter == nil {
		return logs.ReadSnapshot(dir, id)
	}
	counter, release, err := a.openCounter()
	if err != nil {
		a.Note("The TPM was not asked (%v): if the newest entries were cut off, nobody notices it here.\n", err)
		return logs.ReadSnapshot(dir, id)
	}
	defer release()
	return logs.ReadCounted(dir, id, counter)
}

// openCounter opens the station's counter in the TPM.
func (a *app) openCounter() (counter logs.Counter, release func() error, err error) {
	text, err := durable.ReadFile(a.statePath(station.StateFile), 1<<20)
	if err != nil {
		return nil, nil, err
	}
	var state struct {
		Address string `json:"tpm_address"`
		TPM     struct {
			Key tpm.Key `json:"key"`
		} `json:"tpm"`
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return nil, nil, err
	}
	t, err := tpm.Open(state.Address)
	if err != nil {
		return nil, nil, err
	}
	key, err := t.Load(state.TPM.Key)
	if err != nil {
		t.Close()
		return nil, nil, err
	}
	return key, t.Close, nil
}
