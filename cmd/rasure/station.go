package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/tpm"
	"rasure/cmd/internal/fault"
	"rasure/logs"
	"rasure/logs/durable"
)

// defaultTPM is the kernel's resource manager.
const defaultTPM = "/dev/tpmrm0"

type stationOptions struct {
	name, key, tpm string
}

func newStationCmd(a *app) *cobra.Command {
	c := &cobra.Command{Use: "station", Short: "The workstation as a signer", Args: noArgs, RunE: helpOnly}
	var o stationOptions
	init := &cobra.Command{
		Use:   "init --name NAME --key tpm|software",
		Short: "Make the station's key and its log",
		Long: `Make the station's key and its log in the state directory. It refuses to overwrite either.

With --key tpm the key is made in the TPM and never leaves it, and a monotonic counter in the TPM is tied to
the log, so that a log that was cut back is noticed. With --key software the key lies in a file: whoever reads
the file can sign, and every certificate says so.

Example: rasure station init --name station7.archive.example --key tpm` + "\n" + exitHelp,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.stationInit(o) },
	}
	init.Flags().StringVar(&o.name, "name", "", "name of the station; it stands on every signature and cannot be changed")
	init.Flags().StringVar(&o.key, "key", "", "where the key lives: tpm or software")
	init.Flags().StringVar(&o.tpm, "tpm", defaultTPM, "the TPM: /dev/tpmrm0 or unix:SOCKET")
	key := &cobra.Command{
		Use:   "key",
		Short: "Print the station's public key (PEM)",
		Args:  noArgs,
		RunE:  func(*cobra.Command, []string) error { return a.stationKey() },
	}
	c.AddCommand(init, key, newRosterCmd(a))
	return c
}

// stationKey prints the public key that was kept beside the state; it needs no TPM.
func (a *app) stationKey() error {
	pem, err := os.ReadFile(a.statePath(publicKeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return a.noStation()
	}
	if err != nil {
		return err
	}
	return a.write(pem)
}

func (a *app) noStation() error {
	return fault.WithHint(fmt.Errorf("no station in %s", a.stateDir), "make one first: rasure station init --name NAME --key tpm")
}

// stationInit makes key, log and state. The state file is written last: until it is there, nothing counts as made.
func (a *app) stationInit(o stationOptions) (err error) {
	if err := certify.CheckName(o.name); err != nil {
		return fault.Usagef("--name: %w", err)
	}
	for _, name := range []string{stateFile, publicKeyFile, softwareKeyFile, logDir} {
		if _, err := os.Lstat(a.statePath(name)); err == nil {
			return fault.Refusef("%s holds a station already (%s)", a.stateDir, name)
		}
	}
	if err := os.MkdirAll(a.stateDir, 0o755); err != nil {
		return err
	}
	s := &station{stationFile: stationFile{Name: o.name, Key: o.key, Address: o.tpm}}
	defer func() {
		if err != nil {
			s.undo(a)
		}
		s.Close()
	}()
	switch o.key {
	case keySoftware:
		err = s.makeSoftwareKey(a)
	case keyTPM:
		err = s.makeTPMKey()
	default:
		err = fault.Usagef("--key: %q is neither tpm nor software", o.key)
	}
	if err != nil {
		return err
	}
	first, err := s.statement(a)
	if err != nil {
		return err
	}
	pem, err := certify.MarshalPublicKey(s.public)
	if err != nil {
		return err
	}
	if s.log, err = logs.Create(a.statePath(logDir), s.logOptions()); err != nil {
		return err
	}
	if _, err := s.log.Append(first); err != nil {
		return err
	}
	if err := durable.WriteFile(a.statePath(publicKeyFile), pem, 0o644); err != nil {
		return err
	}
	if err := s.save(a); err != nil {
		return err
	}
	a.note("station %s: key %s, assurance %s\n", s.Name, s.keySHA256, s.Assurance)
	if s.Assurance == certify.Software {
		a.note("the key is a software key: whoever reads %s can sign, and nothing shows a log that was cut back\n", a.statePath(softwareKeyFile))
	}
	return nil
}

func (s *station) makeSoftwareKey(a *app) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := durable.WriteFile(a.statePath(softwareKeyFile), text, 0o600); err != nil {
		return err
	}
	s.Assurance = certify.Software
	return s.useSoftwareKey(key)
}

func (s *station) makeTPMKey() error {
	t, err := tpm.Open(s.Address)
	if err != nil {
		return err
	}
	s.chip = t
	about, err := t.Describe()
	if err != nil {
		return err
	}
	key, err := t.Create()
	if err != nil {
		return err
	}
	s.TPM = &tpmState{Key: key, Manufacturer: about.Manufacturer, Vendor: about.Vendor, Firmware: about.Firmware}
	for _, der := range about.EKCertificates {
		s.TPM.EKCertificates = append(s.TPM.EKCertificates, base64.StdEncoding.EncodeToString(der))
	}
	s.Assurance = about.Assurance
	return s.useTPMKey()
}

// statement is the log's first entry.
func (s *station) statement(a *app) ([]byte, error) {
	pem, err := certify.MarshalPublicKey(s.public)
	if err != nil {
		return nil, err
	}
	tool, err := thisTool()
	if err != nil {
		return nil, err
	}
	st := certify.StationStatement{Station: s.describe(a), PublicKey: string(pem), Created: now(), Tool: tool}
	if t := s.TPM; t != nil {
		certs := t.EKCertificates
		if certs == nil {
			certs = []string{}
		}
		st.TPM = &certify.TPM{Manufacturer: t.Manufacturer, Vendor: t.Vendor, Firmware: t.Firmware, EKCertificates: certs}
	}
	return certify.Sign(certify.KindStation, st, s.signer)
}

// undo takes back what a station init that failed has made, so that the next one can begin anew.
func (s *station) undo(a *app) {
	if s.TPM != nil && s.chip != nil {
		if err := s.chip.Remove(s.TPM.Key); err != nil {
			a.note("rasure: the new key could not be removed from the TPM: %v\n", err)
		}
	}
	for _, name := range []string{softwareKeyFile, publicKeyFile} {
		os.Remove(a.statePath(name))
	}
	os.RemoveAll(a.statePath(logDir))
}
