package main

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/selftest"
	"rasure/cmd/internal/view"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/contents"
	"rasure/devices/health"
)

func newShowCmd(a *app) *cobra.Command {
	var test, capture string
	c := &cobra.Command{
		Use:   "show DISK...",
		Short: "Show disks and what is on them",
		Long: `Show disks: their identity, why they may not be erased, their health, and their contents. DISK is a kernel name, a path
below /dev, a serial number, or an image file. Nothing is written; the contents are read by a child process
without privileges.

With --self-test the drive first tests itself, which takes some minutes (short) or hours (long). The disk is claimed meanwhile, so
that nobody erases it; what is on it stays. Ctrl-C leaves the drive at its test, and rasure show has the result later.

` + severalHelp,
		Example: "rasure show sdb\nrasure show sdb --self-test short",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if capture != "" {
				if len(args) > 1 || cmd.Flags().Changed("self-test") {
					return fault.Usagef("--capture takes one disk, and nothing else")
				}
				return a.runCapture(cmd.Context(), args[0], capture)
			}
			if !cmd.Flags().Changed("self-test") {
				return a.runShow(cmd.Context(), args)
			}
			kind, err := selftest.Kind(test)
			if err != nil {
				return err
			}
			if len(args) > 1 {
				return fault.Usagef("--self-test takes one disk")
			}
			return a.runSelfTest(cmd.Context(), args[0], kind)
		},
	}
	c.Flags().StringVar(&test, "self-test", "", "have the drive test itself first: short or long")
	c.Flags().StringVar(&capture, "capture", "", "write all that rasure asks the drive, and its answers, into a new file, or - for the standard output; nothing is changed, and serial numbers are masked")
	return a.JSONFlag(c)
}

// runSelfTest shows the disk after the test, whatever its result.
func (a *app) runSelfTest(ctx context.Context, arg string, kind health.Kind) error {
	h := a.liveHost()
	d, err := h.Find(arg)
	if err != nil {
		return err
	}
	last := -10
	tested := selftest.Run(ctx, h, d, kind, func(minutes int, t health.Test) {
		if last < 0 && minutes > 0 {
			a.Note("%s: the drive says that its self-test takes about %d min\n", d.Name, minutes)
		}
		if t.Result == health.Running && t.Percent >= last+10 {
			last = t.Percent
			a.Note("%s: self-test: %s\n", d.Name, view.TestText(t))
		}
	})
	if tested != nil && fault.Code(tested) != fault.Failed {
		return tested
	}
	return errors.Join(a.runShow(ctx, []string{arg}), tested)
}

func (a *app) runShow(ctx context.Context, disks []string) error {
	a.noteJobs()
	h := a.liveHost()
	return a.several(disks, listing{count: func(all, good int) message.Text { return message.Of("shown: %d of %d disks", good, all) }}, func(arg string) result { return a.showOne(ctx, h, arg) })
}

func (a *app) showOne(ctx context.Context, h *devices.Host, arg string) result {
	d, err := h.Find(arg)
	if err != nil {
		return newResult(arg, nil, nil, err)
	}
	hazards, err := h.Hazards(d)
	if err != nil {
		return newResult(arg, nil, nil, err)
	}
	all := []view.Disk{{Disk: d, Hazards: hazards, Wipeable: len(hazards) == 0}}
	view.AddPast(a.stateDir, all, a.progressNow(ctx))
	if j := all[0].Job; j != nil && j.Running { // its certificate would name everybody who opens the disk
		s := view.NewShown(all[0])
		return newResult(arg, s, func() { view.PrintShown(&a.Console, s, nil) }, nil)
	}
	well := view.AskHealth(ctx, h, d, hazards)
	all[0].Health = &well
	s := view.NewShown(all[0])
	offer, err := a.capabilitiesUnclaimed(ctx, h, d, "")
	if err == nil {
		s.Add(offer)
	}
	summary, err := contents.Summary{}, error(nil)
	if slices.ContainsFunc(hazards, func(z devices.Hazard) bool { return z.Kind == devices.Busy }) {
		err = message.New("another program has it open: if it erases the disk, its certificate would name this one")
	} else {
		summary, err = a.contents(ctx, h, d)
	}
	if err != nil {
		a.Note("rasure: reading the contents of %s: %v\n", d.Name, err)
	} else {
		s.Contents = &summary
	}
	return newResult(arg, s, func() { view.PrintShown(&a.Console, s, offer) }, nil)
}

// contents reads the disk through a plain descriptor: nothing is claimed, nothing can be written.
func (a *app) contents(ctx context.Context, h *devices.Host, d devices.Disk) (contents.Summary, error) {
	f, err := h.OpenFile(ctx, d)
	if err != nil {
		return contents.Summary{}, err
	}
	defer f.Close()
	return contents.Probe(ctx, f, d.Size, d.LogicalBlock)
}
