package main

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/humanize"
	"rasure/cmd/message"
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

// listResult is a disk as list --json shows it.
type listResult struct {
	devices.Disk
	Hazards  []devices.Hazard `json:"hazards"`
	Wipeable bool             `json:"wipeable"` // it has no hazard; an image still needs --allow-image
}

// runList prints every disk that it could read, and then fails if it could not read one.
func (a *app) runList() error {
	a.noteJobs()
	all, failed := listDisks(a.liveHost())
	if a.JSON {
		if err := a.PrintJSON(all); err != nil {
			return err
		}
		return failed
	}
	a.printList(all)
	return failed
}

// listDisks returns every disk that could be read, and an error if one could not.
func listDisks(h *devices.Host) ([]listResult, error) {
	disks, failed := h.Disks()
	hazards, err := h.HazardsOf(disks)
	left := func() bool { return errors.Is(err, devices.ErrLost) || errors.Is(err, fs.ErrNotExist) }
	for tries := 1; tries < 3 && left(); tries++ { // a disk went away meanwhile: the list is out of date
		disks, failed = h.Disks()
		hazards, err = h.HazardsOf(disks)
	}
	if err != nil {
		// What could not be examined may hide a hazard: nothing is called wipeable then.
		failed = errors.Join(failed, err)
	}
	all := []listResult{}
	for i, d := range disks {
		all = append(all, listResult{d, hazards[i], err == nil && len(hazards[i]) == 0})
	}
	return all, failed
}

func (a *app) printList(all []listResult) {
	rows := [][]string{a.Heading(message.Of("NAME"), message.Of("SIZE"), message.Of("MEDIUM"), message.Of("BUS"), message.Of("MODEL"),
		message.Of("SERIAL"), message.Of("STATE"))}
	for _, d := range all {
		rows = append(rows, d.row(a.Lang))
	}
	a.Table(rows)
}

// row is the disk in the table.
func (d listResult) row(l message.Language) []string {
	return []string{d.Name, humanize.Size(d.Size), cli.Word(d.Medium).In(l), busText(d.Disk), cli.Dash(d.Model), cli.Dash(d.Serial), d.state(l)}
}

// busText names bus and protocol where they differ: a SATA disk behind a SAS adapter is "sas/ata".
func busText(d devices.Disk) string {
	same := d.Protocol == devices.ProtocolNone || string(d.Protocol) == string(d.Bus) ||
		d.Protocol == devices.ProtocolATA && (d.Bus == devices.SATA || d.Bus == devices.PATA) ||
		d.Protocol == devices.ProtocolSCSI && d.Bus != devices.USB || d.Protocol == devices.ProtocolMMC
	if same {
		return string(d.Bus)
	}
	return string(d.Bus) + "/" + string(d.Protocol)
}

// state is "unknown" where no hazard was found and not everything could be examined.
func (d listResult) state(l message.Language) string {
	if d.Wipeable {
		return message.Of("wipeable").In(l)
	}
	if len(d.Hazards) == 0 {
		return message.Of("unknown").In(l)
	}
	kinds := []string{}
	for _, h := range d.Hazards {
		if k := cli.Word(h.Kind).In(l); len(kinds) == 0 || kinds[len(kinds)-1] != k {
			kinds = append(kinds, k)
		}
	}
	return strings.Join(kinds, ",")
}

// liveHost is this machine. The disks under the state directory and the program are never targets, and neither are image files in
// the state directory. The directory for certificates needs no such care: the disk that holds it is mounted.
func (a *app) liveHost() *devices.Host { return a.host(a.stateDir) }
