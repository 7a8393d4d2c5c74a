package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/render/forms"
	"rasure/certify/render/paper"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/typeface"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// pageOptions are the flags of every command that makes pages.
type pageOptions struct {
	pdf, html, font, paper string
	internal               bool
}

// AddFlags adds --pdf, --html, --font, --paper and --internal.
func (o *pageOptions) AddFlags(c *cobra.Command) {
	c.Flags().StringVar(&o.pdf, "pdf", "", "PDF file to write")
	c.Flags().StringVar(&o.html, "html", "", "HTML file to write; it loads nothing, and a browser prints it")
	c.Flags().StringVar(&o.font, "font", "", "TrueType font for Chinese in a PDF (default: WenQuanYi Micro Hei of the system)")
	c.Flags().StringVar(&o.paper, "paper", "", "A4 or letter (default: paper of the settings, or A4)")
	c.Flags().BoolVar(&o.internal, "internal", false, "print numbers and classifications of the register: the page must not leave the office")
}

// forms are the options of a page by flags and settings.
func (a *app) forms(o pageOptions) (forms.Options, error) {
	f := forms.Options{Languages: a.Languages(), Size: paper.A4, Zone: a.settings.Location(), Internal: o.internal, Address: a.settings.Address}
	size := o.paper
	if size == "" {
		size = a.settings.Paper
	}
	switch {
	case strings.EqualFold(size, "letter"):
		f.Size = paper.Letter
	case size != "" && !strings.EqualFold(size, "A4"):
		return f, fault.Usagef("--paper: %q is neither A4 nor letter", size)
	}
	if a.settings.Logo != "" {
		file, err := cli.ReadFile(a.settings.Logo)
		if err == nil {
			f.Logo, err = paper.ReadLogo(file)
		}
		if err != nil {
			return f, fault.Usage(message.Errorf("logo of the settings: %s: %w", a.settings.Logo, err))
		}
	}
	return f, nil
}

// check refuses a command line that names no file, before anything is read.
func (o *pageOptions) check() error {
	if o.pdf == "" && o.html == "" {
		return fault.WithHint(fault.Usage(message.New("name the file to write")), "--pdf FILE, or --html FILE")
	}
	return missing(o.pdf, o.html)
}

// missing refuses names of files that are there already: a page never replaces another.
func missing(names ...string) error {
	for _, name := range names {
		if name == "" {
			continue
		}
		if _, err := os.Lstat(name); err == nil {
			return fault.Refusef("%s already exists", name)
		}
	}
	return nil
}

// writePages writes a document into the files that the options name: each whole, or not at all.
func (a *app) writePages(d paper.Document, o pageOptions) error {
	return errors.Join(
		a.writePage(o.html, func(w io.Writer) error { return paper.HTML(w, d) }),
		a.writePage(o.pdf, func(w io.Writer) error {
			face, err := typeface.Find(o.font)
			if err == nil {
				err = typeface.Explain(paper.PDF(w, d, face))
			}
			return err
		}))
}

func (a *app) writePage(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	var page bytes.Buffer
	if err := write(&page); err != nil {
		return err
	}
	if err := durable.WriteNew(name, page.Bytes(), 0o644); errors.Is(err, fs.ErrExist) {
		return fault.Refusef("%s already exists", name)
	} else if err != nil {
		return err
	}
	a.Printf("%s\n", name)
	return nil
}

type printOptions struct {
	pinOptions
	pageOptions
	log string
}

func newPrintCmd(a *app) *cobra.Command {
	var o printOptions
	c := &cobra.Command{
		Use:   "print CERT...",
		Short: "Print certificates as pages, PDF or HTML",
		Long: `Print certificates as pages for people, as PDF or HTML: one page for each certificate, and an annex with what was measured.
A page is a reading aid. It shows the SHA-256 of the signed text and its place in the log, as text and as a QR code, and
has lines for pens and space for a seal. A job that failed is printed as plainly as one that is verified.

The signature and the proof, the file next to the certificate that ends in .tlog-proof, are verified first. If one of the
certificates does not verify, nothing is printed, and the exit status is 5.

At the station, or with --log, the log is audited too, and the page has the witnesses and the validation. With --station
or --key alone it says that the log was not read.

--lang zh,en prints both languages on one page. A PDF with Chinese characters needs a font: fonts-wqy-microhei.
The number of the medium and its classification are printed with --internal only.`,
		Example: "rasure cert print USBSTICK01-20260102T030405Z.cert --pdf page.pdf --lang zh,en",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runPages(cmd.Context(), args, o, forms.Certificates)
		},
	}
	o.pinOptions.AddFlags(c)
	o.pageOptions.AddFlags(c)
	c.Flags().StringVar(&o.log, "log", "", "directory of the log (default: log in the state directory, without --station and --key)")
	return c
}

