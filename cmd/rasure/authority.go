package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/enrol"
	"rasure/certify/people"
	"rasure/certify/statement"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

func newAuthorityCmd(a *app) *cobra.Command {
	c := &cobra.Command{Use: "authority", Short: "Who checks the TPMs of stations", Args: cli.NoArgs, RunE: cli.HelpOnly}
	c.AddCommand(newAuthorityEnrolCmd(a))
	return c
}

type authorityOptions struct {
	draft.Enrolment
	key, out string
}

func newAuthorityEnrolCmd(a *app) *cobra.Command {
	var o authorityOptions
	c := &cobra.Command{
		Use:   "enrol REQUEST --roots DIR --person NAME [--key FILE|agent]",
		Short: "Check the TPM of a station, and enrol it",
		Long: `Check the request that a station wrote (rasure station request): the station's key is of the kind that rasure makes in
a TPM and never leaves it, its counter has attested the log, and the certificate of an endorsement key of that TPM leads
to a vendor whose certificate is in the directory of --roots. The directory is yours to fill: rasure comes with no
vendor. What is stated is shown, and you sign it with your SSH key, in the role enrol of the station's roster.

The result is encrypted so that only that TPM opens it: if the key were in another one, it could not. Take it back to the
station (rasure station enrol). Keep the SHA-256 that is printed: what is in the log of the station must have it.

Some vendors do not store the certificate in the TPM. Fetch it, and give its directory with --certs. --crls is a directory
with lists of revoked certificates: nothing is fetched by rasure. A TPM in software stays tpm-emulated.

It needs no root, no TPM, no station and no network, and runs on any system.`,
		Example: "rasure authority enrol station7.request --roots vendors --person bureau --key ~/.ssh/id_ed25519 --out station7.grant",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runAuthorityEnrol(cmd.Context(), args[0], o) },
	}
	c.Flags().StringVar(&o.Roots, "roots", "", "directory with the certificates of the vendors of TPMs that you trust, PEM or DER")
	c.Flags().StringVar(&o.Certs, "certs", "", "directory with certificates of endorsement keys, and of authorities above them, that you fetched")
	c.Flags().StringVar(&o.CRLs, "crls", "", "directory with lists of revoked certificates")
	c.Flags().StringVar(&o.Person, "person", "", "your name in the roster of the station")
	c.Flags().StringVar(&o.Title, "title", "", "your title")
	c.Flags().StringVar(&o.Until, "until", "", "last day of the enrolment, 2006-01-02 (default: in five years)")
	c.Flags().StringVar(&o.key, "key", "agent", "private key file, public key file of a key in the agent, or agent")
	c.Flags().StringVarP(&o.out, "out", "o", "", "file to write (default: stdout)")
	return c
}

func (a *app) runAuthorityEnrol(ctx context.Context, path string, o authorityOptions) error {
	at := now()
	id, err := certify.NewID(at, rand.Reader)
	if err != nil {
		return err
	}
	decide, err := o.Options(id, at, a.settings.Location())
	if err != nil {
		return err
	}
	file, err := cli.ReadFile(path)
	if err != nil {
		return err
	}
	request, err := enrol.OpenRequest(file)
	if err != nil {
		return fault.NotVerified(message.Errorf("%s: %w", path, err))
	}
	decision, err := request.Decide(decide)
	if err != nil {
		return refusedTPM(path, request, err)
	}
	text, err := statement.Write(decision.Body)
	if err != nil {
		return err
	}
	if err := a.showText(text, ""); err != nil {
		return err
	}
	sig, err := a.signText(ctx, text, people.Enroller, o.key, bufio.NewReader(a.In))
	if err != nil {
		return err
	}
	signed, err := people.Attach([]byte(text), sig)
	if err != nil {
		return err
	}
	grant, err := request.Seal(decision, signed)
	if err != nil {
		return err
	}
	a.Note("enrolment of station %s, SHA-256 %s: keep it\n", request.Station.Name, draft.HexSum([]byte(text)))
	return a.writeOut(o.out, []byte(grant))
}

// refusedTPM is the error of a TPM that is not enrolled, with what may help.
func refusedTPM(path string, r *enrol.Request, err error) error {
	err = fault.NotVerified(message.Errorf("%s: %w", path, err))
	if !errors.Is(err, enrol.ErrNoCertificate) {
		return err
	}
	if all := r.Addresses(); len(all) > 0 {
		return fault.WithHint(err, "its vendor may have it at %s: fetch it on a machine with a network, and give its directory with --certs", strings.Join(all, " "))
	}
	return fault.WithHint(err, "ask its vendor, and give the directory with the certificate with --certs")
}
