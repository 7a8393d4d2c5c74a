package main

import (
	"context"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/view"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/contents"
)

func newShowCmd(a *app) *cobra.Command {
	return a.JSONFlag(&cobra.Command{
		Use:   "show DISK...",
		Short: "Show disks and what is on them",
		Long: `Show disks: their identity, why they may not be erased, their health, and their contents. DISK is a kernel name, a path
below /dev, a serial number, or an image file. Nothing is written; the contents are read by a child process
without privileges.

` + severalHelp,
		Example: "rasure show sdb",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runShow(cmd.Context(), args) },
	})
}

func (a *app) runShow(ctx context.Context, disks []string) error {
	a.noteJobs()
	h := a.liveHost()
	return a.several(disks, listing{count: func(all, good int) message.Text { return message.Of("shown: %d of %d disks", good, all) }}, func(arg string) result { return a.showOne(ctx, h, arg) })
}

func (a *app) showOne(ctx context.Context, h *devices.Host, arg string) result {
	d, err := h.Find(arg)
	if err != nil {
		return newResult(arg, nil, nil, explain(err))
	}
	hazards, err := h.Hazards(d)
	if err != nil {
		return newResult(arg, nil, nil, err)
	}
	well := view.AskHealth(ctx, h, d, hazards)
	s := view.NewShown(view.Disk{Disk: d, Hazards: hazards, Wipeable: len(hazards) == 0, Health: &well})
	offer, err := a.capabilitiesUnclaimed(ctx, h, d, "")
	if err == nil {
		s.Add(offer)
	}
	summary, err := a.contents(ctx, h, d)
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
