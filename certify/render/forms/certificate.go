package forms

import (
	"fmt"
	"strings"
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/certify/render"
	"rasure/certify/render/paper"
	"rasure/certify/statement"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
)

// Certificate is a certificate that was verified, with its proof, and what is known of it besides.
type Certificate struct {
	audit.Verified
	Signed []byte

	Log    *Record                // what the log says of it later; nil: the log was not read
	Origin *audit.Origin          // what the log or the bundle says of its key and its software; nil: neither was read
	Annex  []statement.AnnexField // [] if it is not at hand
	Medium *register.Medium       // as the register has it; nil if it is in none, or the log was not read
}

// Record is what a log says of a certificate in later entries.
type Record struct {
	People []Person
	Newer  int64 // index of a later certificate of the same job; 0 if there is none
}

// Person is somebody who has signed a statement about a certificate, with a key that the roster allows.
type Person struct {
	Role, Name, Title string
	Says              message.Text // what kind of statement it is
	Words             string       // that belong to it
	At                time.Time
	Key               string // fingerprint
	Entry             int64
}

// version2 is what only version 2 states; nil for version 1.
func (c *Certificate) version2() *statement.Certificate {
	if read, err := statement.Read(certify.TextOf(c.Signed)); err == nil {
		s, _ := read.Body.(*statement.Certificate)
		return s
	}
	return nil
}

// sum is the SHA-256 of the text.
func (c *Certificate) sum() string { return fmt.Sprintf("%x", certify.TextSHA256(c.Signed)) }

// zone is where the station was, as the certificate states it.
func (o Options) zone(s *statement.Certificate) *time.Location {
	if s == nil {
		if o.Zone == nil {
			return time.UTC
		}
		return o.Zone
	}
	return time.FixedZone("", int(s.Clock.Offset)*60)
}

// markOf is the shape of an outcome. Only a verified erasure has the check.
func markOf(outcome string) paper.Mark {
	switch outcome {
	case certify.OutcomeVerified:
		return paper.Check
	case "interrupted", "unknown":
		return paper.Wait
	}
	return paper.Cross
}

// Verdict is what an outcome means for the disk in the hand.
func Verdict(outcome string) message.Text {
	switch markOf(outcome) {
	case paper.Check:
		return message.Of("ERASED")
	case paper.Wait:
		return message.Of("NOT ERASED - KEEP APART")
	}
	return message.Of("NOT ERASED - DESTROY")
}

// outcome is the outcome of a certificate in a sentence.
func outcome(c *certify.Certificate) message.Text {
	switch last := c.Last(); c.Outcome {
	case "verified":
		if last != nil && last.Verify == certify.VerifySample {
			return message.Of("Outcome: verified. A sample of what was written was read back equal.")
		}
		return message.Of("Outcome: verified. What was written was read back equal.")
	case "completed-with-exceptions":
		return message.Of("Outcome: completed, with exceptions that limit the claim.")
	case "failed":
		return message.Of("Outcome: failed.")
	case "interrupted":
		return message.Of("Outcome: interrupted. The job can be resumed.")
	}
	return message.Of("Outcome: unknown.")
}

// QR is what the code on a page has: the word rasure, the origin of the log, the index of the entry and the SHA-256 of its text, separated by spaces.
func QR(origin string, index int64, sum string) string {
	return fmt.Sprintf("rasure %s %d %s", origin, index, sum)
}

