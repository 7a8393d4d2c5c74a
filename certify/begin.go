package certify

import "time"

// Begin is logged before the first byte is written, so that a job that vanished is visible: a begin without a
// certificate of the same id is a disk whose state nobody has certified.
type Begin struct {
	ID       string    `json:"id"`
	Station  Station   `json:"station"`
	Operator string    `json:"operator"`
	Disk     Disk      `json:"disk"`
	Plan     Plan      `json:"plan"`
	Started  time.Time `json:"started"` // UTC, whole seconds
	Tool     Tool      `json:"tool"`

	Register *MediumRef `json:"medium,omitempty"` // as on the certificate
	Policy   *Policy    `json:"policy,omitempty"`
}

// StationStatement is the first entry of every log: the key that signs everything after it, and what holds that key.
type StationStatement struct {
	Station   Station   `json:"station"`
	PublicKey string    `json:"public_key"` // PEM SubjectPublicKeyInfo
	TPM       *TPM      `json:"tpm,omitempty"`
	Created   time.Time `json:"created"`
	Tool      Tool      `json:"tool"`
}

// TPM describes the chip that holds the station's key, in its own words.
type TPM struct {
	Manufacturer   string   `json:"manufacturer"`
	Vendor         string   `json:"vendor"`
	Firmware       string   `json:"firmware"`
	EKCertificates []string `json:"ek_certificates"` // DER in base64; [] where the TPM has none
}
