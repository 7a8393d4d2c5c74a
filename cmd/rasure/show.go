package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/humanize"
	"rasure/cmd/message"
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

// showResult is a disk as show --json prints it.
type showResult struct {
	listResult
	Contents *contents.Summary `json:"contents,omitempty"`

	Methods     []showMethod         `json:"methods"` // firmware erases of the drive; [] also where it could not be asked
	Hidden      []devices.HiddenArea `json:"hidden"`
	Unavailable string               `json:"firmware_unavailable"` // why Methods and Hidden are not known; "" if they are
	NotAsked    string               `json:"firmware_not_asked"`   // the name that Unavailable had in 0.1
}

// showMethod is a firmware erase of the drive.
type showMethod struct {
	ID     devices.MethodID `json:"id"`
	Level  devices.Level    `json:"level"`             // the most it may claim on this medium
	Takes  int64            `json:"estimated_seconds"` // by the drive; 0 where it reports none
	Others []string         `json:"others"`            // other disks that it erases too
	Why    string           `json:"why"`               // why it cannot be used; "" if it can
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
	s := showResult{listResult: listResult{d, hazards, len(hazards) == 0}, Methods: []showMethod{}, Hidden: []devices.HiddenArea{}}
	offer, err := a.capabilitiesUnclaimed(ctx, h, d, "")
	if err == nil {
		s.Hidden, s.Unavailable = append(s.Hidden, offer.Hidden...), offer.Unavailable.String()
		s.NotAsked = s.Unavailable
		for _, m := range offer.Methods {
			s.Methods = append(s.Methods, showMethod{m.ID, m.Level, int64(m.Estimate.Seconds()), append([]string{}, m.AlsoErases...), m.Unusable.String()})
		}
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
	a.printDisk(d)
	for _, z := range hazards {
		a.Field(showWidth, message.Of("hazard"), "%s: %s", cli.Word(z.Kind), z.Detail)
	}
	if len(hazards) == 0 {
		a.Field(showWidth, message.Of("hazard"), "none")
	}
	a.printCapabilities(offer)
	if s.Contents != nil {
		a.printContents(*s.Contents)
	}
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

const showWidth = 12

func (a *app) printDisk(d devices.Disk) {
	optional := func(label message.Text, value string) {
		if value != "" {
			a.Field(showWidth, label, "%s", value)
		}
	}
	a.Field(showWidth, message.Of("disk"), "%s (%s)", d.Name, d.Path)
	a.Field(showWidth, message.Of("size"), "%s (%d bytes)", humanize.Size(d.Size), d.Size)
	a.Field(showWidth, message.Of("blocks"), "%d bytes logical, %d physical", d.LogicalBlock, d.PhysicalBlock)
	optional(message.Of("vendor"), d.Vendor)
	optional(message.Of("model"), d.Model)
	optional(message.Of("serial"), cli.Dash(d.Serial))
	optional(message.Of("wwn"), d.WWN)
	optional(message.Of("firmware"), d.Firmware)
	a.Field(showWidth, message.Of("medium"), "%s", cli.Word(d.Medium))
	a.Field(showWidth, message.Of("bus"), "%s (%s)", busText(d), cli.Dash(d.Driver))
	if b := d.Bridge; b != nil {
		name := strings.TrimSpace(fmt.Sprintf("%s:%s %s %s", b.VendorID, b.ProductID, b.Manufacturer, b.Product))
		a.Field(showWidth, message.Of("bridge"), "%s, serial %s", name, cli.Dash(b.Serial))
	}
}

func (a *app) printContents(c contents.Summary) {
	a.Field(showWidth, message.Of("table"), "%s", cli.Word(c.Table))
	if c.Whole != nil {
		a.printVolume(message.Of("whole disk"), *c.Whole)
	}
	for _, v := range c.Partitions {
		a.printVolume(message.Of("partition %d", v.Index), v)
	}
	for _, n := range c.Notes {
		a.Field(showWidth, message.Of("note"), "%s", n)
	}
}

func (a *app) printVolume(title message.Text, v contents.Volume) {
	names := []string{humanize.Size(v.Size)}
	for _, name := range []string{v.FileSystem, v.Label, v.Name, v.Type} {
		if name != "" {
			names = append(names, `"`+devices.Printable(name)+`"`)
		}
	}
	a.Field(showWidth, title, "%s", strings.Join(names, ", "))
	for _, e := range v.Entries {
		a.Field(showWidth, message.Text{}, "  %s", e)
	}
}
