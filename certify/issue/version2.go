package issue

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/devices"
	"rasure/wipe"
)

// standard is in whose words levels are meant.
const standard = "NIST SP 800-88 Rev. 2"

// maxText is the length of a text of a statement of version 2, in bytes.
const maxText = 1000

// textOf is s as a statement of version 2 can have it: characters that it cannot have come out as visible escapes, and what is too long is cut. Of
// what a drive or this program says nearly nothing is changed.
func textOf(s string) string {
	if s == "" || statement.CheckText(s) == nil {
		return s
	}
	var b strings.Builder
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		piece := s[:n]
		if statement.CheckText(piece) != nil {
			piece = fmt.Sprintf(`\u%04x`, r)
		}
		if b.Len()+len(piece) > maxText-len("...") {
			return b.String() + "..."
		}
		b.WriteString(piece)
		s = s[n:]
	}
	return b.String()
}

// DiskOf2 describes a disk as statements of version 2 do.
func DiskOf2(d devices.Disk, f Facts) statement.Disk { return disk2(DiskOf(d, f), f.DirectIO.word()) }

func disk2(is certify.Disk, direct string) statement.Disk {
	disk := statement.Disk{
		Vendor: textOf(is.Vendor), Model: textOf(is.Model), Serial: textOf(is.Serial), WWN: textOf(is.WWN), Firmware: textOf(is.Firmware),
		Bus: is.Bus, Protocol: is.Protocol, Driver: textOf(is.Driver), MediumType: is.Medium, Rotational: is.Rotational, Removable: is.Removable,
		Size: is.Size, Logical: int64(is.Logical), Physical: int64(is.Physical), Hidden: is.Hidden, Direct: direct, Zones: is.Zones,
		Node: statement.Node{Name: textOf(is.Node.Name), Major: int64(is.Node.Major), Minor: int64(is.Node.Minor), Seq: int64(is.Node.Seq)},
	}
	if disk.Serial != "" {
		disk.SerialSource, disk.Confirmed, disk.Shared = is.SerialSource, is.Confirmed, is.Shared
	}
	for _, n := range is.Namespaces {
		disk.Namespaces = append(disk.Namespaces, statement.Namespace{ID: int64(n.ID), Name: textOf(n.Name), Size: n.Size, WWN: textOf(n.WWN)})
	}
	if b := is.Bridge; b != nil {
		disk.Bridge = &statement.Bridge{VendorID: textOf(b.VendorID), ProductID: textOf(b.ProductID), Manufacturer: textOf(b.Manufacturer), Product: textOf(b.Product), Serial: textOf(b.Serial),
			Firmware: textOf(b.Firmware), Trial: b.Trial}
	}
	return disk
}

// DirectIO is [devices.DirectIO] in a job file; "" is that of a job which began in version 1.
type DirectIO string

func (d DirectIO) word() string {
	switch devices.DirectIO(d) {
	case devices.DirectYes:
		return "yes"
	case devices.DirectNo:
		return "no"
	}
	return "unknown"
}

// comparable2 makes a disk comparable with that of a statement of version 2, in which some characters cannot be.
func comparable2(d certify.Disk) certify.Disk {
	d.Vendor, d.Model, d.Serial, d.WWN = textOf(d.Vendor), textOf(d.Model), textOf(d.Serial), textOf(d.WWN)
	return d
}

// WorkOf is what the begin of a job states of it, besides the medium and the operator.
func WorkOf(d devices.Disk, f Facts, p wipe.Plan) statement.Work {
	w, warned := workOf(f.ID, DiskOf2(d, f), PlanOf(p)), []string{}
	if is := DiskOf(d, f); is.ByPort() {
		w.Identified, w.Port = is.Identified, textOf(is.Port)
	}
	for _, x := range p.Cautions() {
		warned = append(warned, x.String())
	}
	w.Plan.Caution = textOf(strings.Join(warned, "; "))
	return w
}

// WorkOfVersion1 is the same of a job that began in version 1, which did not record of what the operator was warned.
func WorkOfVersion1(b *certify.Begin) statement.Work {
	direct := "unknown"
	if b.Disk.Node.Direct {
		direct = "yes"
	}
	return workOf(b.ID, disk2(b.Disk, direct), b.Plan)
}

func workOf(job string, d statement.Disk, p certify.Plan) statement.Work {
	w := statement.Work{Job: job, Disk: d, Identified: "serial",
		Plan: statement.Plan{Scheme: p.Scheme, SHA256: hashOf(p.SchemeSHA256), Level: p.Level, Verify: p.Verify, Method: p.Method, Standard: standard}}
	if d.MediumType == string(devices.Image) {
		w.Identified = "image"
	}
	return w
}

// ParseHash reads 64 lower-case hexadecimal digits.
func ParseHash(s string) (h statement.Hash, ok bool) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != sha256.Size || hex.EncodeToString(raw) != s {
		return h, false
	}
	return statement.Hash(raw), true
}

// hashOf reads a hash that this program has written; what is none is zero, and is refused when the statement is written.
func hashOf(s string) statement.Hash {
	h, _ := ParseHash(s)
	return h
}
