// Package render prints a certificate for people. What it prints is a reading aid: the signed text is the certificate,
// and every page shows its SHA-256.
package render

import (
	"io"
	"strings"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Text prints a certificate as a page of plain text in a language, with times in UTC. Sum is the SHA-256 of the signed file.
func Text(w io.Writer, l message.Language, c certify.Certificate, sum [32]byte) error {
	return write(w, l, time.UTC, c, nil, sum)
}

// write prints a certificate; s is what only version 2 states, or nil.
func write(w io.Writer, l message.Language, zone *time.Location, c certify.Certificate, s *statement.Certificate, sum [32]byte) error {
	p := &page{lang: l, zone: zone}
	p.claim(c)
	p.whose(s)
	p.confirmed(s)
	p.disk(c.Disk)
	p.plan(c.Plan)
	p.firmware(c)
	for i, pass := range c.Passes {
		p.pass(i+1, pass, c.Disk.Stored())
	}
	for _, i := range c.Interruptions {
		p.line(message.Of("interrupted"), message.Of("%s, in pass %d after %d bytes; noticed %s", i.Reason, i.Pass, i.Low, p.date(i.Noticed)))
	}
	p.keys(s)
	p.sessions(s)
	p.exceptions(c)
	p.signer(c, sum)
	p.limits(c)
	_, err := io.WriteString(w, p.String())
	return err
}

func (p *page) claim(c certify.Certificate) {
	p.title(message.Of("CERTIFICATE OF ERASURE"))
	p.line(message.Of("certificate"), c.ID)
	p.line(message.Of("outcome"), strings.ToUpper(c.Outcome))
	p.line(message.Of("level achieved"), message.Of("%s (requested: %s)", Levels.For(c.Level), Levels.For(c.Plan.Level)))
	p.line(message.Of("from"), p.date(c.Started))
	p.line(message.Of("to"), message.Of("%s (%d s)", p.date(c.Ended), c.Seconds))
	p.line(message.Of("operator"), c.Operator)
	if r := c.Register; r != nil {
		if r.Class == "" { // not on a certificate of version 2, so that it can leave the office
			p.line(message.Of("medium"), message.Of("%s, whose classification this erasure does not lower", r.Number))
		} else {
			p.line(message.Of("medium"), message.Of("%s, classification %s, which this erasure does not lower", r.Number, Classes.For(string(r.Class))))
		}
		if r.Approval != nil {
			p.line(message.Of("approved"), message.Of("for the purpose %s, by log entry %d, sha-256 %s", Purposes.For(r.Purpose), r.Approval.Index, r.Approval.SHA256))
		}
	}
	if c.Policy != nil {
		p.line(message.Of("rules"), message.Of("%s, sha-256 %s", c.Policy.Name, c.Policy.SHA256))
	}
}

func (p *page) disk(d certify.Disk) {
	p.section(message.Of("Disk"))
	p.line(message.Of("model"), words(d.Vendor, d.Model))
	p.line(message.Of("serial"), orNone(d.Serial))
	if d.Confirmed {
		p.line(message.Of("serial source"), message.Of("%s, repeated by the drive when it was claimed", d.SerialSource))
	} else {
		p.line(message.Of("serial source"), d.SerialSource)
	}
	p.line(message.Of("wwn"), d.WWN)
	p.line(message.Of("firmware"), d.Firmware)
	p.line(message.Of("attached by"), message.Of("%s, command set %v, driver %v", d.Bus, orNone(d.Protocol), orNone(d.Driver)))
	if b := d.Bridge; b != nil {
		p.line(message.Of("behind bridge"), message.Of("%s:%s %s %s, serial %s", b.VendorID, b.ProductID, b.Manufacturer, b.Product, b.Serial))
		p.line(message.Of("its firmware"), b.Firmware)
		if t := b.Trial; t != nil {
			p.line(message.Of("its listing"), BridgeTest(t))
		}
	}
	p.line(message.Of("medium"), MediaTypes.For(d.Medium))
	p.line(message.Of("capacity"), message.Of("%d bytes, blocks of %d bytes", d.Size, d.Logical))
	if z := d.Zones; z != nil {
		p.line(message.Of("zones"), message.Of("%d host-managed zones, %d of them conventional; they store %d bytes", z.Count, z.Conventional, d.Stored()))
	}
	for _, n := range d.Namespaces {
		p.line(message.Of("namespace"), message.Of("%d: %s, %d bytes, wwn %v", n.ID, n.Name, n.Size, orNone(n.WWN)))
	}
	p.line(message.Of("hidden areas"), HiddenAreas.For(d.Hidden))
	p.line(message.Of("found as"), message.Of("%s (%d:%d), disk sequence %d", d.Node.Name, d.Node.Major, d.Node.Minor, d.Node.Seq))
}

func (p *page) plan(l certify.Plan) {
	p.section(message.Of("Plan"))
	if l.Title == "" { // version 2 names the scheme, and its table
		p.line(message.Of("scheme"), l.Scheme)
	} else {
		p.line(message.Of("scheme"), message.Of("%s: %s", l.Scheme, l.Title))
	}
	p.line(message.Of("table sha-256"), l.SchemeSHA256)
	p.line(message.Of("source"), l.Source)
	p.line(message.Of("disputed"), l.Disputed)
	p.line(message.Of("verification"), Verifications.For(l.Verify))
}

func (p *page) exceptions(c certify.Certificate) {
	p.section(message.Of("Exceptions"))
	for _, e := range c.Exceptions {
		p.code(Exception(e.Code), p.show(message.Recognize(e.Detail)))
	}
	if len(c.Exceptions) == 0 {
		p.text(message.Of("none"))
	}
	for _, f := range c.Evidence {
		p.line(message.Of("evidence"), message.Of("%s, %d bytes, sha-256 %s", f.Name, f.Size, f.SHA256))
	}
}

func (p *page) signer(c certify.Certificate, sum [32]byte) {
	p.section(message.Of("Signed by"))
	s := c.Station
	p.line(message.Of("station"), s.Name)
	p.line(message.Of("key sha-256"), s.KeySHA256)
	p.line(message.Of("assurance"), message.Of("%s: %s", s.Assurance, Assurance(s.Assurance)))
	p.line(message.Of("computer"), words(s.Host.Name, s.Host.Vendor, s.Host.Product, s.Host.Serial))
	if program := words(c.Tool.Name, c.Tool.Version, c.Tool.Revision); s.Host.Kernel == "" { // in version 2 the station statement has it
		p.line(message.Of("program"), program)
	} else {
		p.line(message.Of("program"), message.Of("%s on Linux %s", program, s.Host.Kernel))
	}
	p.line(message.Of("program sha-256"), c.Tool.BinarySHA256)
	p.line(message.Of("begin"), message.Of("log entry %d, sha-256 %s", c.Begin.Index, c.Begin.SHA256))
	p.line(message.Of("this certificate"), message.Of("sha-256 %x", sum))
}

func (p *page) limits(c certify.Certificate) {
	p.section(message.Of("Limits of this certificate"))
	for _, t := range Limits(c) {
		p.text(t)
	}
}

// Limits says what a certificate does not claim.
func Limits(c certify.Certificate) []message.Text {
	all := []message.Text{message.Of("It states what was written to the disk's addressable blocks and read back from them.")}
	if c.Firmware == nil {
		all = append(all, message.Of("No overwrite reaches areas that the disk does not address, such as spare and remapped blocks of flash."))
	} else {
		all = append(all, message.Of("No computer can read areas that the disk does not address, such as spare and remapped blocks of flash.\nThat the drive's own erase reached them rests on the drive's word."),
			neverOnRealDrive)
	}
	return append(all, message.Of("The signature shows which key stated this and that nobody changed it since.\nIt cannot show that the station was honest, nor that the key signed only one log."))
}

// Assurance says in words what a station states of its key. No word here calls a key the TPM's: that takes an authority who enrolled it, and
// the page of a certificate has no enrolment.
func Assurance(class string) message.Text {
	switch class {
	case certify.TPMVerified:
		return message.Of("the key says that an authority has verified its TPM; only an enrolment in the log can show it")
	case certify.TPMUnverified:
		return message.Of("the key says that it is in a TPM; nobody has shown it")
	case certify.TPMEmulated:
		return message.Of("the key is in a program that emulates a TPM; a copy of its files can sign")
	case certify.Software:
		return message.Of("the key is in a file; a copy of the file can sign")
	}
	return message.Of("unknown")
}
