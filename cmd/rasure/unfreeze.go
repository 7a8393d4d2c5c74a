package main

import (
	"context"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/suspend"
	"rasure/cmd/message"
)

func newUnfreezeCmd(a *app) *cobra.Command {
	var now bool
	c := &cobra.Command{
		Use:   "unfreeze DISK",
		Short: "Free a drive whose own erase the firmware of this machine has frozen",
		Long: `Say whether the firmware of this machine has frozen the drive, and free it. A frozen drive accepts no security erase, and
some accept no sanitize, until it loses its power. Nothing on it is changed.

With --suspend the machine is suspended to memory for five seconds by its clock, which takes the power from its drives;
then the drive is asked again. Every program stops meanwhile, and network connections may break. Otherwise unplug the
drive's power while the machine runs, if its port allows that, or attach the drive to another machine.`,
		Example: `rasure unfreeze sdb --suspend`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runUnfreeze(cmd.Context(), args[0], now)
		},
	}
	c.Flags().BoolVar(&now, "suspend", false, "suspend this machine for five seconds, and ask the drive again")
	return c
}

func (a *app) runUnfreeze(ctx context.Context, arg string, now bool) error {
	h := a.liveHost()
	d, err := h.Find(arg)
	if err != nil {
		return err
	}
	switch frozen, err := suspend.Frozen(ctx, h, d); {
	case err != nil:
		return err
	case !frozen:
		a.Printf("%s\n", message.Of("%s is not frozen", d.Name))
		return nil
	case !now:
		return a.machine.Explain(d)
	}
	if err := a.machine.Unfreeze(ctx, h, a.stateDir, d); err != nil {
		return err
	}
	a.Printf("%s\n", message.Of("%s is not frozen any more", d.Name))
	return nil
}