// Certificates prints certificates, each on one page and its annex.
func Certificates(all []Certificate, o Options) paper.Document {
	d := paper.Document{Lang: o.lang(), Size: o.Size, Title: o.Say(message.Of("Certificate of erasure"))}
	for i := range all {
		c := &all[i]
		d.Date = later(d.Date, c.Certificate.Ended)
		d.Sheets = append(d.Sheets, o.certificate(c), o.annex(c))
	}
	return d
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (o Options) certificate(c *Certificate) paper.Sheet {
	cert, s := c.Certificate, c.version2()
	zone := o.zone(s)
	title := message.Of("Certificate of erasure")
	if cert.Outcome != certify.OutcomeVerified {
		title = message.Of("Record of an erasure that is not verified")
	}
	head := paper.Head{Logo: o.Logo, Title: o.Lines(title), Right: []string{o.Say(message.Of("Job")) + " " + data(cert.ID), moment(cert.Ended, zone)}}
	if s != nil {
		head.Owner = append(head.Owner, words(s.Org.Organisation, s.Org.Department))
		head.Owner = append(head.Owner, strings.TrimSpace(words(s.Org.Site, s.Org.UnitCode)+"  "+data(o.Address)))
	} else if o.Address != "" {
		head.Owner = []string{data(o.Address)}
	}
	v := paper.Verdict{Mark: markOf(cert.Outcome), Word: o.Lines(Verdict(cert.Outcome)), Bars: cert.Disk.Serial, Under: data(cert.Disk.Serial)}
	v.Detail = append(v.Detail, o.Lines(outcome(cert)))
	if c.Log != nil && c.Log.Newer > 0 {
		v.Detail = append(v.Detail, o.Lines(message.Of("A later certificate of this job is entry %d of the log.", c.Log.Newer)))
	}
	return paper.Sheet{Head: head, Fit: true, Dense: len(o.Languages) > 1, Foot: o.foot(c), Blocks: []paper.Block{v,
		paper.Fields{Title: o.Say(message.Of("1 Medium")), Pairs: o.mediumPairs(c, s)},
		paper.Fields{Title: o.Say(message.Of("2 Job")), Pairs: o.jobPairs(c, s, zone)},
		paper.Fields{Title: o.Say(message.Of("3 Level and limits")), Pairs: o.claimPairs(c)},
		o.people(c, s, zone),
	}}
}

// mediumPairs say what was erased.
func (o Options) mediumPairs(c *Certificate, s *statement.Certificate) []paper.Pair {
	d := c.Certificate.Disk
	serial := data(d.Serial)
	if serial == "" {
		serial = o.Lines(message.Of("none; found as %s", d.Node.Name))
	} else if d.SerialSource == "usb-bridge" {
		serial += "\n" + o.Say(message.Of("(as the USB bridge reports it)"))
	}
	maker, asset, source := "", "", ""
	if s != nil {
		maker, asset, source = s.Disk.Maker, s.Asset, words(s.Source, s.SourceHost)
		if s.Medium != nil && asset == "" {
			asset = s.Medium.Asset
		}
	}
	pairs := []paper.Pair{}
	if r := c.Certificate.Register; r != nil && o.Internal {
		pairs = append(pairs, o.field(message.Of("Number"), data(r.Number)))
		if c.Medium != nil {
			pairs = append(pairs, o.field(message.Of("Classification"), o.Say(o.marking(c.Medium))))
		}
	}
	pairs = append(pairs, o.field(message.Of("Serial number"), serial), o.field(message.Of("Model"), words(maker, d.Vendor, d.Model)),
		o.field(message.Of("Capacity"), fmt.Sprintf("%s (%d B)", humanize.Size(d.Size), d.Size)), o.field(message.Of("Type"), o.Say(render.MediaTypes.For(d.Medium))),
		o.field(message.Of("Asset number"), data(asset)), o.field(message.Of("Came from"), source),
		o.field(message.Of("World wide name"), data(d.WWN)), o.field(message.Of("Attached by"), o.attached(d)))
	if z := d.Zones; z != nil {
		pairs = append(pairs, o.field(message.Of("Zones"), o.Say(message.Of("%d host-managed zones, %d of them conventional; they store %d bytes", z.Count, z.Conventional, d.Stored()))))
	}
	if s != nil {
		pairs = append(pairs, o.field(message.Of("Identified by"), o.Say(render.Identified(s))))
	}
	return pairs
}

// attached says by what the disk was attached. Of a USB bridge that the settings listed, the signed text has what they said.
func (o Options) attached(d certify.Disk) string {
	b := d.Bridge
	if b == nil {
		return data(d.Bus)
	}
	by := words(d.Bus, b.VendorID+":"+b.ProductID, b.Firmware)
	if t := b.Trial; t != nil {
		by = o.Say(message.Of("%s, listed as tested %s: carries %d of %d", by, string(t.Tested), len(t.Carries), len(render.BridgeParts)))
	}
	return by
}

// marking is the classification of a medium with its limit, as it is written on documents: 机密★20年.
func (o Options) marking(m *register.Medium) message.Text {
	c := render.Classes.For(string(m.Class))
	switch {
	case m.LimitYears > 0 && m.LimitMonths == 0:
		return message.Of("%s★%d years", c, m.LimitYears)
	case m.LimitMonths > 0:
		return message.Of("%s★%d months", c, m.LimitYears*12+m.LimitMonths)
	case m.LimitDay != "":
		return message.Of("%s★until %s", c, m.LimitDay)
	case m.LimitCondition != "":
		return message.Of("%s★%s", c, m.LimitCondition)
	}
	return c
}

// jobPairs say what was done.
func (o Options) jobPairs(c *Certificate, s *statement.Certificate, zone *time.Location) []paper.Pair {
	cert := c.Certificate
	pairs := []paper.Pair{o.field(message.Of("Scheme"), data(cert.Plan.Scheme))}
	if f := cert.Firmware; f != nil {
		pairs = append(pairs, o.field(message.Of("Drive's own erase"), o.Say(message.Of("%s: %s", f.Method, f.Outcome))))
	}
	bad := int64(0)
	for i, p := range cert.Passes {
		bad += p.UnwrittenBytes + p.MismatchedBytes + p.UnreadableBytes
		if i < 3 || i == len(cert.Passes)-1 {
			pairs = append(pairs, o.wide(message.Of("Pass %d of %d", i+1, len(cert.Passes)), o.Lines(message.Of("%s: written %s; read back equal %s (%s)", p.Pattern,
				render.Amount(p.Written, cert.Disk.Stored(), p.WriteSpeed), render.Amount(p.Verified, cert.Disk.Stored(), p.VerifySpeed), render.Verifications.For(p.Verify)))))
		}
	}
	if len(cert.Passes) == 0 {
		pairs = append(pairs, o.wide(message.Of("Passes"), o.Say(message.Of("none was begun"))))
	}
	pairs = append(pairs, o.field(message.Of("Started"), moment(cert.Started, zone)), o.field(message.Of("Ended"), moment(cert.Ended, zone)),
		o.field(message.Of("Duration"), duration(c, s)), o.field(message.Of("Bytes with errors"), fmt.Sprint(bad)),
		o.field(message.Of("Hidden areas"), o.hidden(cert)))
	if s != nil && s.Health != nil {
		pairs = append(pairs, o.field(message.Of("Health"), o.healthChange(s.Health)))
	}
	if r := cert.Register; r != nil && r.Approval != nil {
		pairs = append(pairs, o.field(message.Of("Approved"), o.Say(message.Of("log entry %d, purpose: %s", r.Approval.Index, render.Purposes.For(r.Purpose)))))
	}
	if s != nil {
		pairs = append(pairs, o.field(message.Of("Order"), data(s.Order)), o.field(message.Of("Batch"), data(s.Batch)))
	}
	for _, f := range c.Annex {
		if label, ok := annexLabels[f.Path]; ok {
			pairs = append(pairs, o.field(label, data(f.Value)+" *"))
		}
	}
	return append(pairs, o.field(message.Of("Program"), words(cert.Tool.Name, cert.Tool.Version, cert.Tool.Revision)))
}

// duration is how long the job ran, not how long it took with its interruptions.
func duration(c *Certificate, s *statement.Certificate) string {
	d := time.Duration(c.Certificate.Seconds) * time.Second
	if s != nil {
		d = 0
		for _, r := range s.Sessions {
			d += time.Duration(r.Elapsed) * time.Millisecond
		}
	}
	return d.Round(time.Second / 10).String()
}

// annexLabels are the fields of an annex that a page prints. A star marks them: they are not in the log.
var annexLabels = map[string]message.Text{
	"customer": message.Of("Customer"), "contact": message.Of("Contact"), "ticket": message.Of("Ticket"), "note": message.Of("Note"),
}

func (o Options) hidden(c *certify.Certificate) string {
	if len(c.Hidden) == 0 {
		return o.Say(render.HiddenAreas.For(c.Disk.Hidden))
	}
	var all []string
	for _, a := range c.Hidden {
		all = append(all, a.Kind+": "+o.Say(render.HiddenArea(a)))
	}
	return strings.Join(all, "; ")
}

func (o Options) healthChange(h *statement.Healths) string {
	one := func(h *statement.Health) message.Text {
		if h == nil {
			return message.Of("not read")
		}
		return render.Healths.For(h.Verdict)
	}
	return o.Say(message.Of("before: %s, after: %s", one(h.Before), one(h.After)))
}

// maxListed is how many exceptions the first page has; the annex has all.
const maxListed = 4

// claimPairs say what is claimed, and what is not.
func (o Options) claimPairs(c *Certificate) []paper.Pair {
	cert := c.Certificate
	pairs := []paper.Pair{o.field(message.Of("Level requested"), o.Say(render.Levels.For(cert.Plan.Level))), o.field(message.Of("Level achieved"), o.Say(render.Levels.For(cert.Level)))}
	var lines []string
	for i, e := range cert.Exceptions {
		if i == maxListed {
			lines = append(lines, o.Say(message.Of("%d more in the annex", len(cert.Exceptions)-maxListed)))
			break
		}
		lines = append(lines, o.exception(e))
	}
	if len(lines) == 0 {
		lines = []string{o.Say(message.Of("none"))}
	}
	pairs = append(pairs, o.wide(message.Of("Exceptions"), strings.Join(lines, "\n")))
	lines = nil
	for _, l := range o.Languages {
		for _, t := range render.Limits(*cert) {
			lines = append(lines, onOneLine(t.In(l)))
		}
	}
	pairs = append(pairs, o.wide(message.Of("What it does not claim"), strings.Join(lines, "\n")))
	destination := message.Of("not stated")
	if s := c.version2(); s != nil && s.Destination != "" {
		destination = render.Destinations.For(s.Destination)
	}
	return append(pairs, o.wide(message.Of("Goes to"), o.Say(destination)))
}

// onOneLine joins lines: Latin ones with a space, Chinese ones without.
func onOneLine(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "。\n", "。"), "\n", " ")
}

