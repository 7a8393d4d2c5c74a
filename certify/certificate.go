package certify

import (
	"slices"
	"time"

	"rasure/certify/statement"
)

// Certificate is the machine's statement of one erasure. The names in the tags are fixed for version 1.
//
// It states what was written to the disk and what was read back. It does not state that nothing can be recovered: Exceptions names areas
// that the disk does not address, and no overwrite reaches spare blocks of flash.
type Certificate struct {
	ID         string      `json:"id"`       // ULID of the job, the same as in its begin statement
	Station    Station     `json:"station"`  // who signs
	Operator   string      `json:"operator"` // who ran the command, as far as the system knows
	Disk       Disk        `json:"disk"`
	Plan       Plan        `json:"plan"`
	Passes     []Pass      `json:"passes"`
	Level      string      `json:"level_achieved"` // "clear", "purge", or "none" if the outcome does not support it
	Outcome    string      `json:"outcome"`        // "verified" "completed-with-exceptions" "failed" "interrupted" "unknown"
	Exceptions []Exception `json:"exceptions"`
	Evidence   []File      `json:"evidence"` // files kept beside the certificate
	Started    time.Time   `json:"started"`  // UTC, whole seconds
	Ended      time.Time   `json:"ended"`
	Seconds    int64       `json:"duration_seconds"`
	Tool       Tool        `json:"tool"`
	Begin      EntryRef    `json:"begin"`

	Interruptions []Interruption `json:"interruptions"`     // in the order they were noticed; [] if it ran through
	Resumes       *EntryRef      `json:"resumes,omitempty"` // the job's earlier certificate, if it was resumed after one

	Firmware *Firmware    `json:"firmware,omitempty"` // the drive's own erase before the passes; nil if no command was sent
	Hidden   []HiddenArea `json:"hidden,omitempty"`   // absent if the drive was not asked

	Register *MediumRef `json:"medium,omitempty"` // nil: the disk is not in the register
	Policy   *Policy    `json:"policy,omitempty"` // the rules in force when the job began
}

// MediumRef is the register's record of a medium when its job began.
type MediumRef struct {
	Number   string    `json:"number"`
	Class    Class     `json:"classification"`
	Purpose  string    `json:"purpose"`            // of the erasure; "" if no approval was needed
	Approval *EntryRef `json:"approval,omitempty"` // the entry that allows it
}

// Policy names a file of rules.
type Policy struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // of the file; hex
}

// Equal compares what two statements say of the register; both may be nil.
func (m *MediumRef) Equal(o *MediumRef) bool {
	if m == nil || o == nil {
		return m == o
	}
	if m.Approval == nil || o.Approval == nil {
		return *m == *o
	}
	return m.Number == o.Number && m.Class == o.Class && m.Purpose == o.Purpose && *m.Approval == *o.Approval
}

// Interruption is a time that the job ended early and was resumed later. What had been written before was read back with the rest of its
// pass, or the pass was written again.
type Interruption struct {
	Reason  string    `json:"reason"`        // "interrupted" (stopped), "device-lost", "vanished" (killed, or the power was cut)
	Pass    int       `json:"pass"`          // in progress then, counted from 1; 0: before the first
	Low     int64     `json:"flushed_bytes"` // of that pass known to be written and flushed
	Noticed time.Time `json:"noticed"`       // UTC, whole seconds
}

// Station is the workstation as a signer.
type Station struct {
	Name      string   `json:"name"`              // the name on the signature line and the origin of the log
	Assurance string   `json:"assurance"`         // "tpm-verified" "tpm-unverified" "tpm-emulated" "software"
	KeySHA256 string   `json:"key_sha256"`        // of the SubjectPublicKeyInfo; hex
	Counter   *Counter `json:"counter,omitempty"` // of the TPM; nil with a software key
	Host      Host     `json:"host"`
}

// Counter is the monotonic counter in the station's TPM that is tied to its log: value == base + tree size, always.
type Counter struct {
	Index  uint32 `json:"nv_index"`
	Base   uint64 `json:"base"`
	Policy string `json:"auth_policy,omitempty"` // of the key, if that is bound; hex. Version 1 has none
}

