package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"rasure/certify/audit"
	"rasure/cmd/internal/bundle"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/interrupt"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

type bundleOptions struct {
	pinOptions
	log, out string
	withPage bool
}

func newBundleCmd(a *app) *cobra.Command {
	var o bundleOptions
	c := &cobra.Command{
		Use:   "bundle CERT",
		Short: "Pack a certificate with everything that proves it",
		Long: `Pack a certificate with everything that proves it into one file: the log's entries that it refers to or that people
state about it and its medium, their proofs, the rosters, the station's key, and evidence files, which must be in the
directory of the certificate. The log is verified first. Check a bundle with rasure verify.

Everything that was stated later about the medium, or about an entry in the bundle, is packed too. VERIFY.txt says in words
what was withdrawn, replaced or corrected, and which witnesses are missing; rasure verify then has the exit status 3.

The annex of the certificate, which has the customer, is packed if it is beside the certificate or in the state directory;
only the owner can read such a bundle.

--with-page puts the page that verifies in a browser beside the bundle, for those who install no programs. It is installed
with the package, or named by the environment variable RASURE_PAGE.

If an evidence file is missing, the bundle and stderr name it, and the exit status is 3.

Example: rasure cert bundle USBSTICK01-20260102T030405Z.cert`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runBundle(cmd.Context(), args[0], o) },
	}
	o.AddFlags(c)
	return c
}

func (o *bundleOptions) AddFlags(c *cobra.Command) {
	c.Flags().StringVar(&o.log, "log", "", "directory of the log (default: log in the state directory)")
	o.pinOptions.AddFlags(c)
	c.Flags().StringVar(&o.out, "out", "", "file to write, .tar.zst or .zip (default: the certificate's name with .tar.zst)")
	addPageFlag(c, &o.withPage)
}

func (a *app) runBundle(ctx context.Context, path string, o bundleOptions) error {
	pin, err := a.pin(o.pinOptions)
	if err != nil {
		return err
	}
	signed, err := cli.ReadFile(path)
	if err != nil {
		return err
	}
	if _, err := audit.OpenCertificate(signed, pin); err != nil {
		return message.Errorf("%s: %w", path, err)
	}
	if o.out == "" {
		o.out = strings.TrimSuffix(path, ".cert") + ".tar.zst"
	}
	if _, err := os.Lstat(o.out); err == nil { // before the work; what writes the file does not replace one either
		return fault.Refusef("%s already exists", o.out)
	}
	page, err := readPage(o.withPage, filepath.Dir(o.out))
	if err != nil {
		return err
	}
	report, err := a.audit(ctx, pin, auditOptions{log: o.log}, nil)
	if err != nil {
		return err
	}
	var policies [][]byte
	for _, path := range []string{a.settings.Policy, a.statePath(station.PolicyFile)} { // the certificate chooses by the hash
		if text, err := cli.ReadFile(path); err == nil {
			policies = append(policies, text)
		}
	}
	b, err := report.Bundle(signed, pin, interrupt.FS(ctx, durable.FS(filepath.Dir(path))), policies...)
	if err != nil {
		return message.Errorf("%s: %w", path, err)
	}
	if b.NoPolicy != "" {
		a.Note("the policy that the certificate names, SHA-256 %s, is not in the bundle: the station now has another\n", draft.Visible(b.NoPolicy))
	}
	if private, _, err := a.annexOf(path, signed); err != nil {
		return err
	} else if private != nil {
		if err := b.AddAnnex(private); err != nil {
			return message.Errorf("the annex of %s: %w", path, err)
		}
	}
	if err := bundle.Write(o.out, b); err != nil {
		return err
	}
	a.Printf("%s\n", o.out)
	if page != nil {
		if err := page.Put(filepath.Dir(o.out)); err != nil {
			return err
		}
		a.Printf("%s\n", filepath.Join(filepath.Dir(o.out), bundle.PageFile))
	}
	if len(b.Missing) > 0 {
		return evidenceMissing(b.Missing)
	}
	return nil
}

// addPageFlag adds the flag that puts the verifying page beside files.
func addPageFlag(c *cobra.Command, with *bool) {
	c.Flags().BoolVar(with, "with-page", false, "put the page that verifies in a browser beside the files")
}

// readPage reads the page, before any work is done, if it is wanted in a directory.
func readPage(wanted bool, dir string) (bundle.Page, error) {
	if !wanted {
		return nil, nil
	}
	page, err := bundle.ReadPage(os.Getenv("RASURE_PAGE"))
	if err == nil {
		err = page.Check(dir)
	}
	return page, err
}

// evidenceMissing is the error for a bundle without files that a statement names.
func evidenceMissing(names []string) error {
	return fault.Incomplete(message.Errorf("evidence is missing from the bundle: %s", strings.Join(names, ", ")))
}
