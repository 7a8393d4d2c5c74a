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

func newStationRetireCmd(a *app) *cobra.Command {
	var o retire.Options
	var yes bool
	c := &cobra.Command{
		Use:   "retire",
		Short: "Take the station out of use and remove its key",
		Long: `Take the station out of use: remove its key and its counter from the TPM, or the key file of a software key. It cannot be
undone. Log and certificates stay in the state directory, and verify for ever. Nothing signs for the station any more:
rasure wipe refuses, and so does all else that needs the key. Backups with a software key can still sign: destroy them.

The log should end with an entry that says which log continues it. The roots sign that entry: rasure station succession
--for-old. A log without it cannot be distinguished from one whose newest entries were cut off.`,
		Example: "rasure station retire",
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !yes && !cli.IsTerminal(a.In) {
				return fault.WithHint(fault.Usagef("there is no terminal to ask on"), "rasure station retire --help says what is removed; --yes does not ask")
			}
			o.Station = a.stationOptions()
			o.Ask = func(r *station.Retirement) error { return a.askRetire(cmd.Context(), r, yes) }
			return a.runStationRetire(cmd.Context(), o)
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	c.Flags().BoolVar(&o.TPMGone, "tpm-gone", false, "the TPM is lost: remove nothing from it")
	return a.passwordFlags(c, tpm.Owner)
}

func (a *app) runStationRetire(ctx context.Context, o retire.Options) error {
	if err := retire.Retire(ctx, a.stateDir, o); err != nil {
		return err
	}
	a.Note("the station is retired; %s still verifies\n", a.statePath(station.LogDir))
	return nil
}

// askRetire says what is lost, and asks.
func (a *app) askRetire(ctx context.Context, r *station.Retirement, yes bool) error {
	if r.Begun {
		a.Note("the retirement of %s was interrupted, and is finished now\n", r.Name)
		return nil
	}
	if !r.Closed {
		a.Note("warning: no last entry says that this log ends: rasure station succession --for-old drafts one\n")
	}
	if yes {
		return nil
	}
	a.Note("The key of %s is removed. Its log of %d entries stays. This cannot be undone.\n", r.Name, r.Entries)
	a.Note("Type the name of the station, %s, to retire it: ", r.Name)
	typed, err := cli.ReadLine(ctx, bufio.NewReader(a.In))
	if err != nil {
		return err
	}
	if typed != r.Name {
		return fault.Refusef("nothing was changed: %q is not the name of the station", typed)
	}
	return nil
}
