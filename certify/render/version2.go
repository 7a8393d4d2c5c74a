package render

import (
	"crypto/sha256"
	"io"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Signed prints a certificate that was verified, with what only version 2 states, and with times in a zone. c is what the signed bytes say.
func Signed(w io.Writer, l message.Language, zone *time.Location, c certify.Certificate, signed []byte) error {
	var s *statement.Certificate
	if read, err := statement.Read(certify.TextOf(signed)); err == nil {
		s, _ = read.Body.(*statement.Certificate)
	}
	return write(w, l, zone, c, s, sha256.Sum256(signed))
}

// whose prints whose station it is, and what the customer calls the job.
func (p *page) whose(s *statement.Certificate) {
	if s == nil {
		return
	}
	p.line(message.Of("organisation"), words(s.Org.Organisation, s.Org.Department, s.Org.UnitCode))
	p.line(message.Of("site"), s.Org.Site)
	p.line(message.Of("order"), s.Order)
	p.line(message.Of("batch"), s.Batch)
	p.line(message.Of("asset"), s.Asset)
	p.line(message.Of("came from"), words(s.Source, s.SourceHost))
	p.line(message.Of("goes to"), Destinations.For(s.Destination))
	p.line(message.Of("checked by"), s.VerifiedBy)
}

// confirmed prints how the disk was known and confirmed.
func (p *page) confirmed(s *statement.Certificate) {
	if s == nil {
		return
	}
	p.line(message.Of("operator known"), knownBy.For(s.Operator.By))
	p.line(message.Of("identified by"), Identified(s))
	p.line(message.Of("no own serial"), unnumbered(s))
	if c := s.Confirmation; c != nil {
		p.line(message.Of("confirmed"), Confirmed(*c))
	}
	p.line(message.Of("warned of"), s.Plan.Caution)
}

// Confirmed says how the disk was confirmed before the first byte was written.
func Confirmed(c statement.Confirmation) message.Text {
	switch {
	case c.Typed != "":
		return message.Of("the operator typed its %s, %d s after the question", confirmers.For(c.Typed), c.Seconds)
	case c.Scanned != "":
		return message.Of("the operator scanned its %s, %d s after the question", confirmers.For(c.Scanned), c.Seconds)
	case c.Replugged != "":
		return message.Of("the operator unplugged it and plugged it into the same port again")
	case c.Flag != "":
		return message.Of("the command line named its %s, without a question", confirmers.For(c.Flag))
	}
	return message.Of("the disk arrived in the armed bay %s", c.Intake)
}

// unnumbered says what identifies a medium that no serial number does; zero if one does.
func unnumbered(s *statement.Certificate) message.Text {
	switch {
	case s.Identified != "port" && s.Identified != "bay":
		return message.Text{}
	case s.Disk.Shared && s.Medium != nil:
		return message.Of("other disks report the serial number of this medium: it is identified by its register number and by the bytes on it")
	case s.Disk.Shared:
		return message.Of("other disks report the serial number of this medium: it is identified by the bytes on it")
	case s.Medium != nil:
		return message.Of("this medium has no serial number of its own: it is identified by its register number and by the bytes on it")
	}
	return message.Of("this medium has no serial number of its own: it is identified by the bytes on it")
}

// Identified says by what the disk is known.
func Identified(s *statement.Certificate) message.Text {
	switch s.Identified {
	case "port":
		return message.Of("the port %s", s.Port)
	case "bay":
		return message.Of("the bay %s", s.Port)
	}
	return identifiers.For(s.Identified)
}

// BridgeParts are all parts of the way to a drive that a USB bridge can have been shown to carry.
var BridgeParts = Words{
	{"identify", message.Of("identity (IDENTIFY DEVICE)")}, {"sense", message.Of("registers of an answer")}, {"smart", message.Of("SMART data")}, {"logs", message.Of("log pages")},
	{"statistics", message.Of("device statistics")}, {"echo", message.Of("count and address")}, {"address", message.Of("their high bytes")},
}

// BridgeTest says what the settings listed of the USB bridge. It was not measured by the job.
func BridgeTest(t *statement.BridgeTrial) message.Text {
	all := BridgeParts.For(t.Carries[0])
	for _, p := range t.Carries[1:] {
		all = message.Of("%s, %s", all, BridgeParts.For(p))
	}
	return message.Of("the settings of the station list the bridge as tested on %s, carrying: %s", string(t.Tested), all)
}

// keys prints what the keys of the passes come from.
func (p *page) keys(s *statement.Certificate) {
	if s == nil || s.Anchor == nil {
		return
	}
	p.section(message.Of("Keys of the passes"))
	p.line(message.Of("made after"), message.Of("log entry %d: they come from its seed, and from the signed head of the log that ends with it", s.Begin.Index))
	p.line(message.Of("seed"), s.Seed)
	p.line(message.Of("anchor sha-256"), s.Anchor.SHA256)
}

// sessions prints when the job ran, and what was known of the clock.
func (p *page) sessions(s *statement.Certificate) {
	if s == nil {
		return
	}
	p.section(message.Of("Time"))
	for i, r := range s.Sessions {
		p.line(message.Of("session %d", i+1), message.Of("%s, %d.%03d s by the monotonic clock", p.date(r.Started), r.Elapsed/1000, r.Elapsed%1000))
	}
	for _, c := range s.Steps {
		p.line(message.Of("clock set"), message.Of("by %d ms, noticed %s", c.Milliseconds, p.date(c.At)))
	}
	switch c := s.Clock; {
	case c.Synchronised && c.MaxError != nil:
		p.line(message.Of("clock"), message.Of("synchronised when this was signed, to %d ms by the kernel's estimate", *c.MaxError))
	case c.Synchronised:
		p.line(message.Of("clock"), message.Of("synchronised when this was signed"))
	default:
		p.line(message.Of("clock"), message.Of("not known to be synchronised when this was signed"))
	}
	p.line(message.Of("signed at"), message.Of("%s, %d minutes east of UTC", p.date(s.Clock.At), s.Clock.Offset))
}
