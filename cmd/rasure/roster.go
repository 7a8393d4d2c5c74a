package main

import (
	"github.com/spf13/cobra"

	"rasure/certify/people"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
)

type rosterOptions struct {
	roots, signers string
	threshold      int
}

func newRosterCmd(a *app) *cobra.Command {
	var o rosterOptions
	c := &cobra.Command{
		Use:   "roster --signers FILE [--roots FILE --threshold N]",
		Short: "Draft the roster: who may sign what, and when",
		Long: `Print the draft of the station's next roster: who may sign what, and when. It is in force when a threshold of
roots, set in the roster before, has signed it (rasure sign FILE --as roster) and it is in the log
(rasure log add FILE). The first roster needs --roots and --threshold; later ones keep what is not given.

Both files are lines of OpenSSH's allowed_signers, one person and one key each, with the namespaces of the roles
(rasure-technician, rasure-approve, rasure-witness, rasure-custodian, rasure-validate, rasure-secrecy; for roots
rasure-roster) and times in UTC:
  li@office namespaces="rasure-witness",valid-before="20271231Z" ssh-ed25519 AAAAC3Nza...

Example: rasure station roster --signers signers --roots roots --threshold 2 > roster`,
		Args: cli.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.runRoster(o) },
	}
	o.AddFlags(c)
	return c
}

func (o *rosterOptions) AddFlags(c *cobra.Command) {
	c.Flags().StringVar(&o.signers, "signers", "", "who may sign statements")
	c.Flags().StringVar(&o.roots, "roots", "", "who may change the roster")
	c.Flags().IntVar(&o.threshold, "threshold", 0, "how many of the roots must sign the next roster")
}

func (a *app) runRoster(o rosterOptions) error {
	s, err := a.openStation()
	if err != nil {
		return err
	}
	defer s.Close()
	before, err := s.Roster()
	if err != nil {
		return err
	}
	var roots, signers []people.Signer
	if before != nil {
		roots, signers = before.Lines()
		if o.threshold == 0 {
			o.threshold = before.Threshold
		}
	} else if o.roots == "" || o.threshold == 0 {
		return fault.Usagef("the first roster needs --roots and --threshold")
	}
	for _, from := range []struct {
		path string
		to   *[]people.Signer
	}{{o.roots, &roots}, {o.signers, &signers}} {
		if from.path == "" {
			continue
		}
		text, err := cli.ReadFile(from.path)
		if err != nil {
			return err
		}
		if *from.to, err = people.ParseSigners(string(text)); err != nil {
			return fault.Usagef("%s: %w", from.path, err)
		}
	}
	text, err := people.NewRoster(before, now(), o.threshold, roots, signers)
	if err != nil {
		return fault.Usage(err)
	}
	return a.Write([]byte(text))
}
