package main

import (
	"context"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
)

func newStationBootCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "boot",
		Short: "State in the log under which software the machine runs",
		Long: `Have the TPM state what the firmware measured when the machine was started, and add that to the log with the event log of
the firmware. Every entry that the TPM attests until the machine is started again was then added while that software ran:
rasure audit shows it. Run it once after each start; run again, it adds nothing and prints the entry that is there.`,
		Example: "rasure station boot",
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runStationBoot(cmd.Context()) },
	}
}

func (a *app) runStationBoot(ctx context.Context) error {
	s, err := a.openStation()
	if err != nil {
		return err
	}
	defer s.Close()
	index, added, err := s.Boot(ctx)
	if err != nil {
		return err
	}
	if !added {
		a.Note("the log has the boot statement of this start already\n")
	}
	a.Printf("%d\n", index)
	return nil
}
