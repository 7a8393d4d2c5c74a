package station

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"rasure/certify/tpm"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// Kinds of keys, as --key and station.json name them.
const (
	KeyAuto     = "auto" // for --key alone: in the TPM if there is one
	KeyTPM      = "tpm"
	KeySoftware = "software"
)

// stateVersion is the newest version of a state directory that this program reads. Files without a version are of version 1, as those of rasure 0.1.0.
const stateVersion = 1

// stateFileContent is station.json.
type stateFileContent struct {
	Version   int       `json:"version,omitempty"`
	Name      string    `json:"name"`
	Key       string    `json:"key"` // KeyTPM or KeySoftware
	Assurance string    `json:"assurance"`
	Address   string    `json:"tpm_address"`
	TPM       *tpmState `json:"tpm,omitempty"`
	Retired   string    `json:"retired,omitempty"` // when, RFC 3339: from then on the station signs nothing
}

// tpmState is what it takes to use the TPM's key and counter again.
type tpmState struct {
	Key            tpm.Key  `json:"key"`
	Manufacturer   string   `json:"manufacturer"`
	Vendor         string   `json:"vendor"`
	Firmware       string   `json:"firmware"`
	EKCertificates []string `json:"ek_certificates"`
}

// load reads the file of a state directory. Without one the error is [ErrNone].
func (f *stateFileContent) load(dir string) error {
	path := filepath.Join(dir, StateFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return None(dir)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, f); err != nil {
		return fault.WithHint(message.Errorf("reading %s: %w", path, err), "bring back a backup: rasure station restore FILE --replace keeps the damaged files")
	}
	if f.Version > stateVersion {
		return fault.WithHint(message.Errorf("%s is of version %d, and this rasure reads version %d", path, f.Version, stateVersion), "use the rasure that wrote it, or a newer one; rasure version prints which this is")
	}
	return nil
}

// loadInUse is load for what needs the station's key. Of a station that was retired the error is [ErrRetired].
func (f *stateFileContent) loadInUse(dir string) error {
	if err := f.load(dir); err != nil || f.Retired == "" {
		return err
	}
	return fault.WithHint(fault.Refuse(&retired{f.Name, f.Retired}), "its log and its certificates verify for ever; begin another station in another directory: rasure station init --state DIR")
}

func (f *stateFileContent) write(path string) error {
	f.Version = stateVersion
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteFile(path, append(text, '\n'), 0o600)
}