func newLabelCmd(a *app) *cobra.Command {
	var o printOptions
	var sheets bool
	c := &cobra.Command{
		Use:   "label CERT...",
		Short: "Print labels for erased disks, PDF or HTML",
		Long: `Print a label for each certificate: ERASED or NOT ERASED, the day, the serial number as Code 128, and a QR code with the place
of the certificate in the log. A label has 62 x 29 mm; --sheets puts 24 on a sheet of A4 (70 x 36 mm each). With --internal
it has the number and the marking of the medium.

The certificates are verified first, as for rasure cert print.`,
		Example: "rasure cert label USBSTICK01-20260102T030405Z.cert --pdf label.pdf",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runPages(cmd.Context(), args, o, func(all []forms.Certificate, f forms.Options) paper.Document { return forms.Labels(all, sheets, f) })
		},
	}
	o.pinOptions.AddFlags(c)
	o.pageOptions.AddFlags(c)
	c.Flags().StringVar(&o.log, "log", "", "directory of the log (default: log in the state directory, without --station and --key)")
	c.Flags().BoolVar(&sheets, "sheets", false, "many labels on sheets of A4")
	return c
}

// runPages verifies certificates and writes what lay makes of them.
func (a *app) runPages(ctx context.Context, paths []string, o printOptions, lay func([]forms.Certificate, forms.Options) paper.Document) error {
	if err := o.check(); err != nil {
		return err
	}
	f, err := a.forms(o.pageOptions)
	if err != nil {
		return err
	}
	all, err := a.certificates(ctx, paths, o)
	if err != nil {
		return err
	}
	return a.writePages(lay(all, f), o.pageOptions)
}

// certificates reads certificates that verify, with what the log says of them.
func (a *app) certificates(ctx context.Context, paths []string, o printOptions) ([]forms.Certificate, error) {
	pin, err := a.pin(o.pinOptions)
	if err != nil {
		return nil, err
	}
	var report *audit.Report
	var records map[int64]*forms.Record
	switch atStation := o.card == "" && o.key == ""; {
	case o.log != "" || atStation:
		if report, err = a.audit(ctx, pin, auditOptions{log: o.log}, nil); err == nil {
			records, err = forms.Records(report)
		}
		if err != nil {
			return nil, err
		}
	case o.internal:
		return nil, fault.Usage(message.New("--internal needs the log, which has the register: name it with --log"))
	}
	var all []forms.Certificate
	for _, path := range paths {
		c, err := a.certificate(path, pin)
		if err != nil {
			return nil, err
		}
		if report != nil {
			entry, signed, err := report.ReadEntry(c.Index)
			switch {
			case err != nil:
				return nil, err
			case !certify.SameStatement(signed, c.Signed):
				return nil, fault.NotVerified(message.Errorf("%s: entry %d of the log is another statement", path, c.Index))
			}
			c.Log, c.Origin, c.LogSize, c.Root = records[entry.Index], report.Origin(entry.Index), report.Entries, report.Root
			if r := c.Certificate.Register; r != nil {
				c.Medium = report.State.Register.Medium(r.Number)
			}
		}
		all = append(all, c)
	}
	return all, nil
}

// certificate reads a certificate, its proof and its annex.
func (a *app) certificate(path string, pin audit.Pin) (c forms.Certificate, err error) {
	if c.Signed, err = cli.ReadFile(path); err != nil {
		return c, err
	}
	proofPath := strings.TrimSuffix(path, ".cert") + ".tlog-proof"
	proof, err := cli.ReadFile(proofPath)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := audit.OpenCertificate(c.Signed, pin); err != nil {
			return c, message.Errorf("%s: %w", path, err)
		}
		return c, fault.WithHint(fault.NotVerified(message.Errorf("%s: there is no proof that it is in the log: %w", path, err)),
			"at the station, write the proof again: rasure log prove INDEX > %s", proofPath)
	}
	if err != nil {
		return c, err
	}
	if c.Verified, err = audit.VerifyCertificate(c.Signed, proof, pin); err != nil {
		return c, message.Errorf("%s with proof %s: %w", path, proofPath, err)
	}
	_, c.Annex, err = a.annexOf(path, c.Signed)
	return c, err
}
