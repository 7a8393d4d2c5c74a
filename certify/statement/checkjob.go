package statement

import (
	"slices"

	"rasure/cmd/message"
)

func (w *Work) checkPart(int64) error {
	d := &w.Disk
	switch {
	case (w.Port != "") != (w.Identified == "port" || w.Identified == "bay"):
		return message.Errorf("the disk is identified by its %s; port is there with port and bay, and only then", w.Identified)
	case w.Identified == "serial" && d.Serial == "", w.Identified == "wwn" && d.WWN == "":
		return message.Errorf("the disk is identified by its %s, which it does not have", w.Identified)
	case (w.Identified == "image") != (d.MediumType == mediumImage):
		return message.New("an image is identified as one, and nothing else is")
	case w.Asset != "" && w.Medium != nil:
		return message.New("the asset of a registered medium is in medium")
	}
	return checkULID(w.Job)
}

const mediumImage = "image"

func (o *Operator) checkPart(int64) error {
	if (o.Person == "") == (o.Account == "") {
		return message.New("the operator is a person of the roster, or an account")
	}
	return nil
}

func (c *Confirmation) checkPart(int64) error {
	n := 0
	for _, how := range []string{c.Typed, c.Scanned, c.Replugged, c.Flag, c.Intake} {
		if how != "" {
			n++
		}
	}
	if n != 1 {
		return message.New("a disk was confirmed in exactly one way: typed, scanned, replugged, flag or intake")
	}
	if c.Flag != "" && c.Seconds != 0 {
		return message.New("a disk was confirmed on the command line, without a question, and after some seconds")
	}
	return nil
}

func (d *Disk) checkPart(int64) error {
	switch {
	case (d.Serial == "") != (d.SerialSource == ""):
		return message.New("disk: a serial number has a source, and nothing else has one")
	case d.Serial == "" && (d.Confirmed || d.Shared):
		return message.New("disk: it has no serial number, and that is confirmed or shared")
	case (d.Hidden == "not-applicable") != (d.MediumType == mediumImage):
		return message.New("disk: only an image has no hidden areas that could be examined")
	}
	return d.checkNamespaces()
}

// checkNamespaces makes sure that the namespaces of a drive are all of the disk's bytes, whole blocks, and each another one; the first is the one
// that the disk describes.
func (d *Disk) checkNamespaces() error {
	if len(d.Namespaces) == 0 {
		return nil
	}
	left, seen := d.Size, map[int64]bool{}
	for _, n := range d.Namespaces {
		if seen[n.ID] || d.Logical == 0 || n.Size%d.Logical != 0 || n.Size > left {
			return message.New("disk: its namespaces are not what its bytes consist of")
		}
		seen[n.ID] = true
		left -= n.Size
	}
	if first := d.Namespaces[0]; left != 0 || first.Name != d.Node.Name || first.WWN != d.WWN {
		return message.New("disk: its namespaces are not what its bytes consist of")
	}
	return nil
}

func (b *Begin) check() error {
	switch {
	case b.ApprovalShown && (b.Medium == nil || b.Medium.Approval == nil):
		return message.New("an approval was shown, and there is none")
	case b.Cosigned != nil && b.Cosigned.Size > b.Log.Size:
		return message.Errorf("%d entries were cosigned, and the log has %d", b.Cosigned.Size, b.Log.Size)
	}
	return nil
}

func (p *Preparation) check() error {
	if p.Certificate.Outcome != outcomeVerified {
		return message.New("only a disk whose erasure was verified is prepared")
	}
	if _, ok := extents(p.Changed, p.Disk.Size); !ok {
		return message.New("the blocks that change are not on the disk, or not in order")
	}
	return p.Certificate.must("certificate")
}

// extents returns the bytes of a list, and whether it is sorted and on a disk of this size without overlaps.
func extents(list []Extent, size int64) (sum int64, ok bool) {
	end := int64(0)
	for _, e := range list {
		if e.Offset < end || e.Length > size-e.Offset {
			return 0, false
		}
		end, sum = e.Offset+e.Length, sum+e.Length
	}
	return sum, true
}

// check holds for each certificate. What it claims is compared with what it measured by [Certificate.CheckConsistency].
func (c *Certificate) check() error {
	anchored := !slices.ContainsFunc(c.Exceptions, func(e Exception) bool { return e.Code == CodeKeyNotAnchored })
	switch {
	case c.Resumes != nil && c.Resumes.Index <= c.Begin.Index:
		return message.New("the certificate resumes one from before the job began")
	case c.Seed.IsZero() != (c.Anchor == nil):
		return message.New("seed and anchor are both there, or none")
	case anchored != (c.Anchor != nil):
		return message.Errorf("a certificate has an anchor, or the exception %s", CodeKeyNotAnchored)
	}
	return nil
}