// Host is the machine that the station runs on, as its firmware and kernel describe it; "" if they do not.
type Host struct {
	Name    string `json:"name"`
	Vendor  string `json:"vendor"`
	Product string `json:"product"`
	Serial  string `json:"serial"`
	Kernel  string `json:"kernel"`
}

// Disk is what was erased: identity first, then how it was attached.
type Disk struct {
	Vendor       string  `json:"vendor"`
	Model        string  `json:"model"`
	Serial       string  `json:"serial"`           // in version 1 "" only for images
	SerialSource string  `json:"serial_source"`    // "ata-identify" "scsi-vpd80" "nvme-identify" "mmc-cid" "virtio" "usb-bridge" ""
	Confirmed    bool    `json:"serial_confirmed"` // the drive repeated it through the descriptor that was written to
	WWN          string  `json:"wwn"`
	Firmware     string  `json:"firmware"`
	Bus          string  `json:"bus"`
	Protocol     string  `json:"protocol"`
	Driver       string  `json:"driver"`
	Bridge       *Bridge `json:"bridge,omitempty"` // the USB device in between, whose serial is not the disk's
	Medium       string  `json:"medium_type"`      // "magnetic" "flash" "unknown" "image"
	Rotational   bool    `json:"rotational"`       // the kernel's claim
	Removable    bool    `json:"removable"`
	Size         int64   `json:"size_bytes"` // addressable capacity as the kernel saw it
	Logical      int     `json:"logical_block_bytes"`
	Physical     int     `json:"physical_block_bytes"`
	Hidden       string  `json:"hidden_areas"` // "examined" (see the certificate's hidden), "not-examined", or "not-applicable" to an image
	Node         Node    `json:"node"`

	Identified string `json:"-"` // by what, as version 2 states it: "serial" "port" "bay" "image"; "" in version 1
	Port       string `json:"-"` // with "port" and "bay": its name
	Shared     bool   `json:"-"` // other disks report the same serial number

	Namespaces []Namespace `json:"-"` // of an NVMe drive, of which the disk's bytes consist, in their order; nil in version 1, and where it is one disk
	Zones      *Zones      `json:"-"` // of a disk with host-managed zones, which version 1 cannot state
}

// Zones is how a disk with host-managed zones is divided, as version 2 states it.
type Zones = statement.Zones

// Stored is how many bytes the disk stores: its size, without the gaps of its zones.
func (d Disk) Stored() int64 {
	if d.Zones == nil {
		return d.Size
	}
	return d.Size - d.Zones.GapBytes
}

// Gaps are the bytes of a disk that no zone stores, sorted.
func (d Disk) Gaps() (list []Extent) {
	if d.Zones == nil {
		return nil
	}
	for _, g := range d.Zones.Gaps {
		for i := range g.Times {
			list = append(list, Extent{g.Offset + i*g.Every, g.Length})
		}
	}
	return list
}

// Namespace is one of several of an NVMe drive that were erased together.
type Namespace struct {
	ID   uint32
	Name string
	Size int64
	WWN  string
}

// HasNamespace reports whether a disk is one of the namespaces of which the bytes of d consist.
func (d Disk) HasNamespace(o Disk) bool {
	return o.Serial == d.Serial && o.Model == d.Model && slices.ContainsFunc(d.Namespaces, func(n Namespace) bool { return n.Size == o.Size && n.WWN == o.WWN })
}

// ByPort reports whether the disk has no serial number of its own: what identifies it is the socket that it was in, and then the bytes on it.
func (d Disk) ByPort() bool { return d.Identified == "port" || d.Identified == "bay" }

// Bridge is the USB device between machine and disk.
type Bridge struct {
	VendorID     string `json:"vendor_id"`
	ProductID    string `json:"product_id"`
	Manufacturer string `json:"manufacturer"`
	Product      string `json:"product"`
	Serial       string `json:"serial"`

	Firmware string       `json:"-"` // its release number, as version 2 states it; "" in version 1
	Trial    *BridgeTrial `json:"-"` // what the settings listed of such a bridge; nil in version 1, and of one that was not listed
}

