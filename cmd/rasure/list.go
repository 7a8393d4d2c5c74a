package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/humanize"
	"rasure/devices"
)

func newListCmd(a *app) *cobra.Command {
	var watch bool
	c := a.jsonFlag(&cobra.Command{
		Use:   "list",
		Short: "List the disks attached now",
		Long: `List the disks attached now, and why some of them must not be touched. It opens no disk.

With --watch the list is printed now, and again each time it changes, under a line with the time and what
changed; with --json, each list is one line. A disk that is plugged in or pulled out is seen within about a
second, and what the kernel does not announce, a program that opens a disk, within five. That a disk in use
is read or written counts as no change. A list that could not be made whole is not printed with --json; the
error is. Ctrl-C is the normal end: exit status 0, or 1 if the last list was not whole.

Example: rasure list
Example: rasure list --watch` + "\n" + exitHelp,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if watch {
				return a.watch(cmd.Context())
			}
			return a.list()
		},
	})
	c.Flags().BoolVar(&watch, "watch", false, "go on, and print the list again whenever it changes")
	return c
}

// listed is a disk as list --json shows it.
type listed struct {
	devices.Disk
	Hazards  []devices.Hazard `json:"hazards"`
	Wipeable bool             `json:"wipeable"` // no hazard stands against it; an image still needs --allow-image
}

// list prints every disk it could read, and then fails if there was one that it could not.
func (a *app) list() error {
	a.noteJobs()
	all, failed := look(a.liveHost())
	if a.json {
		if err := a.printJSON(all); err != nil {
			return err
		}
		return failed
	}
	if err := a.printTable(all); err != nil {
		return err
	}
	return failed
}

// look returns every disk that could be read, and an error if there was one that could not.
func look(h *devices.Host) ([]listed, error) {
	disks, failed := h.Disks()
	hazards, err := h.HazardsOf(disks)
	left := func() bool { return errors.Is(err, devices.ErrLost) || errors.Is(err, fs.ErrNotExist) }
	for tries := 1; tries < 3 && left(); tries++ { // a disk went away meanwhile: the list is an old one
		disks, failed = h.Disks()
		hazards, err = h.HazardsOf(disks)
	}
	if err != nil {
		// What could not be looked at may hide a hazard: nothing is called wipeable then.
		failed = errors.Join(failed, err)
	}
	all := []listed{}
	for i, d := range disks {
		all = append(all, listed{d, hazards[i], err == nil && len(hazards[i]) == 0})
	}
	return all, failed
}

func (a *app) printTable(all []listed) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tSIZE\tMEDIUM\tBUS\tMODEL\tSERIAL\tSTATE")
	for _, d := range all {
		fmt.Fprintln(w, d.row())
	}
	return w.Flush()
}

// row is the disk in the table, its columns between tabs.
func (d listed) row() string {
	return strings.Join([]string{d.Name, humanize.Size(d.Size), string(d.Medium), busText(d.Disk), dash(d.Model), dash(d.Serial), d.state()}, "\t")
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

// state is "unknown" where no hazard was found and not everything could be looked at.
func (d listed) state() string {
	if d.Wipeable {
		return "wipeable"
	}
	if len(d.Hazards) == 0 {
		return "unknown"
	}
	kinds := []string{}
	for _, h := range d.Hazards {
		if k := string(h.Kind); len(kinds) == 0 || kinds[len(kinds)-1] != k {
			kinds = append(kinds, k)
		}
	}
	return strings.Join(kinds, ",")
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// liveHost is this machine. The disks under our state and our binary are never targets, and neither are image files in
// the state directory. The directory for certificates needs no such care: a disk that it lies on is mounted.
func (a *app) liveHost() *devices.Host { return a.host(a.stateDir) }
