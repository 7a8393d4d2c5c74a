package main

import (
	"context"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/enrol"
	"rasure/certify/tpm"
	"rasure/cmd/internal/cli"
)

func newStationRequestCmd(a *app) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "request",
		Short: "Write a request to be enrolled, for an authority",
		Long: `Write what an authority needs to show that the station's key is in a TPM: the key and the counter, the endorsement keys
of the TPM and the certificates that its vendor stored there, and the log's head with the counter's attestation. Carry it
to the authority, which answers with a file (rasure authority enrol) for rasure station enrol. Nothing is added to the log.
It can take a minute: the TPM makes its endorsement keys again.`,
		Example: "rasure station request --out station7.request",
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runStationRequest(cmd.Context(), out) },
	}
	c.Flags().StringVarP(&out, "out", "o", "", "file to write (default: stdout)")
	return a.passwordFlags(c, tpm.Endorsement)
}

func (a *app) runStationRequest(ctx context.Context, out string) error {
	s, err := a.openStation()
	if err != nil {
		return err
	}
	defer s.Close()
	request, err := s.EnrolmentRequest(ctx)
	if err != nil {
		return err
	}
	r, err := enrol.OpenRequest(request)
	if err != nil {
		return err
	}
	if len(r.Certificates) == 0 {
		a.Note("warning: the TPM holds no certificate of its vendor: the authority has to fetch it\n")
	}
	return a.writeOut(out, request)
}

func newStationEnrolCmd(a *app) *cobra.Command {
	return a.passwordFlags(&cobra.Command{
		Use:   "enrol GRANT",
		Short: "Add the enrolment by an authority to the log",
		Long: `Open what an authority wrote (rasure authority enrol), which only the TPM of this station can do, and add the enrolment
in it to the log. It counts if the roster in the log allows its signer the role enrol. From the next statement on the
assurance of the station is tpm-verified, once and for all; a TPM in software stays tpm-emulated. The index of the entry is
printed.`,
		Example: "rasure station enrol station7.grant",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runStationEnrol(cmd.Context(), args[0]) },
	}, tpm.Endorsement)
}

func (a *app) runStationEnrol(ctx context.Context, path string) error {
	grant, err := cli.ReadFile(path)
	if err != nil {
		return err
	}
	s, err := a.openStation()
	if err != nil {
		return err
	}
	defer s.Close()
	index, e, err := s.Enrol(ctx, string(grant))
	if err != nil {
		return err
	}
	about, err := s.About()
	if err != nil {
		return err
	}
	a.Note("station %s: TPM %s %s, assurance %s\n", s.Name(), e.TPM.Manufacturer, e.TPM.Model, about.Assurance)
	if about.Assurance != certify.TPMVerified {
		a.Note("warning: the TPM is one in software, by its own word or that of its certificate: who can copy its files can copy the key\n")
	}
	a.Printf("%d\n", index)
	return nil
}
