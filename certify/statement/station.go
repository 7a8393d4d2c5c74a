package statement

import "time"

// StationStatement is the first entry of a log, the station card; or the cut-over in a log of version 1.
type StationStatement struct {
	ByStation
	Draft     bool         `canon:"draft,optional"` // made before version 2 was final: nothing of this log has to open for ever
	PublicKey Bytes        `canon:"public_key"`     // SubjectPublicKeyInfo of the key that signs statements, DER
	Keys      []StationKey `canon:"keys" count:"1..8"`
	TPM       *TPM         `canon:"tpm,optional"` // there with `tpm-...` and only then
	Host      Host         `canon:"host"`
	Roots     Hash         `canon:"roots_sha256,optional"`              // of the lines of the first roster's roots, each with its newline
	From      int64        `canon:"attested_from,optional" range:"1.."` // first size of the log that has an attestation; there with `replaces` and a counter
	Replaces  *Ref         `canon:"replaces,optional"`                  // cut-over: the station statement of version 1
	Succeeds  *Head        `canon:"succeeds,optional"`                  // the log of another key or TPM that this one continues
	Zone      string       `canon:"zone" max:"64"`                      // IANA name of the time zone
	StationEnd
}

// StationKey is a key that signs for the station.
type StationKey struct {
	Use       string `canon:"use" words:"statement checkpoint second"`
	Algorithm string `canon:"algorithm" max:"64"` // `ecdsa-p256-sha256`; others are reserved
	Key       Bytes  `canon:"key"`                // SubjectPublicKeyInfo, DER
	Required  bool   `canon:"required"`           // nothing counts without its line
}

// TPM describes the chip that holds the station's key, in its own words. Endorsement certificates are in the enrolment.
type TPM struct {
	Manufacturer string `canon:"manufacturer"`
	Vendor       string `canon:"vendor"`
	Firmware     string `canon:"firmware"`
	Key          Bytes  `canon:"key_public"`           // TPMT_PUBLIC of the key
	NV           Bytes  `canon:"nv_public"`            // TPMS_NV_PUBLIC of the counter
	Policy       Hash   `canon:"auth_policy,optional"` // of a bound key
}

// Preparation states that a partition table and an empty file system are about to be written to an erased disk.
type Preparation struct {
	ByStation
	Operator    Operator   `canon:"operator"`
	Certificate Target     `canon:"certificate"` // of the erasure
	Disk        Disk       `canon:"disk"`
	Layout      string     `canon:"layout" max:"64"` // `gpt-fat32`
	Label       string     `canon:"label,optional"`
	Changed     []Extent   `canon:"changed" count:"1..256"` // whole logical blocks, sorted: the rest of the disk stays as certified
	Content     Hash       `canon:"content_sha256"`         // of the bytes of these blocks, in order
	Medium      *MediumUse `canon:"medium,optional"`
	StationEnd
}

// List is a table of media. It counts only when an act names it.
type List struct {
	ByStation
	Purpose string `canon:"purpose" words:"import count"`
	Rows    []Row  `canon:"rows" count:"1..150"`
	StationEnd
}

// Fresh is what a station signs for somebody who asks it now. It is never in a log.
type Fresh struct {
	Log   Head      `canon:"log"`
	Nonce string    `canon:"nonce" max:"128"` // 32 to 128 hexadecimal digits
	At    time.Time `canon:"at"`              // by the station's clock
}
