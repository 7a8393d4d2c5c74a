package certify

import (
	"time"

	"rasure/devices"
	"rasure/wipe"
)

// BeginStatement is logged before the first byte is written, so that a job that vanished is visible: a begin without a
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

// Of says whether it is the begin of this job: the facts, the disk and the plan that a job was gone on with from may have been spoilt.
func (b *Begin) Of(f Facts, d devices.Disk, p wipe.Plan) bool {
	return b.ID == f.ID && b.Plan == PlanOf(p) && b.Disk.SameDisk(DiskOf(d, f)) && sameMedium(b.Register, f.Register)
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
