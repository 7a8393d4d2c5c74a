package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/humanize"
	"rasure/devices"
	"rasure/devices/contents"
)

func newShowCmd(a *app) *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use:   "show DISK",
		Short: "Show one disk and what is on it",
		Long: `Show one disk: its identity, what stands against erasing it, and what is on it, so that you see what
will go. DISK is a kernel name, a path below /dev, a serial number, or an image file. Nothing is written; the
contents are read by a child process without privileges.

Example: rasure show sdb` + "\n" + exitHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.show(cmd.Context(), args[0]) },
	})
}

// shown is a disk as show --json prints it.
type shown struct {
	listed
	Contents *contents.Summary `json:"contents,omitempty"`

	Methods []shownMethod        `json:"methods"` // what the drive can erase by itself; [] also where it could not be asked
	Hidden  []devices.HiddenArea `json:"hidden"`
	Mute    string               `json:"firmware_not_asked"` // why; "" if it was
}

// shownMethod is an erase that the drive offers.
type shownMethod struct {
	ID     devices.MethodID `json:"id"`
	Level  devices.Level    `json:"level"`             // the most it may claim on this medium
	Takes  int64            `json:"estimated_seconds"` // by the drive; 0 where it tells none
	Others []string         `json:"others"`            // other disks that it erases too
	Why    string           `json:"why"`               // why it cannot be used; "" if it can
}

func (a *app) show(ctx context.Context, arg string) error {
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
	s := shown{listed: listed{d, hazards, len(hazards) == 0}, Methods: []shownMethod{}, Hidden: []devices.HiddenArea{}}
	offer, err := a.offerOfUnclaimed(ctx, h, d, "")
	if err == nil {
		s.Hidden, s.Mute = append(s.Hidden, offer.Hidden...), offer.Unavailable.String()
		for _, m := range offer.Methods {
			s.Methods = append(s.Methods, shownMethod{m.ID, m.Level, int64(m.Estimate.Seconds()), append([]string{}, m.AlsoErases...), m.Unusable.String()})
		}
	}
	summary, err := a.contents(ctx, h, d)
	if err != nil {
		a.note("rasure: reading what is on %s: %v\n", d.Name, err)
	} else {
		s.Contents = &summary
	}
	if a.json {
		return a.printJSON(s)
	}
	a.printDisk(d)
	for _, z := range hazards {
		a.printf("%-12s %s: %s\n", "hazard", z.Kind, z.Detail)
	}
	if len(hazards) == 0 {
		a.printf("%-12s none\n", "hazard")
	}
	a.printOffer(offer)
	if s.Contents != nil {
		a.printContents(*s.Contents)
	}
	return nil
}

// contents looks at the disk through a plain descriptor: nothing is claimed, nothing can be written.
func (a *app) contents(ctx context.Context, h *devices.Host, d devices.Disk) (contents.Summary, error) {
	f, err := h.OpenFile(ctx, d)
	if err != nil {
		return contents.Summary{}, err
	}
	defer f.Close()
	return contents.Probe(ctx, f, d.Size, d.LogicalBlock)
}

func (a *app) printDisk(d devices.Disk) {
	line := func(name, value string) {
		if value != "" {
			a.printf("%-12s %s\n", name, value)
		}
	}
	line("disk", d.Name+" ("+d.Path+")")
	line("size", sizeText(d.Size))
	line("blocks", fmt.Sprintf("%d bytes logical, %d physical", d.LogicalBlock, d.PhysicalBlock))
	line("vendor", d.Vendor)
	line("model", d.Model)
	line("serial", dash(d.Serial))
	line("wwn", d.WWN)
	line("firmware", d.Firmware)
	line("medium", string(d.Medium))
	line("bus", busText(d)+" ("+dash(d.Driver)+")")
	if b := d.Bridge; b != nil {
		line("bridge", strings.TrimSpace(fmt.Sprintf("%s:%s %s %s, serial %s", b.VendorID, b.ProductID, b.Manufacturer, b.Product, dash(b.Serial))))
	}
}

func (a *app) printContents(c contents.Summary) {
	a.printf("%-12s %s\n", "table", devices.Printable(c.Table))
	if c.Whole != nil {
		a.printVolume("whole disk", *c.Whole)
	}
	for _, v := range c.Partitions {
		a.printVolume(fmt.Sprintf("partition %d", v.Index), v)
	}
	for _, n := range c.Notes {
		a.printf("%-12s %s\n", "note", devices.PrintableText(n))
	}
}

func (a *app) printVolume(title string, v contents.Volume) {
	words := []string{humanize.Size(v.Size)}
	for _, w := range []string{v.FileSystem, v.Label, v.Name, v.Type} {
		if w != "" {
			words = append(words, `"`+devices.Printable(w)+`"`) // %q would escape the backslashes of Printable again
		}
	}
	a.printf("%-12s %s\n", title, strings.Join(words, ", "))
	for _, e := range v.Entries {
		a.printf("%-12s   %s\n", "", devices.Printable(e))
	}
}
