package main

import (
	"context"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/view"
	"rasure/devices"
	"rasure/devices/contents"
)

func newShowCmd(a *app) *cobra.Command {
	return a.JSONFlag(&cobra.Command{
		Use:   "show DISK",
		Short: "Show one disk and what is on it",
		Long: `Show one disk: its identity, why it may not be erased, and its contents. DISK is a kernel name, a path
below /dev, a serial number, or an image file. Nothing is written; the contents are read by a child process
without privileges.`,
		Example: "rasure show sdb",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runShow(cmd.Context(), args[0]) },
	})
}

func (a *app) runShow(ctx context.Context, arg string) error {
	a.noteJobs()
	h := a.liveHost()
	d, err := h.Find(arg)
	if err != nil {
		return explain(err)
	}
	hazards, err := h.Hazards(d)
	if err != nil {
		return err
	}
	s := view.NewShown(view.Disk{Disk: d, Hazards: hazards, Wipeable: len(hazards) == 0})
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
	if a.JSON {
		return a.PrintJSON(s)
	}
	view.PrintShown(&a.Console, s, offer)
	return nil
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
