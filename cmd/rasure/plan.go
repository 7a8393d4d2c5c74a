package main

import (
	"context"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/view"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/health"
	"rasure/wipe"
)

// planFlags choose a plan; plan and wipe share them.
type planFlags struct{ level, scheme, verify string }

func (f *planFlags) AddFlags(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&f.level, "level", string(wipe.Clear), "the level to reach, clear or purge; never less is done")
	c.Flags().StringVar(&f.scheme, "scheme", "", "named scheme of passes; rasure plan --schemes lists them")
	c.Flags().StringVar(&f.verify, "verify", string(wipe.Full), "what is read back: full, sample or none")
	return c
}

// check refuses values that no plan can have, before any disk is opened.
func (f *planFlags) check() error {
	switch wipe.Level(f.level) {
	case "", wipe.Clear, wipe.Purge:
	default:
		return fault.WithHint(fault.Usagef("--level: unknown level %q", f.level), "use clear or purge")
	}
	switch wipe.VerifyMode(f.verify) {
	case "", wipe.Full, wipe.Sample, wipe.None:
	default:
		return fault.WithHint(fault.Usagef("--verify: unknown verification %q", f.verify), "use full, sample or none")
	}
	if wipe.Level(f.level) == wipe.Purge && f.verify != "" && wipe.VerifyMode(f.verify) != wipe.Full {
		return fault.Usagef("--verify %s: a purge reads the whole disk back", f.verify)
	}
	if f.scheme == "" {
		return nil
	}
	var err error
	f.scheme, err = view.SchemeNamed(f.scheme)
	return err
}

func (f *planFlags) planFor(d devices.Disk, c *devices.Capabilities) (wipe.Plan, error) {
	o := f.options()
	o.Offer = c
	p, err := wipe.PlanFor(d, o)
	return p, err
}

func (f *planFlags) options() wipe.PlanOptions {
	return wipe.PlanOptions{Level: wipe.Level(f.level), Scheme: f.scheme, Verify: wipe.VerifyMode(f.verify)}
}

func newPlanCmd(a *app) *cobra.Command {
	var f planFlags
	var schemes bool
	c := &cobra.Command{
		Use:   "plan DISK...",
		Short: "Show what wipe would do to disks",
		Long: `Show the passes that wipe would make, and why; with --level purge also which firmware erase of the drive
would be used, and why not the others. Nothing is opened for writing.

` + severalHelp + `

No firmware erase of rasure has met a physical drive yet: they were tested on emulated drives only.`,
		Example: "rasure plan sdb --scheme nnsa\nrasure plan --schemes",
		Args: func(cmd *cobra.Command, args []string) error {
			if schemes {
				return cobra.MaximumNArgs(1)(cmd, args)
			}
			return cobra.MinimumNArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if schemes {
				return a.runSchemes(args)
			}
			if err := f.check(); err != nil {
				return err
			}
			return a.runPlan(cmd.Context(), args, f)
		},
	}
	c.Flags().BoolVar(&schemes, "schemes", false, "list the named schemes instead; with a disk, also about how long each takes on it")
	return a.JSONFlag(f.AddFlags(c))
}

func (a *app) runPlan(ctx context.Context, disks []string, f planFlags) error {
	a.noteJobs()
	h := a.liveHost()
	return a.several(disks, listing{count: func(all, good int) message.Text { return message.Of("can be erased so: %d of %d disks", good, all) }}, func(arg string) result {
		d, p, err := a.planOf(ctx, h, arg, f)
		if err != nil {
			return newResult(arg, nil, nil, err)
		}
		v, well := view.PlanOf(d, p), askHealth(ctx, h, d)
		v.Health = &well
		return newResult(arg, v, func() {
			view.PrintPlan(&a.Console, d, p)
			view.PrintPlanHealth(&a.Console, well)
		}, nil)
	})
}

func (a *app) planOf(ctx context.Context, h *devices.Host, arg string, f planFlags) (devices.Disk, wipe.Plan, error) {
	d, err := h.Find(arg)
	if err != nil {
		return d, wipe.Plan{}, err
	}
	c, err := a.capabilitiesUnclaimed(ctx, h, d, f.level)
	if err != nil {
		return d, wipe.Plan{}, err
	}
	p, err := f.planFor(d, c)
	if err == nil && p.Method != nil && p.Method.Blocking {
		if others := h.Pollers(); !others.IsZero() {
			p.Warnings = append(p.Warnings, others)
		}
	}
	return d, p, err
}

// askHealth asks a drive how well it is, if nobody may be erasing it.
func askHealth(ctx context.Context, h *devices.Host, d devices.Disk) health.Report {
	hazards, err := h.Hazards(d)
	if err != nil { // one of them may be that it is open
		hazards = append(hazards, devices.Hazard{Kind: devices.Busy})
	}
	return view.AskHealth(ctx, h, d, hazards)
}

// runSchemes lists the schemes; args are empty, or name the disk whose time is estimated.
func (a *app) runSchemes(args []string) error {
	var d devices.Disk
	if len(args) > 0 {
		var err error
		if d, err = a.liveHost().Find(args[0]); err != nil {
			return err
		}
	}
	if a.JSON {
		return a.PrintJSON(view.Schemes(d))
	}
	view.PrintSchemes(&a.Console, d)
	return nil
}
