package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/view"
	"rasure/devices"
)

type listOptions struct{ watch, health, unseen bool }

func (o *listOptions) AddFlags(c *cobra.Command) {
	c.Flags().BoolVar(&o.watch, "watch", false, "print the list again whenever it changes, until Ctrl-C")
	c.Flags().BoolVar(&o.unseen, "unseen", false, "with --json: print an object with the disks and with what is not a disk here and may hide one")
	c.Flags().BoolVar(&o.health, "health", false, "ask each drive how well it is")
}

func newListCmd(a *app) *cobra.Command {
	var o listOptions
	c := a.JSONFlag(&cobra.Command{
		Use:   "list",
		Short: "List the disks attached now",
		Long: `List the disks attached now, and why some of them must not be erased. No disk is opened.

Below the table is what may hide a disk: RAID controllers, storage controllers without a driver, drives that the
kernel gives no block device. With --json it is printed with --unseen, as {"disks": [...], "unseen": [...]}.

With --health each drive is asked how well it is (SMART, NVMe and SCSI log pages, the life time of eMMC), all
side by side: good, worn, failing or unknown. Nothing is written. A drive that another program has open, and one
behind a USB bridge that is not known to take the question, is not asked. rasure show has the reasons.

With --watch the list is printed now, and again each time it changes, under a line with the time and the
change; with --json each list is one line. A disk that is plugged in or pulled out appears within about a
second. A program that opens a disk, which the kernel does not announce, appears within five seconds. Reads
and writes of a disk in use are no change. With --json an incomplete list is not printed; the error is.
Ctrl-C is the normal end: exit status 0, or 1 if the last list was incomplete.`,
		Example: "rasure list\nrasure list --watch\nrasure list --health",
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case o.watch && o.health:
				return fault.WithHint(fault.Usagef("--health does not go with --watch"), "no drive is asked again and again: use rasure list --health")
			case o.watch:
				return a.runWatch(cmd.Context())
			}
			return a.runList(cmd.Context(), o)
		},
	})
	o.AddFlags(c)
	return c
}

// runList prints every disk that it could read, and then fails if it could not read one.
func (a *app) runList(ctx context.Context, o listOptions) error {
	a.noteJobs()
	h := a.liveHost()
	all, failed := view.List(h)
	view.AddPast(a.stateDir, all, a.progressNow(ctx))
	if o.health {
		view.AddHealth(ctx, h, all)
	}
	unseen, err := h.Unseen()
	failed = errors.Join(failed, err)
	switch {
	case a.JSON && o.unseen:
		err = a.PrintJSON(map[string]any{"disks": all, "unseen": unseen})
	case a.JSON:
		err = a.PrintJSON(all)
	default:
		view.PrintList(&a.Console, all)
		view.PrintUnseen(&a.Console, unseen)
		err = nil
	}
	if err != nil {
		return err
	}
	return failed
}

// liveHost is this machine. The disks under the state directory and the program are never targets, and neither are image files in
// the state directory. The directory for certificates needs no such care: the disk that holds it is mounted.
func (a *app) liveHost() *devices.Host {
	h := a.host(a.stateDir)
	h.Known, h.Bridges = append(h.Known, a.drives...), a.settings.ListedBridges
	return h
}
