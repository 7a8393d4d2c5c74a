package tpm

import (
	"crypto/ecdsa"

	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Started is an approval with how the firmware starts the image, which is a word of the format.
type Started struct {
	Start string
	Approval
}

// WriteApprovals signs approvals of boots of one image, and writes them as a file (FORMAT.md). Which keys take
// them is decided by their policies.
func WriteApprovals(key *ecdsa.PrivateKey, version uint64, boots []Started) (string, error) {
	if err := checkAuthority(&key.PublicKey); err != nil {
		return "", err
	}
	if version > 1<<53-1 {
		return "", message.New("the version is too high")
	}
	file := &statement.BootApproval{Authority: spki(&key.PublicKey), Version: int64(version)}
	for _, b := range boots {
		b.Version = version
		if err := b.Sign(key); err != nil {
			return "", err
		}
		file.Boots = append(file.Boots, statement.ApprovedBoot{Start: b.Start, PCR4: b.PCR4, PCR11: b.PCR11, PCR12: b.PCR12, PCR13: b.PCR13, Signature: b.Signature})
	}
	return statement.BootApprovalText(file)
}

// ReadApprovals reads a file of approvals, and refuses one in which a signature does not verify. Whether a key takes them is for [Station.Binding].
func ReadApprovals(text string) (all []Started, err error) {
	file, err := statement.ReadBootApproval(text)
	if err != nil {
		return nil, err
	}
	authority, err := parseAuthority(file.Authority)
	if err != nil {
		return nil, err
	}
	for _, b := range file.Boots {
		a := Approval{authority, b.PCR4, b.PCR11, b.PCR12, b.PCR13, uint64(file.Version), b.Signature}
		if err := a.Verify(); err != nil {
			return nil, err
		}
		all = append(all, Started{b.Start, a})
	}
	return all, nil
}
