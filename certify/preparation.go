package certify

import "time"

// Preparation states that a partition table and an empty file system are written to an erased disk, for re-use: the extents in
// Changed no longer have the bytes that its certificate states, all others do. It is logged before the first of them
// is written, so that a preparation that was cut short leaves no difference unexplained.
type Preparation struct {
	Station     Station   `json:"station"`
	Operator    string    `json:"operator"`
	Disk        Disk      `json:"disk"`
	Certificate EntryRef  `json:"certificate"` // of the erasure: its entry in the log
	Layout      string    `json:"layout"`      // "gpt-fat32"
	Label       string    `json:"label"`
	Changed     []Extent  `json:"changed"` // sorted, whole logical blocks
	Started     time.Time `json:"started"` // UTC, whole seconds
	Tool        Tool      `json:"tool"`
}

func (p *Preparation) station() Station { return p.Station }

// SameDisk reports whether two statements are of one disk: it identifies itself alike and has the same size.
func (d Disk) SameDisk(o Disk) bool { return d.identity() == o.identity() }

// identity is what a disk reports of itself, and its size.
type identity struct {
	serial, wwn, model, vendor string
	size                       int64
}

func (d Disk) identity() identity { return identity{d.Serial, d.WWN, d.Model, d.Vendor, d.Size} }
