package certify

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"rasure/devices"
	"rasure/wipe"
)

// Facts are what a job knows besides the report of its wipe. A job file keeps them, and has to survive an upgrade: the names in
// the tags are those that version 0.1.0 wrote without tags, and stay when a field is renamed.
type Facts struct {
	ID        string   `json:"ID"`
	Station   Station  `json:"Station"`
	Operator  string   `json:"Operator"`
	Direct    bool     `json:"Direct"`    // reads and writes went past the page cache
	Confirmed bool     `json:"Confirmed"` // the drive repeated its serial number through the descriptor that was written to
	Tool      Tool     `json:"Tool"`
	Begin     EntryRef `json:"Begin"`

	Interruptions []Interruption `json:"Interruptions"` // so far
	Resumes       *EntryRef      `json:"Resumes"`

	Register *MediumRef `json:"Register"`
	Policy   *Policy    `json:"Policy"`
}

// listed is how many extents of a kind a pass shows at first; see [Seal].
const listed = 256

// New states the report of a job. Evidence lists the extents of the report, one a line (pass, kind,
// offset, length), to be kept beside the certificate under the name given; it is nil where the certificate lists them all.
func New(r wipe.Report, f Facts, evidenceName string) (c Certificate, evidence []byte) {
	return newListing(r, f, evidenceName, listed)
}

// Seal makes and signs the certificate of a job. If the extents that could not be written or read are too many for
// one statement, it shows fewer of them; the counts are always complete.
func Seal(r wipe.Report, f Facts, evidenceName string, s note.Signer) (signed, evidence []byte, err error) {
	for n := listed; ; n /= 4 {
		c, evidence := newListing(r, f, evidenceName, n)
		signed, err := Sign(KindCertificate, c, s)
		if !errors.Is(err, ErrTooLong) || n == 0 {
			return signed, evidence, err
		}
	}
}

func newListing(r wipe.Report, f Facts, evidenceName string, n int) (Certificate, []byte) {
	c := Certificate{
		ID: f.ID, Station: f.Station, Operator: f.Operator,
		Disk: DiskOf(r.Disk, f), Plan: PlanOf(r.Plan),
		Passes: []Pass{}, Exceptions: []Exception{}, Evidence: []File{},
		Level: "none", Outcome: string(r.Outcome),
		Started: r.Started, Ended: r.Ended, Seconds: int64(r.Ended.Sub(r.Started).Seconds()),
		Tool: f.Tool, Begin: f.Begin, Interruptions: append([]Interruption{}, f.Interruptions...), Resumes: f.Resumes,
		Register: f.Register, Policy: f.Policy,
	}
	if r.Outcome == wipe.Verified {
		c.Level = string(r.Plan.Level)
	}
	var full strings.Builder
	cut := false
	for i, p := range r.Passes {
		pass := Pass{
			Pattern: p.Pattern, Key: p.Key, Written: p.Written, Verified: p.Verified, Verify: string(p.Verify),
			Retries: p.Retries, FlushErrors: p.FlushErrors,
			WriteSpeed: p.WriteBytesPerSecond, VerifySpeed: p.VerifyBytesPerSecond,
			Started: p.Started, Ended: p.Ended,
		}
		if p.Sample != nil {
			pass.Sample = &Sample{p.Sample.Seed, p.Sample.Sections, p.Sample.Places, p.Sample.Bytes}
		}
		list := func(kind string, all []wipe.Extent, total wipe.Total) (shown []Extent, count, bytes int64) {
			shown = []Extent{}
			for _, e := range all {
				if len(shown) < n {
					shown = append(shown, Extent{e.Offset, e.Length})
				}
				fmt.Fprintf(&full, "%d %s %d %d\n", i, kind, e.Offset, e.Length)
			}
			cut = cut || total.Extents > len(shown)
			return shown, int64(total.Extents), total.Bytes
		}
		pass.Unwritten, pass.UnwrittenCount, pass.UnwrittenBytes = list("unwritten", p.Unwritten, p.UnwrittenTotal)
		pass.Mismatched, pass.MismatchedCount, pass.MismatchedBytes = list("mismatched", p.Mismatched, p.MismatchedTotal)
		pass.Unreadable, pass.UnreadableCount, pass.UnreadableBytes = list("unreadable", p.Unreadable, p.UnreadableTotal)
		c.Passes = append(c.Passes, pass)
	}
	for _, e := range r.Exceptions {
		c.Exceptions = append(c.Exceptions, Exception{e.Code, e.Detail})
	}
	c.Firmware = firmwareOf(r.Firmware)
	if c.Disk.Hidden == notExamined {
		var limit *Exception
		if c.Hidden, c.Disk.Hidden, limit = hiddenOf(r); limit != nil {
			c.Exceptions = append(c.Exceptions, *limit)
		}
	}
	if !cut {
		return c, nil
	}
	evidence := []byte(full.String())
	sum := sha256.Sum256(evidence)
	c.Evidence = append(c.Evidence, File{evidenceName, hex.EncodeToString(sum[:]), int64(len(evidence))})
	return c, evidence
}

// What stands for hidden areas in one word.
const (
	examined    = "examined"
	notExamined = "not-examined"
)

// DiskOf states which disk it is; of the facts it takes how the disk was opened.
func DiskOf(d devices.Disk, f Facts) Disk {
	disk := Disk{
		Vendor: d.Vendor, Model: d.Model, Serial: d.Serial, SerialSource: string(d.SerialSource), Confirmed: f.Confirmed, WWN: d.WWN, Firmware: d.Firmware,
		Bus: string(d.Bus), Protocol: string(d.Protocol), Driver: d.Driver, Medium: string(d.Medium),
		Rotational: d.Rotational, Removable: d.Removable,
		Size: d.Size, Logical: d.LogicalBlock, Physical: d.PhysicalBlock, Hidden: notExamined,
		Node: Node{d.Name, d.Number.Major, d.Number.Minor, d.Seq, f.Direct},
	}
	if d.Medium == devices.Image {
		disk.Hidden = "not-applicable" // the layer below is the business of whoever certifies that
	}
	if b := d.Bridge; b != nil {
		disk.Bridge = &Bridge{b.VendorID, b.ProductID, b.Manufacturer, b.Product, b.Serial}
	}
	return disk
}

// PlanOf states what is to be done.
func PlanOf(p wipe.Plan) Plan {
	plan := Plan{
		Scheme: p.Scheme.ID, Title: p.Scheme.Title, SchemeSHA256: p.Scheme.SHA256(),
		Source: p.Scheme.Source, Disputed: p.Scheme.Disputed, Level: string(p.Level), Verify: string(p.Verify),
	}
	if p.Method != nil {
		plan.Method = string(p.Method.ID)
	}
	return plan
}
