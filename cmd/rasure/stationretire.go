package main

import (
	"bufio"
	"context"

	"github.com/spf13/cobra"

	"rasure/certify/tpm"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/retire"
	"rasure/cmd/internal/station"
)

type retireOptions struct {
	retire.Options
	reason string
	yes    bool
}

func newStationRetireCmd(a *app) *cobra.Command {
	o := retireOptions{Options: retire.Options{Operator: a.settings.Operator}}
	c := &cobra.Command{
		Use:   "retire",
		Short: "Take the station out of use and remove its key",
		Long: `Take the station out of use: remove its key and its counter from the TPM, or the key file of a software key. It cannot be
undone. Log and certificates stay in the state directory, and verify for ever. Nothing signs for the station any more:
rasure wipe refuses, and so does all else that needs the key. Backups with a software key can still sign: destroy them.

The log ends with an entry that says who retired the station, and why. If another log continues it, the roots say so
first: rasure station succession --for-old drafts that entry, which is then the last one. A log of version 1 and one
whose TPM is lost get no last entry. They cannot be distinguished from logs whose newest entries were cut off.`,
		Example: `rasure station retire --reason "the machine is scrapped"`,
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !o.yes && !cli.IsTerminal(a.In) {
				return fault.WithHint(fault.Usagef("there is no terminal to ask on"), "rasure station retire --help says what is removed; --yes does not ask")
			}
			return a.runStationRetire(cmd.Context(), o)
		},
	}
	c.Flags().BoolVar(&o.yes, "yes", false, "do not ask")
	c.Flags().StringVar(&o.reason, "reason", "", "why the station is retired, for the last entry of its log")
	c.Flags().StringVar(&o.Operator, "operator", o.Operator, "who does this (default: out of the settings, or the account behind sudo or the login)")
	c.Flags().BoolVar(&o.TPMGone, "tpm-gone", false, "the TPM is lost: remove nothing from it")
	return a.passwordFlags(c, tpm.Owner)
}

func (a *app) runStationRetire(ctx context.Context, o retireOptions) error {
	o.Named, o.Operator = o.Operator != "", operator(o.Operator)
	o.Station = a.stationOptions()
	o.Ask = func(r *station.Retirement) (string, error) { return a.askRetire(ctx, r, o) }
	if err := retire.Retire(ctx, a.stateDir, o.Options); err != nil {
		return err
	}
	a.Note("the station is retired; %s still verifies\n", a.statePath(station.LogDir))
	return nil
}

// askRetire says what is lost, and asks. It returns the reason, if the log gets a last entry.
func (a *app) askRetire(ctx context.Context, r *station.Retirement, o retireOptions) (reason string, err error) {
	if r.Begun {
		a.Note("the retirement of %s was interrupted, and is finished now\n", r.Name)
		return "", nil
	}
	if !r.Closed && !r.Last {
		a.Note("warning: no last entry says that this log ends\n")
	}
	in := bufio.NewReader(a.In)
	if reason = o.reason; r.Last && reason == "" {
		if o.yes {
			return "", fault.Usagef("--reason is missing: the last entry of the log says why the station is retired")
		}
		a.Note("Why is %s retired? The last entry of its log says it: ", r.Name)
		if reason, err = cli.ReadLine(ctx, in); err != nil {
			return "", err
		}
	}
	if o.yes {
		return reason, nil
	}
	a.Note("The key of %s is removed. Its log of %d entries stays. This cannot be undone.\n", r.Name, r.Entries)
	a.Note("Type the name of the station, %s, to retire it: ", r.Name)
	typed, err := cli.ReadLine(ctx, in)
	if err == nil && typed != r.Name {
		err = fault.Refusef("nothing was changed: %q is not the name of the station", typed)
	}
	return reason, err
}
