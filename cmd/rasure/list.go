package main

import (
	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/view"
	"rasure/devices"
)

type listOptions struct{ watch bool }

func (o *listOptions) AddFlags(c *cobra.Command) {
	c.Flags().BoolVar(&o.watch, "watch", false, "print the list again whenever it changes, until Ctrl-C")
}

func newListCmd(a *app) *cobra.Command {
	var o listOptions
	c := a.JSONFlag(&cobra.Command{
		Use:   "list",
		Short: "List the disks attached now",
		Long: `List the disks attached now, and why some of them must not be erased. No disk is opened.

With --watch the list is printed now, and again each time it changes, under a line with the time and the
change; with --json each list is one line. A disk that is plugged in or pulled out appears within about a
second. A program that opens a disk, which the kernel does not announce, appears within five seconds. Reads
and writes of a disk in use are no change. With --json an incomplete list is not printed; the error is.
Ctrl-C is the normal end: exit status 0, or 1 if the last list was incomplete.`,
		Example: "rasure list\nrasure list --watch",
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.watch {
				return a.runWatch(cmd.Context())
			}
			return a.runList()
		},
	})
	o.AddFlags(c)
	return c
}

// runList prints every disk that it could read, and then fails if it could not read one.
func (a *app) runList() error {
	a.noteJobs()
	all, failed := view.List(a.liveHost())
	if a.JSON {
		if err := a.PrintJSON(all); err != nil {
			return err
		}
		return failed
	}
	view.PrintList(&a.Console, all)
	return failed
}

// liveHost is this machine. The disks under the state directory and the program are never targets, and neither are image files in
// the state directory. The directory for certificates needs no such care: the disk that holds it is mounted.
func (a *app) liveHost() *devices.Host { return a.host(a.stateDir) }
