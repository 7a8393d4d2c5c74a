package station

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rasure/certify"
	"rasure/certify/tpm"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs"
	"rasure/logs/durable"
)

// DefaultTPM is the kernel's resource manager.
const DefaultTPM = "/dev/tpmrm0"

// InitOptions describe a new station.
type InitOptions struct {
	Name string // "" is the name of the machine
	Key  string // KeyTPM, KeySoftware or KeyAuto
	TPM  string // address: /dev/tpmrm0 or unix:SOCKET

	Own bool // the passwords of the TPM are to be set by [Station.OwnTPM]: it must have none

	// A bound key signs only in a boot that one of these has approved, the publisher or the office; this boot must be.
	Authorities []*ecdsa.PublicKey
	Approvals   []string // texts of the files

	Version1 bool   // the log begins with version 1 of statements, and not with version 2
	Succeeds string // directory of the log that the new one continues; "" if it continues none; not with Version1
	Upgrade  UpgradeOptions
}

// fill puts what the machine says in the place of what is left open.
func (o *InitOptions) fill(root fs.FS) error {
	if o.Name == "" {
		o.Name = Host(root).Name
		if err := certify.CheckName(o.Name); err != nil || slices.Contains(anybodys, strings.ToLower(o.Name)) {
			return fault.WithHint(fault.Usagef("--name is missing, and the name of this machine, %q, cannot be that of a station", o.Name),
				"choose a name like a domain, such as station7.archive.example: it is on every certificate and cannot be changed")
		}
	}
	if o.Key != KeyAuto {
		return nil
	}
	o.Key = KeyTPM
	t, err := tpm.Open(o.TPM)
	if errors.Is(err, tpm.ErrMissing) || errors.Is(err, errors.ErrUnsupported) {
		o.Key = KeySoftware
		return nil
	}
	if err != nil { // there is a TPM: a weaker key is not chosen unasked
		return fault.WithHint(err, "--key software would keep the key in a file: weaker, and every certificate says so")
	}
	return t.Close()
}

// anybodys are names that machines have until somebody names them.
var anybodys = []string{"localhost", "localhost.localdomain", "debian", "ubuntu", "fedora", "linux"}

func (o InitOptions) check() error {
	if err := certify.CheckName(o.Name); err != nil {
		return fault.Usagef("--name: %w", err)
	}
	if o.Key != KeyTPM && o.Key != KeySoftware {
		return fault.Usagef("--key: %q is none of auto, tpm, software", o.Key)
	}
	if o.Own && o.Key != KeyTPM {
		return fault.Usagef("--own-tpm: the station has a software key, and no TPM")
	}
	if len(o.Authorities) > 0 && (o.Key != KeyTPM || o.Version1) {
		return fault.Usagef("--bound: only a key in a TPM can be bound, in a log of version 2")
	}
	if o.Version1 && o.Succeeds != "" {
		return fault.Usagef("a log of version 1 cannot continue another one")
	}
	return nil
}

// Init makes key, log and state of a station, and opens it. It refuses a directory that holds a station, or a part of one.
//
// The state file is written last: until then nothing counts as made, and an Init that fails removes what it made, and nothing else. Of two
// at once one makes the station and the other is refused: they take the lock of the state directory first. Without it, the loser
// removed the winner's key.
func Init(ctx context.Context, dir string, i InitOptions, o Options) (*Station, error) {
	if err := i.fill(o.Root); err != nil {
		return nil, err
	}
	if err := i.check(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	s := newStation(dir, o)
	s.state = stateFileContent{Name: i.Name, Key: i.Key, Address: i.TPM}
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	for _, name := range []string{StateFile, PublicKeyFile, SoftwareKeyFile, LogDir, RestoringDir, ApprovalDir} {
		if _, err := os.Lstat(s.Path(name)); err == nil {
			return nil, fault.WithHint(fault.Refusef("%s already holds a station: %s exists", dir, name), "rasure station card prints which; --state DIR is for another one")
		}
	}
	made := &rollback{}
	if err := s.make(made, i); err != nil {
		err = errors.Join(err, made.undo())
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Station) make(made *rollback, i InitOptions) error {
	err := error(nil)
	if s.state.Key == KeySoftware {
		err = s.makeSoftwareKey(made)
	} else {
		err = s.makeTPMKey(made, i)
	}
	if err != nil {
		return err
	}
	first, err := s.firstEntry(i)
	if err != nil {
		return err
	}
	pem, err := certify.MarshalPublicKey(s.public)
	if err != nil {
		return err
	}
	if err := os.Mkdir(s.Path(LogDir), 0o755); err != nil {
		return err
	}
	made.dir(s.Path(LogDir))
	if s.log, err = logs.Create(s.Path(LogDir), s.logOptions()); err != nil {
		return err
	}
	if _, err := s.log.Append(first); err != nil {
		return err
	}
	if err := durable.WriteNew(s.Path(PublicKeyFile), pem, 0o644); err != nil {
		return err
	}
	made.file(s.Path(PublicKeyFile))
	return s.state.write(s.Path(StateFile))
}

// firstEntry is the station card: the statement that every log begins with.
func (s *Station) firstEntry(i InitOptions) ([]byte, error) {
	if !i.Version1 {
		return s.firstOfVersion2(i)
	}
	pem, err := certify.MarshalPublicKey(s.public)
	if err != nil {
		return nil, err
	}
	tool, err := s.Tool()
	if err != nil {
		return nil, err
	}
	st := certify.StationStatement{Station: s.Describe(), PublicKey: string(pem), Created: Now(), Tool: tool}
	if t := s.state.TPM; t != nil {
		st.TPM = &certify.TPM{Manufacturer: t.Manufacturer, Vendor: t.Vendor, Firmware: t.Firmware, EKCertificates: append([]string{}, t.EKCertificates...)}
	}
	return s.Sign(certify.KindStation, st)
}

// rollback is what an Init has made so far.
type rollback struct{ steps []func() error }

func (r *rollback) file(path string) {
	r.steps = append(r.steps, func() error { return os.Remove(path) })
}

func (r *rollback) dir(path string) {
	r.steps = append(r.steps, func() error { return os.RemoveAll(filepath.Clean(path)) })
}

func (r *rollback) key(t *tpm.TPM, key tpm.Key) {
	r.steps = append(r.steps, func() error {
		if err := t.Remove(key); err != nil {
			return message.Errorf("removing the new key from the TPM: %w", err)
		}
		return nil
	})
}

func (r *rollback) undo() (all error) {
	for i := len(r.steps) - 1; i >= 0; i-- {
		all = errors.Join(all, r.steps[i]())
	}
	return all
}
