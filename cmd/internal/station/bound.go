package station

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify/tpm"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// ApprovalDir holds the approvals of boots in which a bound key may be used. Anybody may have changed what is there: the TPM verifies it.
const ApprovalDir = "approvals"

// maxApproval is how long a file of approvals may be, in bytes.
const maxApproval = 48 << 10

// Bound is what a station says of its bound key.
type Bound struct {
	Authorities []string     `json:"authorities"` // SHA-256 of the public keys of those who approve boots: the publisher, the office
	Approved    bool         `json:"approved"`    // this boot is: the key signs
	Version     uint64       `json:"version"`     // of the approval
	Oldest      uint64       `json:"oldest"`      // version of an image that the TPM still accepts
	Why         message.Text `json:"why_not,omitzero"`
	PCR4        string       `json:"pcr_4"`
	PCR11       string       `json:"pcr_11"`
	PCR12       string       `json:"pcr_12"`
	PCR13       string       `json:"pcr_13"`
}

// tpmKey is the key in the TPM, or nil if it is a software key.
func (s *Station) tpmKey() *tpm.Station {
	key, _ := s.counter.(*tpm.Station)
	return key
}

// Bound looks whether the key signs in this boot. It is nil if the key is not bound.
func (s *Station) Bound() (*Bound, error) {
	key := s.tpmKey()
	if key == nil || key.Policy().IsZero() {
		return nil, nil
	}
	is, err := key.Binding()
	if err != nil {
		return nil, err
	}
	text := func(sum [sha256.Size]byte) string { return hex.EncodeToString(sum[:]) }
	b := &Bound{Approved: is.Approved != nil, Oldest: is.Boot.Version, PCR4: text(is.Boot.PCR4), PCR11: text(is.Boot.PCR11), PCR12: text(is.Boot.PCR12), PCR13: text(is.Boot.PCR13)}
	if b.Approved {
		b.Version = is.Approved.Version
	} else {
		b.Why = message.Of("%v", is.Why)
	}
	for _, der := range s.state.TPM.Key.Authorities {
		b.Authorities = append(b.Authorities, text(sha256.Sum256(der)))
	}
	return b, nil
}

// useApprovals gives the key the approvals of the state directory. What cannot be read is no approval, and keeps nobody from using the others.
func (s *Station) useApprovals(key *tpm.Station) error {
	if key.Policy().IsZero() {
		return nil
	}
	files, err := filepath.Glob(filepath.Join(s.Path(ApprovalDir), "*.approval"))
	if err != nil {
		return err
	}
	var all []tpm.Approval
	for _, path := range files {
		text, err := durable.ReadFile(path, maxApproval)
		if err != nil {
			continue
		}
		if boots, err := tpm.ReadApprovals(string(text)); err == nil {
			for _, b := range boots {
				all = append(all, b.Approval)
			}
		}
	}
	key.Approve(all)
	return nil
}

// Approve keeps approvals of boots, which are files that a publisher or an office wrote. It refuses one by anybody else.
func (s *Station) Approve(texts ...string) error {
	key := s.tpmKey()
	if key == nil || key.Policy().IsZero() {
		return fault.WithHint(fault.Refusef("the key of station %s is not bound: it signs in every boot", s.Name()), "a key is bound when it is made: rasure station init --bound")
	}
	for _, text := range texts {
		if err := s.keepApproval(text); err != nil {
			return err
		}
	}
	return s.useApprovals(key)
}

func (s *Station) keepApproval(text string) error {
	boots, err := tpm.ReadApprovals(text)
	if err != nil {
		return fault.NotVerified(message.Errorf("the approval: %w", err))
	}
	der, err := x509.MarshalPKIXPublicKey(boots[0].Authority)
	if err != nil {
		return err
	}
	if !s.trusts(der) {
		return fault.Refusef("the approval is signed by the key %.8x..., which is neither the publisher's nor the office's of this station", sha256.Sum256(der))
	}
	if err := os.MkdirAll(s.Path(ApprovalDir), 0o755); err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(text))
	return durable.WriteFile(filepath.Join(s.Path(ApprovalDir), hex.EncodeToString(sum[:8])+".approval"), []byte(text), 0o644)
}

func (s *Station) trusts(der []byte) bool {
	for _, have := range s.state.TPM.Key.Authorities {
		if string(have) == string(der) {
			return true
		}
	}
	return false
}

// RetireOlder has the TPM refuse the key to all images that are older than the one that runs, for ever. The key must be bound: [Station.Approve] refuses others.
func (s *Station) RetireOlder() (version uint64, err error) {
	version, err = s.tpmKey().RetireOlder()
	return version, notApproved(err)
}

// checkBound returns why a new station cannot sign, before anything of it is kept.
func (s *Station) checkBound() error {
	key := s.tpmKey()
	if key == nil || key.Policy().IsZero() {
		return nil
	}
	is, err := key.Binding()
	if err != nil || is.Approved != nil {
		return err
	}
	return fault.WithHint(fault.Refuse(is.Why), "start an approved image, or give the approval of this boot with --approval")
}

// notApproved adds the way on to the refusal of a bound key.
func notApproved(err error) error {
	if !errors.Is(err, tpm.ErrNotApproved) {
		return err
	}
	return fault.WithHint(fault.Refuse(err), "start an approved image, or have this boot approved by the publisher or the office: rasure station show prints its PCRs, rasure station approve FILE takes the approval")
}

// boundSigner is a signer whose refusals say the way on.
type boundSigner struct{ note.Signer }

func (b boundSigner) Sign(text []byte) ([]byte, error) {
	sig, err := b.Signer.Sign(text)
	return sig, notApproved(err)
}
