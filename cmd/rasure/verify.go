package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"rasure/certify/audit"
	"rasure/cmd/internal/bundle"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/view"
	"rasure/cmd/message"
)

type verifyOptions struct {
	pinOptions
	proof, roots string
}

func newVerifyCmd(a *app) *cobra.Command {
	var o verifyOptions
	c := &cobra.Command{
		Use:   "verify CERT|BUNDLE [--proof FILE] --station CARD",
		Short: "Verify one certificate or bundle, offline",
		Long: `Verify one certificate, or a bundle made by rasure cert bundle (the .tar.zst file, or its directory), with nothing
but the files: the station's signature over every byte, that the measurements support the outcome, and that the
certificate is in the station's log. Of a bundle, all entries, proofs, signatures of people and evidence files are
checked; nothing that came with it is run. It needs no state directory, no root, no network.

--station is the station card: the first entry of the station's log, obtained independently of the certificate. --key is
the station's public key in its place. One key can sign several logs, so with --key alone the output says that any log of
this key verifies. The output ends with what these files do not show.

Exit status 0 means that the certificate is genuine. The outcome of the erasure can still be "failed". If evidence is
missing from a bundle, the exit status is 3.

Without --proof, the proof is the file next to the certificate that ends in .tlog-proof. If there is none, only the
signature is verified, and the output says so.

Example: rasure verify USBSTICK01-20260102T030405Z.cert --station station7.card`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runVerify(cmd.Context(), args[0], o) },
	}
	o.AddFlags(c)
	return a.JSONFlag(c)
}

func (o *verifyOptions) AddFlags(c *cobra.Command) {
	o.pinOptions.AddFlags(c)
	c.Flags().StringVar(&o.proof, "proof", "", "proof that the certificate is in the log")
	c.Flags().StringVar(&o.roots, "roots", "", "of a bundle: the roots of the first roster, as an allowed_signers file")
}

func (a *app) runVerify(ctx context.Context, path string, o verifyOptions) error {
	pin, err := o.read()
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() || bundle.IsArchive(path) {
		if o.proof != "" {
			return fault.Usage(message.New("--proof is for a certificate: a bundle has its own proofs"))
		}
		return a.verifyBundle(ctx, path, pin, o)
	}
	if o.roots != "" {
		return fault.Usage(message.New("--roots is for a bundle: a certificate has no roster"))
	}
	signed, err := cli.ReadFile(path)
	if err != nil {
		return err
	}
	proofPath := o.proof
	if proofPath == "" {
		proofPath = strings.TrimSuffix(path, ".cert") + ".tlog-proof"
	}
	proof, err := cli.ReadFile(proofPath)
	if err != nil && (o.proof != "" || !errors.Is(err, fs.ErrNotExist)) {
		return err
	}
	v, err := audit.VerifyCertificate(signed, proof, pin)
	switch {
	case err != nil && proof != nil:
		return message.Errorf("%s with proof %s: %w", path, proofPath, err)
	case err != nil:
		return message.Errorf("%s: %w", path, err)
	case a.JSON:
		return a.PrintJSON(verifyResult{path, v})
	}
	view.PrintVerified(&a.Console, v)
	return nil
}

// verifyResult is what verify --json prints for a certificate.
type verifyResult struct {
	File string `json:"file"`
	audit.Verified
}
