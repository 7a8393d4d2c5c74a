package statement

import (
	"rasure/certify/internal/canon"
	"rasure/cmd/message"
)

// BootApproval is what a publisher or an office gives to stations whose keys are bound: the boots in which they may be used. It is never in a log. What counts of it
// are the signatures in it, which the TPM verifies: the file itself is not signed.
type BootApproval struct {
	Authority Bytes          `canon:"authority"`           // SubjectPublicKeyInfo of the P-256 key of the publisher or the office, DER
	Version   int64          `canon:"version" range:"1.."` // of the image; the key is used as long as the version counter of the TPM is not above it
	Boots     []ApprovedBoot `canon:"boots" count:"1..16"`
}

// ApprovedBoot are the PCRs of a boot.
type ApprovedBoot struct {
	Start     string `canon:"start" words:"direct direct-secure-boot shim shim-secure-boot seen"` // how the firmware starts the image; `seen`: as a boot statement shows it
	PCR4      Hash   `canon:"pcr_4"`
	PCR11     Hash   `canon:"pcr_11"`
	PCR12     Hash   `canon:"pcr_12"`
	PCR13     Hash   `canon:"pcr_13"`
	Signature Bytes  `canon:"signature"` // r and s, 32 bytes each (`../tpm/FORMAT.md`)
}

// KindBootApproval is the first line of an approval.
const KindBootApproval = "rasure/boot-approval/v2"

// BootApprovalText writes an approval.
func BootApprovalText(a *BootApproval) (string, error) {
	if err := a.check(); err != nil {
		return "", err
	}
	return canon.Write(KindBootApproval, a)
}

// ReadBootApproval reads the text of an approval.
func ReadBootApproval(text string) (*BootApproval, error) {
	a := new(BootApproval)
	if err := canon.Read(KindBootApproval, text, a); err != nil {
		return nil, message.Errorf("reading %s: %w", KindBootApproval, err)
	}
	return a, a.check()
}

func (a *BootApproval) check() error {
	for _, b := range a.Boots {
		if len(b.Signature) != 64 {
			return message.Errorf("the signature has %d bytes, not 64", len(b.Signature))
		}
	}
	return nil
}
