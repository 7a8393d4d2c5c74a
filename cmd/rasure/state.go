package main

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/tpm"
	"rasure/cmd/internal/fault"
	"rasure/logs"
	"rasure/logs/durable"
)

// What lies in the state directory.
const (
	stateFile       = "station.json" // 0600: it holds the secret that lets root use the TPM key
	publicKeyFile   = "station.pem"
	softwareKeyFile = "station.key" // 0600, with --key software only
	logDir          = "log"
	certificateDir  = "certificates"
)

const (
	keyTPM      = "tpm"
	keySoftware = "software"
)

// stationFile is station.json.
type stationFile struct {
	Name      string    `json:"name"`
	Key       string    `json:"key"` // "tpm" or "software"
	Assurance string    `json:"assurance"`
	Address   string    `json:"tpm_address"`
	TPM       *tpmState `json:"tpm,omitempty"`
}

// tpmState is what has to be kept to use the TPM's key and counter again.
type tpmState struct {
	Key            tpm.Key  `json:"key"`
	Manufacturer   string   `json:"manufacturer"`
	Vendor         string   `json:"vendor"`
	Firmware       string   `json:"firmware"`
	EKCertificates []string `json:"ek_certificates"`
}

// station is the open station: it can sign and append to its log.
type station struct {
	stationFile
	public      *ecdsa.PublicKey
	keySHA256   string
	signer      note.Signer   // of statements, and the first line of checkpoints
	checkpoints []note.Signer // all lines of checkpoints
	policy      logs.Identity
	counter     logs.Counter
	chip        *tpm.TPM
	log         *logs.Log
}

func (a *app) statePath(name string) string { return filepath.Join(a.stateDir, name) }

// openStation opens key and log, and refuses whatever does not fit together: all that can fail harmlessly comes before
// the first write to a disk.
func (a *app) openStation() (*station, error) {
	text, err := os.ReadFile(a.statePath(stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, a.noStation()
	}
	if err != nil {
		return nil, err
	}
	s := &station{}
	if err := json.Unmarshal(text, &s.stationFile); err != nil {
		return nil, fmt.Errorf("reading %s: %w", a.statePath(stateFile), err)
	}
	if err := s.open(a); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *station) open(a *app) error {
	switch s.Key {
	case keySoftware:
		key, err := readSoftwareKey(a.statePath(softwareKeyFile))
		if err != nil {
			return err
		}
		if err := s.useSoftwareKey(key); err != nil {
			return err
		}
	case keyTPM:
		t, err := tpm.Open(s.Address)
		if err != nil {
			return fault.WithHint(err, "the station's key lives in the TPM at %s", s.Address)
		}
		s.chip = t
		if err := s.useTPMKey(); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%s: unknown kind of key %q", a.statePath(stateFile), s.Key)
	}
	var err error
	if s.log, err = logs.Open(a.statePath(logDir), s.logOptions()); err != nil {
		return err
	}
	if i, ok := s.log.Recovered(); ok {
		a.note("entry %d of the log had been left unfinished; it is in the log now\n", i)
	}
	return s.asMade(a)
}

// asMade refuses a state file that says something else of the station than the log's first entry, which is signed. The file is only
// text: an assurance that grew in it would stand on every certificate from then on.
func (s *station) asMade(a *app) error {
	first, err := s.log.Entry(0)
	if err != nil {
		return err
	}
	c, err := certify.CheckEntry(first, s.public)
	now := certify.Station{Name: s.Name, Assurance: s.Assurance, KeySHA256: s.keySHA256, Counter: s.counterState()}
	if err == nil && (c.Station == nil || !c.Station.Station.SameAs(now)) {
		err = errors.New("it says otherwise of station, key, assurance or counter")
	}
	if err != nil {
		return fmt.Errorf("%s does not fit the log's first entry: %w", a.statePath(stateFile), err)
	}
	return nil
}

func readSoftwareKey(path string) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("reading %s: no PEM block", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("reading %s: not an ECDSA key", path)
	}
	return ec, nil
}

func (s *station) useSoftwareKey(key *ecdsa.PrivateKey) (err error) {
	s.public = &key.PublicKey
	if s.signer, err = certify.NewSoftwareSigner(s.Name, key); err != nil {
		return err
	}
	s.checkpoints = []note.Signer{s.signer}
	return s.setPolicy()
}

func (s *station) useTPMKey() error {
	loaded, err := s.chip.Load(s.TPM.Key)
	if err != nil {
		return err
	}
	s.public = loaded.Public()
	s.signer = loaded.Signer(s.Name)
	s.checkpoints = []note.Signer{s.signer, loaded.Attestor(s.Name)}
	s.counter = loaded
	return s.setPolicy()
}

func (s *station) setPolicy() error {
	sum, err := certify.KeySHA256(s.public)
	if err != nil {
		return err
	}
	s.keySHA256 = sum
	s.policy, err = audit.Identity(s.Name, s.public, s.counterState())
	return err
}

func (s *station) counterState() *certify.Counter {
	if s.TPM == nil {
		return nil
	}
	return &certify.Counter{Index: s.TPM.Key.NVIndex, Base: s.TPM.Key.Base}
}

func (s *station) logOptions() logs.Options {
	return logs.Options{Identity: s.policy, Signers: s.checkpoints, Counter: s.counter}
}

func (s *station) save(a *app) error {
	text, err := json.MarshalIndent(s.stationFile, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteFile(a.statePath(stateFile), append(text, '\n'), 0o600)
}

// Close lets go of the TPM; the log holds nothing open between appends.
func (s *station) Close() {
	if s.chip != nil {
		s.chip.Close()
	}
}

func (s *station) describe(a *app) certify.Station {
	return certify.Station{Name: s.Name, Assurance: s.Assurance, KeySHA256: s.keySHA256, Counter: s.counterState(), Host: thisHost(a)}
}
