package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"rasure/certify/audit"
	"rasure/certify/render/checks"
	"rasure/cmd/internal/bundle"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs"
)

type verifyOptions struct {
	pinOptions
	proof, roots string
	tpmRoots     string
	witnessFile  string
	witness      *logs.Cosigner // nil: no cosignature is demanded
}

func newVerifyCmd(a *app) *cobra.Command {
	var o verifyOptions
	c := &cobra.Command{
		Use:   "verify CERT|BUNDLE... [--proof FILE] --station CARD",
		Short: "Verify certificates or bundles, offline",
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

` + severalHelp + `

Example: rasure verify USBSTICK01-20260102T030405Z.cert --station station7.card`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runVerify(cmd.Context(), args, o) },
	}
	o.AddFlags(c)
	return a.JSONFlag(c)
}

func (o *verifyOptions) AddFlags(c *cobra.Command) {
	o.pinOptions.AddFlags(c)
	c.Flags().StringVar(&o.proof, "proof", "", "proof that the certificate is in the log")
	c.Flags().StringVar(&o.witnessFile, "witness", "", "file with the public key of a witness, who must have cosigned the log head of the proof")
	c.Flags().StringVar(&o.roots, "roots", "", "of a bundle: the roots of the first roster, as an allowed_signers file")
	c.Flags().StringVar(&o.tpmRoots, "tpm-roots", "", "of a bundle: directory with the certificates of the vendors of TPMs that you trust")
}

func (a *app) runVerify(ctx context.Context, paths []string, o verifyOptions) error {
	pin, err := o.read()
	if err != nil {
		return err
	}
	if o.witness, err = readWitness(o.witnessFile); err != nil {
		return err
	}
	if o.proof != "" && len(paths) > 1 {
		return fault.Usage(message.New("--proof is for one certificate"))
	}
	l := listing{lines: true, count: func(all, good int) message.Text { return message.Of("genuine: %d of %d files", good, all) }}
	return a.several(paths, l, func(path string) result { return a.verifyOne(ctx, path, pin, o, len(paths) > 1) })
}

// verifyOne verifies a certificate or a bundle. In brief, the result is printed as one line.
func (a *app) verifyOne(ctx context.Context, path string, pin audit.Pin, o verifyOptions, brief bool) result {
	info, err := os.Stat(path)
	isBundle := err == nil && info.IsDir() || bundle.IsArchive(path)
	switch {
	case isBundle && o.proof != "":
		return newResult(path, nil, nil, fault.Usage(message.New("--proof is for a certificate: a bundle has its own proofs")))
	case isBundle && o.witness != nil:
		return newResult(path, nil, nil, fault.Usage(message.New("--witness is for a certificate with its proof")))
	case !isBundle && o.tpmRoots != "":
		return newResult(path, nil, nil, fault.Usage(message.New("--tpm-roots is for a bundle: a certificate has no enrolment")))
	case !isBundle && o.roots != "":
		return newResult(path, nil, nil, fault.Usage(message.New("--roots is for a bundle: a certificate has no roster")))
	case isBundle:
		v, err := readBundle(ctx, path, pin, o)
		if v == nil {
			return newResult(path, nil, nil, err)
		}
		return newResult(path, bundleResult{path, v}, func() {
			if brief {
				a.printVerifiedLine(path, v.Verified)
			} else {
				l := checks.Lines{Zone: a.Zone}
				l.Bundle(v)
				a.Lines(l.Texts)
			}
		}, err)
	}
	v, private, err := verifyCertificate(path, pin, o)
	if err != nil {
		return newResult(path, nil, nil, err)
	}
	return newResult(path, verifyResult{path, v, private}, func() {
		if brief {
			a.printVerifiedLine(path, v)
		} else {
			l := checks.Lines{Zone: a.Zone}
			l.Verified(v)
			l.Annex(private)
			a.Lines(l.Texts)
		}
	}, nil)
}

// printVerifiedLine prints one of many. What a file does not show is printed where it is the only one.
func (a *app) printVerifiedLine(path string, v audit.Verified) {
	proof := message.Of("entry %d of the log", v.Index)
	if v.Proof != "good" {
		proof = message.Of("proof not checked")
	}
	a.Printf("%s: genuine, %s, serial number %s, outcome %s\n", path, proof, cli.Dash(v.Certificate.Disk.Serial), v.Outcome)
}

// verifyCertificate verifies a certificate, its proof, and the annex beside it; private is what checkAnnex says.
func verifyCertificate(path string, pin audit.Pin, o verifyOptions) (v audit.Verified, private string, err error) {
	signed, err := cli.ReadFile(path)
	if err != nil {
		return v, "", err
	}
	proofPath := o.proof
	if proofPath == "" {
		proofPath = strings.TrimSuffix(path, ".cert") + ".tlog-proof"
	}
	proof, err := cli.ReadFile(proofPath)
	if err != nil && (o.proof != "" || !errors.Is(err, fs.ErrNotExist)) {
		return v, "", err
	}
	v, err = audit.VerifyCertificate(signed, proof, pin)
	if err == nil && o.witness != nil {
		err = v.Demand(proof, o.witness)
	}
	switch {
	case err != nil && proof != nil:
		err = message.Errorf("%s with proof %s: %w", path, proofPath, err)
	case err != nil:
		err = message.Errorf("%s: %w", path, err)
	default:
		private, err = checkAnnex(path, signed)
	}
	return v, private, err
}

// verifyResult is what verify --json prints for a certificate.
type verifyResult struct {
	File string `json:"file"`
	audit.Verified
	Annex string `json:"annex,omitempty"` // beside the certificate: "good", "missing" or "not readable"
}
