package statement

import (
	"time"

	"rasure/certify/internal/canon"
)

// What canonical texts are made of.
type (
	Hash  = canon.Hash  // a SHA-256, or other 32 bytes
	Bytes = canon.Bytes // in base64
	Day   = canon.Day   // 2006-01-02
)

// Head names a log, and the tree over its first entries. What names the head of a log stands in that log only: a log that was made again beside
// it has another root.
type Head struct {
	Origin string `canon:"origin" max:"100"`      // name of the station
	First  Hash   `canon:"first_sha256,optional"` // of the text of the first entry; only that entry itself has no such value
	Size   int64  `canon:"size,optional"`         // entries in the tree
	Root   Hash   `canon:"root,optional"`         // of the tree (RFC 9162)
}

// IsStart reports whether the head is that of a log without entries: the first entry names it.
func (h Head) IsStart() bool { return h.Size == 0 && h.First.IsZero() && h.Root.IsZero() }

func (h Head) complete() bool { return h.Size > 0 && !h.First.IsZero() && !h.Root.IsZero() }

// Ref refers to an entry of the same log by its place and the SHA-256 of its text.
type Ref struct {
	Index  int64 `canon:"index"`
	SHA256 Hash  `canon:"sha256"` // of the text, also for entries of version 1
}

// Clock is what a station knew of the time.
type Clock struct {
	At           time.Time `canon:"at"`
	Offset       int64     `canon:"offset_minutes" range:"-840..840"`           // of the station's zone, east of UTC
	Synchronised bool      `canon:"synchronised"`                               // the kernel holds the clock to be synchronised
	Source       string    `canon:"source,optional" words:"ntp ptp rtc manual"` // of the time
	MaxError     *int64    `canon:"max_error_milliseconds,optional"`            // by the kernel's estimate
}

// Org is the organisation that a station belongs to, from its settings.
type Org struct {
	Organisation string `canon:"organisation"`
	Department   string `canon:"department,optional"`
	Site         string `canon:"site,optional"`
	UnitCode     string `canon:"unit_code,optional"`
}

// Software is the program that made a statement.
type Software struct {
	Name     string `canon:"name"`
	Version  string `canon:"version"`
	Revision string `canon:"revision,optional"`                // of the source
	SHA256   Hash   `canon:"binary_sha256"`                    // of the running executable
	Go       string `canon:"go"`                               // release of the compiler
	Image    *Image `canon:"image,optional"`                   // that it was started from
	Attested string `canon:"attested" words:"none boot bound"` // `boot`: the boot statement shows it; `bound`: the key can be used by such an image only
	Boot     *Ref   `canon:"boot,optional"`                    // the boot statement; with `boot` and `bound`
}

// Image is the system image that a station was started from.
type Image struct {
	Name    string `canon:"name"`
	Version string `canon:"version"`
	UKI     Hash   `canon:"uki_sha256"` // of the unified kernel image
}

// Station is the workstation as a signer.
type Station struct {
	Name      string   `canon:"name" max:"100"`                                                      // on the signature line; origin of the log
	Key       Hash     `canon:"key_sha256"`                                                          // of the SubjectPublicKeyInfo
	Assurance string   `canon:"assurance" words:"tpm-verified tpm-unverified tpm-emulated software"` // as card and enrolments give it at this place of the log
	Counter   *Counter `canon:"counter,optional"`                                                    // of the TPM; there with `tpm-...` and only then
}

// Counter is the counter in a TPM that is tied to a log: its value is base + size of the log.
type Counter struct {
	Index  int64 `canon:"nv_index" range:"16777216..33554431"` // NV index, 0x01000000 to 0x01ffffff (TPM 2.0 Structures, 7.2)
	Base   int64 `canon:"base"`
	Policy Hash  `canon:"auth_policy,optional"` // of a bound key: what it takes to use it
}

// Host is the machine of a station, as its firmware and kernel describe it. Its serial number is in the annex.
type Host struct {
	Name    string `canon:"name"`
	Vendor  string `canon:"vendor,optional"`
	Product string `canon:"product,optional"`
	Kernel  string `canon:"kernel"`
}

// ByStation is how each statement of a station begins.
type ByStation struct {
	ID       string   `canon:"id" max:"26"` // ULID: a label for people and file names
	Log      Head     `canon:"log"`         // to which the statement is added
	Station  Station  `canon:"station"`
	Org      Org      `canon:"org"`
	Clock    Clock    `canon:"clock"`
	Software Software `canon:"software"`
}

// Act is how each statement of people begins.
type Act struct {
	ID       string     `canon:"id" max:"26"`                      // ULID: a label for people and file names
	Log      Head       `canon:"log"`                              // what its signers could see: each of them is a witness of all entries before
	Says     string     `canon:"says"`                             // what a signer states, a constant of this page
	At       time.Time  `canon:"at"`                               // of the text that is signed
	Happened *time.Time `canon:"happened,optional"`                // if that was earlier than `at`
	Offset   int64      `canon:"offset_minutes" range:"-840..840"` // of the place, east of UTC
	Signers  []Signer   `canon:"signers" count:"1..16"`            // all of them must sign, each in this role, and nobody else
}

// ActEnd is how each statement of people ends.
type ActEnd struct {
	Remarks  string `canon:"remarks,optional"`
	Evidence []File `canon:"evidence,optional" count:"..100"` // scans, photographs, films: kept beside the log
	Annex    Hash   `canon:"annex_sha256,optional"`           // of the file of what must not be in the log
}

// StationEnd is how each statement of a station ends.
type StationEnd struct {
	Annex Hash `canon:"annex_sha256,optional"` // of the file of what must not be in the log
}

// Signer is a person who must sign.
type Signer struct {
	Role   string `canon:"role" words:"technician approve witness custodian validate secrecy roster enrol audit"`
	Person string `canon:"person"` // as in the roster
	Title  string `canon:"title,optional"`
}

// File is a file that is kept beside the log.
type File struct {
	Name   string `canon:"name" max:"255"`
	SHA256 Hash   `canon:"sha256"`
	Size   int64  `canon:"size_bytes"`
}

// Extent is a run of bytes of a disk.
type Extent struct {
	Offset int64 `canon:"offset"`
	Length int64 `canon:"length" range:"1.."`
}