// BridgeTrial is what the settings of the station listed of a bridge, as version 2 states it.
type BridgeTrial = statement.BridgeTrial

// Node is where the disk was found. It distinguishes two disks of the same job; it does not identify a disk.
type Node struct {
	Name   string `json:"name"`
	Major  uint32 `json:"major"`
	Minor  uint32 `json:"minor"`
	Seq    uint64 `json:"diskseq"`
	Direct bool   `json:"direct_io"` // reads and writes bypassed the page cache
}

// Plan is what was to be done.
type Plan struct {
	Scheme       string `json:"scheme"`
	Title        string `json:"title"`
	SchemeSHA256 string `json:"scheme_sha256"` // of the table of passes, in the form of scheme.Scheme.Text
	Source       string `json:"source"`        // the document that the table follows
	Disputed     string `json:"disputed"`      // where tools differ under that name; "" if they agree
	Level        string `json:"level"`         // requested
	Verify       string `json:"verify"`        // "full" "sample" "none"

	Method string `json:"method,omitempty"` // the firmware erase before the passes
}

// Pass is one pattern over the whole disk, with its verification.
type Pass struct {
	Pattern         string    `json:"pattern"`       // "random" "random-complement" "zero" "one" "bytes:HEX"
	Key             string    `json:"key,omitempty"` // 64 hex digits, with the first two
	Written         int64     `json:"written_bytes"`
	Verified        int64     `json:"verified_bytes"` // read back and found equal
	Verify          string    `json:"verify"`         // what was done: "full" "sample" "none"
	Sample          *Sample   `json:"sample,omitempty"`
	Unwritten       []Extent  `json:"unwritten"` // at most a few; the counts are complete, the rest is in the evidence
	UnwrittenCount  int64     `json:"unwritten_count"`
	UnwrittenBytes  int64     `json:"unwritten_bytes"`
	Mismatched      []Extent  `json:"mismatched"`
	MismatchedCount int64     `json:"mismatched_count"`
	MismatchedBytes int64     `json:"mismatched_bytes"`
	Unreadable      []Extent  `json:"unreadable"`
	UnreadableCount int64     `json:"unreadable_count"`
	UnreadableBytes int64     `json:"unreadable_bytes"`
	Retries         int       `json:"retries"`
	FlushErrors     int       `json:"flush_errors"`
	WriteSpeed      int64     `json:"write_bytes_per_second"` // 0 if nothing was written
	VerifySpeed     int64     `json:"verify_bytes_per_second"`
	Started         time.Time `json:"started"`
	Ended           time.Time `json:"ended"`
}

// Sample says which places a sampled verification read, so that they can be computed again (wipe.SampleReport has the rule).
type Sample struct {
	Seed     string `json:"seed"` // hex
	Sections int    `json:"sections"`
	Places   int    `json:"places"`
	Bytes    int64  `json:"bytes"`
}

// Extent is a run of bytes of the disk.
type Extent struct {
	Offset int64 `json:"offset"`
	Length int64 `json:"length"`
}

// Exception is a coded fact about what the certificate claims; [Limits] reports whether it limits the outcome.
type Exception struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// File is a file that belongs to the certificate.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // hex
	Size   int64  `json:"size_bytes"`
}

// Tool is the program that did the work.
type Tool struct {
	Name         string `json:"name"`
	Version      string `json:"version"`
	Revision     string `json:"revision"`      // of the source, "" where the build does not know it
	BinarySHA256 string `json:"binary_sha256"` // of the running executable; hex
	Go           string `json:"go"`
}

// EntryRef refers to an entry of the log.
type EntryRef struct {
	Index  int64  `json:"index"`
	SHA256 string `json:"sha256"` // of the entry; hex
}

// Verified reports whether the certificate claims a verified erasure.
func (c *Certificate) Verified() bool { return c.Outcome == OutcomeVerified }

// Last returns the pass whose bytes are on the disk now, or nil where there was none.
func (c *Certificate) Last() *Pass {
	if len(c.Passes) == 0 {
		return nil
	}
	return &c.Passes[len(c.Passes)-1]
}
