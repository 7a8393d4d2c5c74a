package station

import (
	"rasure/certify/tpm"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// owned are the hierarchies whose passwords keep others from removing a station's key and counter, and from clearing the TPM.
var owned = []tpm.Hierarchy{tpm.Owner, tpm.Lockout}

// OwnTPM sets the passwords of the TPM's owner and of its lockout, so that who may open the device can no longer remove the station's key and counter. show is
// called with both before they are set: nobody else ever knows them, and the firmware setup alone can clear a TPM whose passwords are lost.
func (s *Station) OwnTPM(show func(owner, lockout string) error) error {
	if s.chip == nil {
		return fault.Usagef("--own-tpm: the station has a software key, and no TPM")
	}
	if err := s.checkUnowned(); err != nil {
		return err
	}
	passwords := []tpm.Secret{tpm.NewPassword(), tpm.NewPassword()}
	if err := show(string(passwords[0]), string(passwords[1])); err != nil {
		return err
	}
	for i, h := range owned {
		if err := s.chip.SetPassword(h, passwords[i]); err != nil {
			return message.Errorf("the password of the %s hierarchy was not set: %w", string(h), err)
		}
	}
	return nil
}

// checkUnowned refuses a TPM that has one of these passwords: somebody else owns it.
func (s *Station) checkUnowned() error {
	for _, h := range owned {
		has, err := s.chip.HasPassword(h)
		if err != nil {
			return err
		}
		if has {
			return fault.WithHint(fault.Refusef("--own-tpm: the TPM has a password for its %s hierarchy already", string(h)), "leave --own-tpm out: the station works with a TPM that somebody else owns")
		}
	}
	return nil
}
