package view

import (
	"fmt"
	"strings"

	"rasure/cmd/internal/cli"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
	"rasure/devices"
	"rasure/devices/contents"
)

// Shown is a disk as show --json prints it.
type Shown struct {
	Disk
	Contents *contents.Summary `json:"contents,omitempty"`

	Methods     []Method             `json:"methods"` // firmware erases of the drive; [] also where it could not be asked
	Hidden      []devices.HiddenArea `json:"hidden"`
	Unavailable string               `json:"firmware_unavailable"` // why Methods and Hidden are not known; "" if they are
	NotAsked    string               `json:"firmware_not_asked"`   // the name that Unavailable had in 0.1
}

// Method is a firmware erase of the drive.
type Method struct {
	ID     devices.MethodID `json:"id"`
	Level  devices.Level    `json:"level"`             // the most it may claim on this medium
	Takes  int64            `json:"estimated_seconds"` // by the drive; 0 where it reports none
	Others []string         `json:"others"`            // other disks that it erases too
	Why    string           `json:"why"`               // why it cannot be used; "" if it can
}

// NewShown is a disk of which nothing else is known yet.
func NewShown(d Disk) Shown {
	return Shown{Disk: d, Methods: []Method{}, Hidden: []devices.HiddenArea{}}
}

// Add adds what the drive's firmware can do.
func (s *Shown) Add(offer *devices.Capabilities) {
	s.Hidden, s.Unavailable = append(s.Hidden, offer.Hidden...), offer.Unavailable.String()
	s.NotAsked = s.Unavailable
	for _, m := range offer.Methods {
		s.Methods = append(s.Methods, Method{m.ID, m.Level, int64(m.Estimate.Seconds()), append([]string{}, m.AlsoErases...), m.Unusable.String()})
	}
}

// PrintShown prints a disk, why it must not be erased, and what is on it.
func PrintShown(a *cli.Console, s Shown, offer *devices.Capabilities) {
	PrintDisk(a, s.Disk.Disk)
	for _, z := range s.Hazards {
		a.Field(Width, message.Of("hazard"), "%s: %s", cli.Word(z.Kind), z.Detail)
	}
	if len(s.Hazards) == 0 {
		a.Field(Width, message.Of("hazard"), "none")
	}
	s.printPast(a)
	if s.Health != nil {
		PrintHealth(a, *s.Health)
	}
	if offer != nil {
		PrintCapabilities(a, offer)
	}
	if s.Contents != nil {
		PrintContents(a, *s.Contents)
	}
}

// Width is the width of the labels of a disk, in cells.
const Width = 12

// PrintDisk prints what a disk is.
func PrintDisk(a *cli.Console, d devices.Disk) {
	optional := func(label message.Text, value string) {
		if value != "" {
			a.Field(Width, label, "%s", value)
		}
	}
	a.Field(Width, message.Of("disk"), "%s (%s)", d.Name, d.Path)
	a.Field(Width, message.Of("size"), "%s (%d bytes)", humanize.Size(d.Size), d.Size)
	a.Field(Width, message.Of("blocks"), "%d bytes logical, %d physical", d.LogicalBlock, d.PhysicalBlock)
	if zones := zonesText(d); !zones.IsZero() {
		a.Field(Width, message.Of("zones"), "%s", zones)
	}
	optional(message.Of("vendor"), d.Vendor)
	optional(message.Of("model"), d.Model)
	if doubt := DoubtText(d); doubt.IsZero() {
		optional(message.Of("serial"), cli.Dash(d.Serial))
	} else {
		a.Field(Width, message.Of("serial"), "%s", doubt)
	}
	if d.IdentifiedBy() == devices.ByPort {
		a.Field(Width, message.Of("known by"), "its port, %s, while it stays there", d.Port)
	}
	optional(message.Of("wwn"), d.WWN)
	optional(message.Of("firmware"), d.Firmware)
	a.Field(Width, message.Of("medium"), "%s", cli.Word(d.Medium))
	a.Field(Width, message.Of("bus"), "%s (%s)", busText(d), cli.Dash(d.Driver))
	optional(message.Of("port"), d.Port)
	if b := d.Bridge; b != nil {
		name := strings.TrimSpace(fmt.Sprintf("%s:%s %s %s", b.VendorID, b.ProductID, b.Manufacturer, b.Product))
		a.Field(Width, message.Of("bridge"), "%s, serial %s", name, cli.Dash(b.Serial))
		a.Field(Width, message.Text{}, "firmware %s, %s", cli.Dash(b.Firmware), bridgeText(b))
	}
}

// zonesText says what zones a disk has; zero if it has none.
func zonesText(d devices.Disk) message.Text {
	switch d.Queue.Zoned {
	case devices.HostManaged:
		return message.Of("host-managed, %d of them: each is written in its order", d.Queue.Zones)
	case devices.HostAware:
		return message.Of("host-aware: the disk is written as an ordinary disk, which can be slow")
	case devices.DriveManaged:
		return message.Of("managed by the drive: the disk is written as an ordinary disk")
	}
	return message.Text{}
}

// bridgeText says what the settings have on a bridge.
func bridgeText(b *devices.Bridge) message.Text {
	if b.Listed == nil {
		return message.Of("not listed in the settings: rasure bridge test shows what it carries")
	}
	return message.Of("listed in the settings, tested %s", b.Listed.Tested)
}

// PrintContents prints what is on a disk.
func PrintContents(a *cli.Console, c contents.Summary) {
	a.Field(Width, message.Of("table"), "%s", cli.Word(c.Table))
	if c.Whole != nil {
		PrintVolume(a, message.Of("whole disk"), *c.Whole)
	}
	for _, v := range c.Partitions {
		PrintVolume(a, message.Of("partition %d", v.Index), v)
	}
	for _, n := range c.Notes {
		a.Field(Width, message.Of("note"), "%s", n)
	}
}

// PrintVolume prints what is on a partition, or on a disk without any.
func PrintVolume(a *cli.Console, title message.Text, v contents.Volume) {
	names := []string{humanize.Size(v.Size)}
	for _, name := range []string{v.FileSystem, v.Label, v.Name, v.Type} {
		if name != "" {
			names = append(names, `"`+devices.Printable(name)+`"`)
		}
	}
	a.Field(Width, title, "%s", strings.Join(names, ", "))
	for _, e := range v.Entries {
		a.Field(Width, message.Text{}, "  %s", e)
	}
}