// exception is a code, in words where they are not the code itself, and its detail.
func (o Options) exception(e certify.Exception) string {
	s := o.Say(render.Exception(e.Code))
	if e.Detail != "" {
		s += ": " + data(o.Say(message.Recognize(e.Detail)))
	}
	return s
}

// assurance says what is shown of the key: more than the certificate itself says only behind an enrolment that was verified.
func (c *Certificate) assurance() message.Text {
	if at := c.Origin; at != nil && at.Enrolled != nil && at.CounterBy == audit.TPM && c.Assurance == certify.TPMVerified {
		return message.Of("in a TPM, as an authority has shown (log entry %d, annex)", at.Enrolled.Index)
	}
	return render.Assurance(c.Assurance)
}

// foot says where the signed text is, and how to check it.
func (o Options) foot(c *Certificate) paper.Foot {
	sum := c.sum()
	lines := []string{
		o.Say(message.Of("This page is a reading aid. The signed text is the record:")),
		"SHA-256 " + sum,
		o.Say(message.Of("log %s, entry %d; then of %d entries, root", c.Station, c.Index, c.LogSize)) + " " + data(c.Root),
		o.Say(message.Of("station key SHA-256")) + " " + data(c.KeySHA256),
		o.Say(message.Of("key: %s", c.assurance())),
		o.Say(message.Of("To verify, with the certificate's file and the station card:")),
		"rasure verify FILE.cert --station STATION.card        sed '/^$/,$d' FILE.cert | sha256sum",
	}
	if len(c.Annex) > 0 {
		lines = append(lines, o.Say(message.Of("* from the annex of the certificate, which is not in the log")))
	}
	return paper.Foot{QR: QR(c.Station, c.Index, sum), Lines: lines, Page: o.page}
}
