package station

import (
	"encoding/json"
	"os"

	"rasure/certify/tpm"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// Kinds of keys, as --key and station.json name them.
const (
	KeyAuto     = "auto" // for --key alone: in the TPM if there is one
	KeyTPM      = "tpm"
	KeySoftware = "software"
)

// stateFileContent is station.json.
type stateFileContent struct {
	Name      string    `json:"name"`
	Key       string    `json:"key"` // KeyTPM or KeySoftware
	Assurance string    `json:"assurance"`
	Address   string    `json:"tpm_address"`
	TPM       *tpmState `json:"tpm,omitempty"`
}

// tpmState is what it takes to use the TPM's key and counter again.
type tpmState struct {
	Key            tpm.Key  `json:"key"`
	Manufacturer   string   `json:"manufacturer"`
	Vendor         string   `json:"vendor"`
	Firmware       string   `json:"firmware"`
	EKCertificates []string `json:"ek_certificates"`
}

func (f *stateFileContent) read(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, f); err != nil {
		return message.Errorf("reading %s: %w", path, err)
	}
	return nil
}

func (f *stateFileContent) write(path string) error {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteFile(path, append(text, '\n'), 0o600)
}
