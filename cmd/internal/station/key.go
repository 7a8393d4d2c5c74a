package station

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"os"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/tpm"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

func (s *Station) openKey() error {
	switch s.state.Key {
	case KeySoftware:
		key, err := readSoftwareKey(s.Path(SoftwareKeyFile))
		if err != nil {
			return err
		}
		return s.useSoftwareKey(key)
	case KeyTPM:
		if _, err := s.openTPM(); err != nil {
			return fault.WithHint(err, "the station's key is in the TPM at %s", s.state.Address)
		}
		return s.useTPMKey()
	}
	return message.Errorf("%s: unknown kind of key %q", s.Path(StateFile), s.state.Key)
}

// openTPM opens the TPM that the state file names, until [Station.Close].
func (s *Station) openTPM() (*tpm.TPM, error) {
	t, err := tpm.Open(s.state.Address)
	if err != nil {
		return nil, err
	}
	t.AskPasswords(s.o.Password)
	s.chip = t
	return t, nil
}

func readSoftwareKey(path string) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, message.Errorf("reading %s: no PEM block", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, message.Errorf("reading %s: %w", path, err)
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, message.Errorf("reading %s: not an ECDSA key", path)
	}
	return ec, nil
}

func (s *Station) useSoftwareKey(key *ecdsa.PrivateKey) (err error) {
	s.public = &key.PublicKey
	if s.signer, err = certify.NewSoftwareSigner(s.state.Name, key); err != nil {
		return err
	}
	s.lines = []note.Signer{s.signer}
	return s.useKey()
}

func (s *Station) useTPMKey() error {
	loaded, err := s.chip.Load(s.state.TPM.Key)
	if errors.Is(err, tpm.ErrOtherTPM) {
		return fault.WithHint(err, "rasure station repair makes the key and the counter again, if this is the TPM that made them")
	}
	if err != nil {
		return err
	}
	s.public = loaded.Public()
	if err := s.useApprovals(loaded); err != nil {
		return err
	}
	s.signer = boundSigner{loaded.Signer(s.state.Name)}
	s.lines = []note.Signer{s.signer, boundSigner{loaded.Attestor(s.state.Name)}}
	s.counter = loaded
	return s.useKey()
}

func (s *Station) makeSoftwareKey(made *rollback) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := durable.WriteNew(s.Path(SoftwareKeyFile), text, 0o600); err != nil {
		return err
	}
	made.file(s.Path(SoftwareKeyFile))
	s.state.Assurance = certify.Software
	return s.useSoftwareKey(key)
}

func (s *Station) makeTPMKey(made *rollback, i InitOptions) error {
	t, err := s.openTPM()
	if err == nil && i.Own {
		err = s.checkUnowned()
	}
	if err != nil {
		return err
	}
	about, err := t.Describe()
	if err != nil {
		return err
	}
	key, err := t.Create(i.Authorities...)
	if err != nil {
		return err
	}
	made.key(t, key)
	s.state.TPM = &tpmState{Key: key, Manufacturer: about.Manufacturer, Vendor: about.Vendor, Firmware: about.Firmware}
	for _, der := range about.EKCertificates {
		s.state.TPM.EKCertificates = append(s.state.TPM.EKCertificates, base64.StdEncoding.EncodeToString(der))
	}
	s.state.Assurance = about.Assurance
	if err := s.useTPMKey(); err != nil || len(i.Authorities) == 0 {
		return err
	}
	made.dir(s.Path(ApprovalDir))
	if err := s.Approve(i.Approvals...); err != nil {
		return err
	}
	return s.checkBound()
}
