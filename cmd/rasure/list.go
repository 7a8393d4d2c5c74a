package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"rasure/devices"
)

func newListCmd(a *app) *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "list",
		Short: "List the disks attached now",
		Long: `List the disks attached now, and why some of them must not be touched. It opens no disk.

Example: rasure list` + "\n" + exitHelp,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.list() },
	})
}

// listed is a disk as list --json shows it.
type listed struct {
	devices.Disk
	Hazards  []devices.Hazard `json:"hazards"`
	Wipeable bool             `json:"wipeable"` // no hazard stands against it; an image still needs --allow-image
}

// list prints every disk it could read, and then fails if there was one that it could not.
func (a *app) list() error {
	h := a.liveHost()
	disks, failed := h.Disks()
	hazards, err := h.HazardsOf(disks)
	if err != nil {
		// What could not be looked at may hide a hazard: nothing is called wipeable then.
		failed = errors.Join(failed, err)
	}
	all := []listed{}
	for i, d := range disks {
		all = append(all, listed{d, hazards[i], err == nil && len(hazards[i]) == 0})
	}
	if a.json {
		if err := a.printJSON(all); err != nil {
			return err
		}
		return failed
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tSIZE\tMEDIUM\tBUS\tMODEL\tSERIAL\tSTATE")
	for _, d := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.Name, shortSize(d.Size), d.Medium, busText(d.Disk), dash(d.Model), dash(d.Serial), stateText(d.Hazards))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return failed
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

func stateText(hazards []devices.Hazard) string {
	if len(hazards) == 0 {
		return "wipeable"
	}
	kinds := []string{}
	for _, h := range hazards {
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
