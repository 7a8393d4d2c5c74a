package station

import (
	"crypto/ecdsa"
	"errors"
	"io/fs"
	"path/filepath"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/statement"
	"rasure/certify/tpm"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs"
	"rasure/logs/durable"
)

// ReadLog reads the log of the station in a directory: it takes no lock, writes nothing, and needs neither the private key nor the permissions of root,
// so it works on a read-only copy. It compares the log with the TPM's counter where there is a TPM, and
// calls notAsked if the TPM cannot be asked: nobody notices then if the newest entries were cut off.
func ReadLog(stateDir string, notAsked func(error)) (*logs.Snapshot, error) {
	dir, id, err := readIdentity(stateDir)
	if err != nil {
		return nil, err
	}
	if id.Counter == nil {
		return logs.ReadSnapshot(dir, id)
	}
	counter, release, err := openCounter(stateDir)
	if err != nil {
		notAsked(err)
		return logs.ReadSnapshot(dir, id)
	}
	defer release()
	return logs.ReadCounted(dir, id, counter)
}

// WritesVersion2 reports whether the statements of the station in a directory are of version 2: the newest entry of its log shows it, since no other
// follows one of version 2. Without a station or its log it is false. It needs no permissions of root and no TPM.
func WritesVersion2(stateDir string) (bool, error) {
	dir, id, err := readIdentity(stateDir)
	if errors.Is(err, ErrNone) || errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	s, err := logs.ReadSnapshot(dir, id)
	if err != nil {
		return false, err
	}
	last, err := s.Entry(s.Size() - 1)
	return statement.KindOf(string(certify.KindOf(last))) != nil, err
}

// readIdentity reads what the checkpoints of the station in a directory must carry from its log's first entry, which its public key signed.
func readIdentity(stateDir string) (dir fs.FS, id logs.Identity, err error) {
	pub, err := ReadPublicKey(filepath.Join(stateDir, PublicKeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, id, None(stateDir)
	}
	if err != nil {
		return nil, id, err
	}
	path := filepath.Join(stateDir, LogDir)
	dir = durable.FS(path)
	first, err := logs.ReadEntry(dir, 0)
	if err != nil {
		return nil, id, message.Errorf("%s: %w", path, err)
	}
	e, err := certify.CheckEntry(first, pub)
	if err == nil && e.Station == nil {
		err = message.Errorf("it is %q, not a station statement", string(e.Kind))
	}
	if err != nil {
		return nil, id, fault.NotVerifiedf("%s: entry 0: %w", path, err)
	}
	if id, err = audit.Identity(e.Station.Station.Name, pub, e.Station.Station.Counter); err != nil || id.Counter == nil {
		return dir, id, err
	}
	if id, err = audit.WithRecounts(dir, id); err != nil {
		return nil, id, message.Errorf("%s: %w", path, err)
	}
	return dir, id, nil
}

// ReadCard reads the station card: the first entry of the log of the station in a directory, which its public key signed. It needs no TPM.
// attested reports whether the log keeps the attestation of that entry, and so of every entry.
func ReadCard(stateDir string) (card []byte, attested bool, err error) {
	pub, err := ReadPublicKey(filepath.Join(stateDir, PublicKeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, None(stateDir)
	}
	if err != nil {
		return nil, false, err
	}
	path := filepath.Join(stateDir, LogDir)
	dir := durable.FS(path)
	if card, err = logs.ReadEntry(dir, 0); err != nil {
		return nil, false, message.Errorf("%s: %w", path, err)
	}
	pin, err := audit.ParseCard(card)
	if err == nil && !pin.Key.Equal(pub) {
		err = message.Errorf("it names another key than %s", PublicKeyFile)
	}
	if err != nil {
		return nil, false, fault.NotVerifiedf("%s: entry 0: %w", path, err)
	}
	if attested, err = firstAttested(dir, pin); err != nil {
		return nil, false, message.Errorf("%s: %w", path, err)
	}
	return card, attested, nil
}

// firstAttested reports whether the log in dir keeps a good attestation of its first entry.
func firstAttested(dir fs.FS, pin audit.Pin) (bool, error) {
	id, err := audit.Identity(pin.Card.Station.Name, pin.Key, pin.Card.Station.Counter)
	if err == nil {
		id, err = audit.WithRecounts(dir, id)
	}
	if err != nil || id.Records == nil {
		return false, err
	}
	s, err := logs.ReadSnapshot(dir, id)
	if err != nil {
		return false, err
	}
	head, record, err := s.Record(1)
	if err != nil || record == nil {
		return false, err
	}
	_, err = id.VerifyRecord(head, record)
	return err == nil, err
}

// openCounter opens the station's counter in the TPM.
func openCounter(stateDir string) (counter logs.Counter, release func() error, err error) {
	var state stateFileContent
	if err := state.loadInUse(stateDir); err != nil {
		return nil, nil, err
	}
	if state.TPM == nil {
		return nil, nil, message.Errorf("%s names no key in a TPM", StateFile)
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

// ReadPublicKey reads a station's public key from a file. What is no such key is a mistake of the command line.
func ReadPublicKey(path string) (*ecdsa.PublicKey, error) {
	text, err := durable.ReadFile(path, 1<<20)
	if errors.Is(err, durable.ErrTooLong) {
		return nil, fault.NotVerified(err)
	}
	if err != nil {
		return nil, err
	}
	pub, err := certify.ParsePublicKey(text)
	switch what := audit.WhatIs(text); {
	case err != nil && !audit.IsPublicKey(text) && !what.IsZero():
		return nil, fault.Usagef("%s is %s, not the public key of a station, which begins with -----BEGIN PUBLIC KEY-----", path, what)
	case err != nil:
		return nil, fault.Usagef("%s: %w", path, err)
	}
	return pub, nil
}
