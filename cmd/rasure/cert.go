package main

import (
	"github.com/spf13/cobra"

	"rasure/certify/render"
	"rasure/cmd/internal/cli"
)

func newCertCmd(a *app) *cobra.Command {
	c := &cobra.Command{Use: "cert", Short: "Certificates", Args: cli.NoArgs, RunE: cli.HelpOnly}
	var o pinOptions
	show := &cobra.Command{
		Use:   "show CERT",
		Short: "Print a certificate as a page of plain text",
		Long: `Print a certificate as a page of plain text, for people. Its signature is checked first, with the station card
or the key given, or with this station's key.

Example: rasure cert show USBSTICK01-20260102T030405Z.cert --station station7.card`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.runCertShow(args[0], o) },
	}
	o.AddFlags(show)
	c.AddCommand(show, newPrintCmd(a), newLabelCmd(a), newCertFindCmd(a), newBundleCmd(a), newAbandonCmd(a))
	return c
}

func (a *app) runCertShow(path string, o pinOptions) error {
	cert, signed, err := a.openCertificate(path, o)
	if err != nil {
		return err
	}
	return render.Signed(a.Out, a.Lang, a.settings.Location(), *cert, signed)
}
