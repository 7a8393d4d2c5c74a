// Package render prints a certificate for people. What it prints is a reading aid: the signed text is the certificate,
// and every page bears its SHA-256.
package render

import (
	"fmt"
	"io"
	"strings"

	"rasure/certify"
)

// Text prints a certificate as a page of plain ASCII, as far as names allow. Sum is the SHA-256 of the signed bytes.
func Text(w io.Writer, c certify.Certificate, sum [32]byte) error {
	p := &page{}
	p.title("CERTIFICATE OF ERASURE")
	p.line("certificate", c.ID)
	p.line("outcome", strings.ToUpper(c.Outcome))
	p.line("level achieved", c.Level+" (asked for: "+c.Plan.Level+")")
	p.line("from", c.Started.Format("2006-01-02 15:04:05 UTC"))
	p.line("to", c.Ended.Format("2006-01-02 15:04:05 UTC")+fmt.Sprintf(" (%d s)", c.Seconds))
	p.line("operator", c.Operator)
	if r := c.Register; r != nil {
		p.line("medium", fmt.Sprintf("%s, classification %s, which this erasure does not lower", r.Number, r.Class))
		if r.Approval != nil {
			p.line("approved", fmt.Sprintf("for the purpose %s, by log entry %d, sha-256 %s", r.Purpose, r.Approval.Index, r.Approval.SHA256))
		}
	}
	if c.Policy != nil {
		p.line("rules", fmt.Sprintf("%s, sha-256 %s", c.Policy.Name, c.Policy.SHA256))
	}

	p.section("Disk")
	d := c.Disk
	p.line("model", strings.TrimSpace(d.Vendor+" "+d.Model))
	p.line("serial", orNone(d.Serial))
	if d.Confirmed {
		p.line("serial told by", d.SerialSource+", repeated by the drive when it was claimed")
	} else {
		p.line("serial told by", d.SerialSource)
	}
	p.line("wwn", d.WWN)
	p.line("firmware", d.Firmware)
	p.line("attached by", d.Bus+", command set "+d.Protocol+", driver "+orNone(d.Driver))
	if b := d.Bridge; b != nil {
		p.line("behind bridge", fmt.Sprintf("%s:%s %s %s, serial %s", b.VendorID, b.ProductID, b.Manufacturer, b.Product, b.Serial))
	}
	p.line("medium", d.Medium)
	p.line("capacity", fmt.Sprintf("%d bytes, blocks of %d bytes", d.Size, d.Logical))
	p.line("hidden areas", d.Hidden)
	p.line("seen as", fmt.Sprintf("%s (%d:%d), disk sequence %d", d.Node.Name, d.Node.Major, d.Node.Minor, d.Node.Seq))

	p.section("Plan")
	p.line("scheme", c.Plan.Scheme+": "+c.Plan.Title)
	p.line("table sha-256", c.Plan.SchemeSHA256)
	p.line("after", c.Plan.Source)
	p.line("disputed", c.Plan.Disputed)
	p.line("verification", c.Plan.Verify)
	p.firmware(c)
	for i, pass := range c.Passes {
		p.pass(i+1, pass, d.Size)
	}

	for _, i := range c.Interruptions {
		p.line("interrupted", fmt.Sprintf("%s, in pass %d after %d bytes; noticed %s", i.Reason, i.Pass, i.Low, i.Noticed.Format("2006-01-02 15:04:05 UTC")))
	}

	p.section("Exceptions")
	for _, e := range c.Exceptions {
		p.line(e.Code, e.Detail)
	}
	if len(c.Exceptions) == 0 {
		p.text("none")
	}
	for _, f := range c.Evidence {
		p.line("evidence", fmt.Sprintf("%s, %d bytes, sha-256 %s", f.Name, f.Size, f.SHA256))
	}

	p.section("Signed by")
	s := c.Station
	p.line("station", s.Name)
	p.line("key sha-256", s.KeySHA256)
	p.line("assurance", s.Assurance+": "+assurance(s.Assurance))
	p.line("computer", strings.TrimSpace(fmt.Sprintf("%s %s %s %s", s.Host.Name, s.Host.Vendor, s.Host.Product, s.Host.Serial)))
	p.line("program", strings.TrimSpace(c.Tool.Name+" "+c.Tool.Version+" "+c.Tool.Revision)+" on Linux "+s.Host.Kernel)
	p.line("program sha-256", c.Tool.BinarySHA256)
	p.line("begin", fmt.Sprintf("log entry %d, sha-256 %s", c.Begin.Index, c.Begin.SHA256))
	p.line("this certificate", fmt.Sprintf("sha-256 %x", sum))

	p.section("What this does not say")
	p.text("It says what was written to the disk's addressable blocks and read back from them. Areas that the disk")
	if c.Firmware == nil {
		p.text("does not address, such as spare and remapped blocks of flash, are beyond any overwrite. The signature")
	} else {
		p.text("does not address, such as spare and remapped blocks of flash, cannot be read by any computer: that the")
		p.text("drive's own erase reached them rests on the drive's word, which is quoted above. The signature")
	}
	p.text("shows which station said so and that nobody changed it since; it cannot show that the station was honest.")
	_, err := io.WriteString(w, p.String())
	return err
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func assurance(class string) string {
	switch class {
	case certify.TPMVerified:
		return "the key is in a TPM that its vendor and an authority vouch for"
	case certify.TPMUnverified:
		return "the key is in a TPM that nobody has vouched for"
	case certify.TPMEmulated:
		return "the key is in a program that plays a TPM; whoever copies its files can sign"
	case certify.Software:
		return "the key is in a file; whoever reads it can sign"
	}
	return "unknown"
}

// page collects lines; it leaves out what is empty.
type page struct{ strings.Builder }

func (p *page) title(s string)   { fmt.Fprintf(p, "%s\n%s\n", s, strings.Repeat("=", len(s))) }
func (p *page) section(s string) { fmt.Fprintf(p, "\n%s\n%s\n", s, strings.Repeat("-", len(s))) }
func (p *page) text(s string)    { fmt.Fprintf(p, "%s\n", s) }
func (p *page) line(name, value string) {
	if strings.TrimSpace(value) != "" {
		fmt.Fprintf(p, "%-17s %s\n", name, strings.TrimSpace(value))
	}
}

func (p *page) pass(n int, s certify.Pass, size int64) {
	p.section(fmt.Sprintf("Pass %d: %s", n, s.Pattern))
	p.line("key", s.Key)
	p.line("written", share(s.Written, size)+speed(s.WriteSpeed))
	read := "not read back"
	switch s.Verify {
	case "full":
		read = share(s.Verified, size) + speed(s.VerifySpeed)
	case "sample":
		read = share(s.Verified, size) + speed(s.VerifySpeed)
		if s.Sample != nil {
			read += fmt.Sprintf("; %d places in %d sections, seed %s", s.Sample.Places, s.Sample.Sections, s.Sample.Seed)
		}
	}
	p.line("read back equal", read)
	p.extents("not written", s.Unwritten, s.UnwrittenCount, s.UnwrittenBytes)
	p.extents("read different", s.Mismatched, s.MismatchedCount, s.MismatchedBytes)
	p.extents("not readable", s.Unreadable, s.UnreadableCount, s.UnreadableBytes)
	if s.Retries > 0 || s.FlushErrors > 0 {
		p.line("trouble", fmt.Sprintf("%d retries, %d flush errors", s.Retries, s.FlushErrors))
	}
}

func (p *page) extents(name string, list []certify.Extent, count, bytes int64) {
	if count == 0 {
		return
	}
	p.line(name, fmt.Sprintf("%d bytes in %d extents", bytes, count))
	for i, e := range list {
		if i == 10 {
			p.line("", fmt.Sprintf("and %d more", count-10))
			return
		}
		fmt.Fprintf(p, "%-17s offset %d, %d bytes\n", "", e.Offset, e.Length)
	}
}

// share says how much of the disk it was; it is rounded down, so that 100 % means all.
func share(bytes, size int64) string {
	switch {
	case bytes == size:
		return fmt.Sprintf("%d bytes, all", bytes)
	case size <= 0:
		return fmt.Sprintf("%d bytes", bytes)
	}
	hundredths := int64(float64(bytes) / float64(size) * 10000)
	return fmt.Sprintf("%d bytes, %d.%02d %%", bytes, hundredths/100, hundredths%100)
}

func speed(s int64) string {
	if s == 0 {
		return ""
	}
	return fmt.Sprintf(", %d MB/s", s/1000000)
}
