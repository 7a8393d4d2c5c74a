package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/suspend"
	"rasure/cmd/internal/view"
	"rasure/cmd/message"
	"rasure/devices"
)

// sleep is our choice: drives need a moment without power, and the clock of the machine counts seconds.
const sleep = 5 * time.Second

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
	frozen, err := isFrozen(ctx, h, d)
	switch {
	case err != nil:
		return err
	case !frozen:
		a.Printf("%s\n", message.Of("%s is not frozen", d.Name))
		return nil
	}
	machine := suspend.Machine{Root: "/"}
	cannot := machine.Check()
	switch {
	case cannot != nil:
		return fault.WithHint(fault.Refusef("%s is frozen, and %w", d.Name, cannot), "unplug the drive's power and plug it in again while the machine runs, or attach it to another machine")
	case !now:
		return fault.WithHint(fault.Refusef("%s is frozen by the firmware of this machine", d.Name), "rasure unfreeze %s --suspend suspends the machine for five seconds, which takes the power from its drives", d.Name)
	}
	if err := a.refuseWhileErasing(ctx, h); err != nil {
		return err
	}
	if err := machine.For(sleep); err != nil {
		return err
	}
	if frozen, err = isFrozen(ctx, h, d); err != nil {
		return err
	}
	if frozen {
		return fault.WithHint(fault.Refusef("%s is still frozen", d.Name), "unplug the drive's power and plug it in again while the machine runs, or attach it to another machine")
	}
	a.Printf("%s\n", message.Of("%s is not frozen any more", d.Name))
	return nil
}

// isFrozen asks the drive.
func isFrozen(ctx context.Context, h *devices.Host, d devices.Disk) (bool, error) {
	c, err := h.Capabilities(ctx, d)
	if err != nil {
		return false, err
	}
	if c.Reach != devices.FirmwareAnswered {
		return false, fault.Refusef("%s: %s", d.Name, c.Unavailable)
	}
	for _, m := range c.Methods {
		if m.Frozen {
			return true, nil
		}
	}
	return false, nil
}

// refuseWhileErasing refuses to suspend a machine that erases disks.
func (a *app) refuseWhileErasing(ctx context.Context, h *devices.Host) error {
	disks, err := h.Disks()
	if err != nil {
		return err
	}
	all := []view.Disk{}
	for _, d := range disks {
		all = append(all, view.Disk{Disk: d})
	}
	view.AddPast(a.stateDir, all, a.progressNow(ctx))
	for _, d := range all {
		if d.Job != nil && d.Job.Running {
			return fault.Refusef("%s is being erased: the machine is not suspended", d.Disk.Name)
		}
	}
	return nil
}
