// Package issue turns the report of a job into the certificate that states it, and a disk and a plan into what statements say of them.
//
// It is the only part of certify that knows packages wipe and devices. A verifier of statements needs neither.
package issue

import (
	"rasure/certify"
	"rasure/certify/statement"
	"rasure/devices"
	"rasure/wipe"
)

// Facts are what a job knows besides the report of its wipe. A job file keeps them, and has to survive an upgrade: the names in
// the tags are those that version 0.1.0 wrote without tags, and stay when a field is renamed.
type Facts struct {
	ID        string           `json:"ID"`
	Station   certify.Station  `json:"Station"`
	Operator  string           `json:"Operator"`
	Direct    bool             `json:"Direct"` // reads and writes bypassed the page cache
	DirectIO  DirectIO         `json:"direct_io,omitempty"`
	Confirmed bool             `json:"Confirmed"`     // the drive repeated its serial number through the descriptor that was written to
	Bay       string           `json:"bay,omitempty"` // by whose name the disk was confirmed
	Tool      certify.Tool     `json:"Tool"`
	Begin     certify.EntryRef `json:"Begin"`

	Interruptions []certify.Interruption `json:"Interruptions"` // so far
	Resumes       *certify.EntryRef      `json:"Resumes"`

	Register *certify.MediumRef `json:"Register"`
	Policy   *certify.Policy    `json:"Policy"`
}

// IsBegin reports whether e is the begin of the job with these facts, on this disk, with this plan. Facts, disk and plan come from a job
// file, which is only text and may have been damaged; e is signed.
func IsBegin(e certify.Entry, f Facts, d devices.Disk, p wipe.Plan) bool {
	b := e.Begin
	if b == nil || b.ID != f.ID {
		return false
	}
	disk, plan := DiskOf(d, f), PlanOf(p)
	if e.Statement == nil {
		return b.Plan == plan && b.Disk.SameDisk(disk) && b.Register.Equal(f.Register)
	}
	plan.Title, plan.Source, plan.Disputed = "", "", ""
	return b.Plan == plan && b.Disk.SameDisk(comparable2(disk)) && sameUse(b.Register, f.Register)
}

// sameUse compares what a begin of version 2 says of a medium with what a job file does: only the file has the classification, and they name the approval
// by other hashes.
func sameUse(begin, file *certify.MediumRef) bool {
	if begin == nil || file == nil {
		return begin == file
	}
	same := begin.Number == file.Number && begin.Purpose == file.Purpose && (begin.Approval == nil) == (file.Approval == nil)
	return same && (begin.Approval == nil || begin.Approval.Index == file.Approval.Index)
}

// DiskOf describes a disk as statements do. Of the facts it takes how the disk was opened.
func DiskOf(d devices.Disk, f Facts) certify.Disk {
	disk := certify.Disk{
		Vendor: d.Vendor, Model: d.Model, Serial: d.OwnSerial(), SerialSource: string(d.SerialSource), Confirmed: f.Confirmed, WWN: d.WWN, Firmware: d.Firmware,
		Bus: string(d.Bus), Protocol: string(d.Protocol), Driver: d.Driver, Medium: string(d.Medium),
		Rotational: d.Rotational, Removable: d.Removable,
		Size: d.Size, Logical: d.LogicalBlock, Physical: d.PhysicalBlock, Hidden: notExamined,
		Node: certify.Node{Name: d.Name, Major: d.Number.Major, Minor: d.Number.Minor, Seq: d.Seq, Direct: f.Direct},
	}
	if d.Medium == devices.Image {
		disk.Hidden = notApplicable
	}
	if disk.Serial == "" {
		disk.SerialSource, disk.Confirmed = "", false
	}
	disk.Identified, disk.Shared = string(d.IdentifiedBy()), d.Doubt == devices.Shared
	if d.IdentifiedBy() == devices.ByPort {
		disk.Port = d.Port
		if f.Bay != "" {
			disk.Identified, disk.Port = "bay", f.Bay
		}
	}
	if z := d.Zones; z != nil {
		disk.Zones = &certify.Zones{Count: int64(z.Count), Bytes: z.Bytes, Conventional: int64(z.Conventional), GapBytes: z.GapBytes()}
		for _, g := range z.Gaps {
			disk.Zones.Gaps = append(disk.Zones.Gaps, statement.Gap(g))
		}
	}
	for _, n := range d.Namespaces {
		disk.Namespaces = append(disk.Namespaces, certify.Namespace(n))
	}
	if b := d.Bridge; b != nil {
		disk.Bridge = &certify.Bridge{VendorID: b.VendorID, ProductID: b.ProductID, Manufacturer: b.Manufacturer, Product: b.Product, Serial: b.Serial, Firmware: b.Firmware}
		if l := b.Listed; l != nil {
			disk.Bridge.Trial = &certify.BridgeTrial{Tested: statement.Day(l.Tested)}
			for _, p := range l.Carries {
				disk.Bridge.Trial.Carries = append(disk.Bridge.Trial.Carries, string(p))
			}
		}
	}
	return disk
}

// PlanOf describes a plan as statements do.
func PlanOf(p wipe.Plan) certify.Plan {
	plan := certify.Plan{
		Scheme: p.Scheme.ID, Title: p.Scheme.Title, SchemeSHA256: p.Scheme.SHA256(),
		Source: p.Scheme.Source, Disputed: p.Scheme.Disputed, Level: string(p.Level), Verify: string(p.Verify),
	}
	if p.Method != nil {
		plan.Method = string(p.Method.ID)
	}
	return plan
}
