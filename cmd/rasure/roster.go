package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"rasure/certify/people"
	"rasure/certify/statement"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
)

func newRosterCmd(a *app) *cobra.Command {
	var o draft.Roster
	var finish finishOptions
	c := &cobra.Command{
		Use:   "roster --signers FILE [--roots FILE --threshold N]",
		Short: "Draft the roster: who may sign what, and when",
		Long: `Print the draft of the station's next roster: who may sign what, and when. It is in force when a threshold of
roots, set in the roster before, has signed it (rasure sign FILE --as roster) and it is in the log
(rasure log add FILE). The first roster needs --roots and --threshold; later ones keep what is not given.
In a log of version 2 it names the roots who sign it (--signer), and why a person of the roster before is not
in it (--drop). --person adds a person, or replaces one; the role of a root is roster.

Both files are lines of OpenSSH's allowed_signers, one person and one key each, with the namespaces of the roles
(rasure-technician, rasure-approve, rasure-witness, rasure-custodian, rasure-validate, rasure-secrecy; for roots
rasure-roster) and times in UTC:
  li@office namespaces="rasure-witness",valid-before="20271231Z" ssh-ed25519 AAAAC3Nza...

Example: rasure station roster --signers signers --roots roots --threshold 2 > roster`,
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runRoster(cmd.Context(), o, finish) },
	}
	c.Flags().StringVar(&o.Signers, "signers", "", "who may sign statements")
	c.Flags().StringArrayVarP(&o.Persons, "person", "p", nil, "NAME=ROLE+ROLE[:KEY.pub] of a person to be added, or whose line is replaced (default: NAME.pub); can be repeated")
	c.Flags().StringVar(&o.Roots, "roots", "", "who may change the roster")
	c.Flags().IntVar(&o.Threshold, "threshold", 0, "how many of the roots must sign the next roster")
	c.Flags().StringVar(&o.Particulars, "particulars", "", "file with a JSON object for each name: title, department, trained_until, user_verified (version 2)")
	c.Flags().StringArrayVar(&o.Drops, "drop", nil, "NAME=REASON of a person who is not in the roster any more (version 2); can be repeated")
	c.Flags().StringArrayVar(&o.Signs, "signer", nil, "root who signs this roster (version 2); can be repeated")
	finish.AddFlags(c)
	return c
}

func (a *app) runRoster(ctx context.Context, o draft.Roster, finish finishOptions) error {
	if err := finish.check(); err != nil {
		return err
	}
	state, err := a.stateOfLog()
	if err != nil {
		return err
	}
	var log draft.Log
	if state.Chain.Version2() {
		log = draft.LogOf(state)
	}
	roster := state.Rosters.At(state.Checkpoint.Size)
	if err := finish.resolve(roster, []statement.SignerRule{{Role: string(people.Root), Least: 1}}); err != nil {
		return err
	}
	if log != nil && len(o.Signs) == 0 {
		if o.Signs, err = o.SignersOf(finish.by); err != nil {
			return err
		}
	}
	for _, drop := range o.Drops { // before anybody signs
		name, _, _ := strings.Cut(drop, "=")
		if err := state.CheckDrop(name); log != nil && err != nil {
			return fault.WithHint(fault.Refuse(err), "rasure medium handover --all-of %s hands them over, or rasure medium transfer by order", name)
		}
	}
	text, err := o.Text(roster, log, a.settings.Location())
	if err == nil && log != nil {
		err = draft.Check(state, text)
	}
	if err != nil {
		return err
	}
	return a.finish(ctx, nil, text, finish)
}
