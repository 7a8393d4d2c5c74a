// Package view is what commands show of disks, plans, certificates and logs: fields in JSON, tables and lines. A screen shows the same words.
package view

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
	"rasure/devices"
	"rasure/devices/health"
)

// Disk is a disk as list --json shows it.
type Disk struct {
	devices.Disk
	Hazards  []devices.Hazard `json:"hazards"`
	Wipeable bool             `json:"wipeable"`         // it has no hazard; an image still needs --allow-image
	Health   *health.Report   `json:"health,omitempty"` // nil: the drive was not asked
	Job      *Job             `json:"job,omitempty"`    // that erases it, or was interrupted; nil: there is none
	Erased   *station.Erasure `json:"erased,omitempty"` // the newest certificate of its serial number in the log; nil: none is known
}

// List returns every disk that could be read, and an error if one could not.
func List(h *devices.Host) ([]Disk, error) {
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
	all := []Disk{}
	for i, d := range disks {
		all = append(all, Disk{Disk: d, Hazards: hazards[i], Wipeable: err == nil && len(hazards[i]) == 0})
	}
	return all, failed
}

// AddHealth asks all drives how well they are, side by side.
func AddHealth(ctx context.Context, h *devices.Host, all []Disk) {
	disks := []devices.Disk{}
	for _, d := range all {
		disks = append(disks, d.Disk)
	}
	for i, r := range health.All(ctx, h, disks, func(i int) message.Text { return health.Askable(all[i].Hazards) }) {
		all[i].Health = &r
	}
}

// AskHealth asks one drive, unless its hazards forbid it.
func AskHealth(ctx context.Context, h *devices.Host, d devices.Disk, hazards []devices.Hazard) health.Report {
	return health.All(ctx, h, []devices.Disk{d}, func(int) message.Text { return health.Askable(hazards) })[0]
}

// PrintList prints disks as a table, with a column for their health if they were asked.
func PrintList(a *cli.Console, all []Disk) {
	rows := [][]string{a.Heading(message.Of("NAME"), message.Of("SIZE"), message.Of("MEDIUM"), message.Of("BUS"), message.Of("MODEL"),
		message.Of("SERIAL"), message.Of("STATE"))}
	for _, d := range all {
		rows = append(rows, d.row(a.Lang))
	}
	if slices.ContainsFunc(all, func(d Disk) bool { return d.Health != nil }) {
		state := len(rows[0]) - 1
		rows[0] = slices.Insert(rows[0], state, message.Of("HEALTH").In(a.Lang))
		for i, d := range all {
			rows[i+1] = slices.Insert(rows[i+1], state, healthCell(d.Health, a.Lang))
		}
	}
	a.Table(rows)
}

// PrintUnseen prints what is not in the list of disks, and what to do about it.
func PrintUnseen(a *cli.Console, all []devices.Unseen) {
	for i, u := range all {
		if i == 0 {
			a.Printf("\n%s\n", message.Of("What this list may lack:"))
		}
		a.Printf("  %s\n", u.Detail)
		a.Printf("    %s\n", message.Of("hint: %s", u.Hint))
	}
}

// row is the disk in the table.
func (d Disk) row(l message.Language) []string {
	return []string{d.Name, humanize.Size(d.Size), cli.Word(d.Medium).In(l), busText(d.Disk), cli.Dash(d.Model), SerialText(d.Disk).In(l), d.state(l)}
}

// SerialText is the serial number of a disk, or the port by which it is identified instead.
func SerialText(d devices.Disk) message.Text {
	if d.IdentifiedBy() == devices.ByPort {
		return message.Of("at %s", d.Port)
	}
	return message.Of("%s", cli.Dash(d.OwnSerial()))
}

// DoubtText says why the serial number of a disk does not identify it; zero if it does.
func DoubtText(d devices.Disk) message.Text {
	switch {
	case d.Doubt == devices.Placeholder:
		return message.Of("%s is a placeholder, not a serial number", d.Serial)
	case d.Doubt == devices.Borrowed:
		return message.Of("%s is the serial number of its card reader or dock", d.Serial)
	case d.Doubt == devices.Shared:
		return message.Of("%s is the serial number of another disk here, too", d.Serial)
	case d.IdentifiedBy() == devices.ByPort:
		return message.Of("it reports no serial number")
	}
	return message.Text{}
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
func (d Disk) state(l message.Language) string {
	if d.Job != nil && d.Job.Running {
		return message.Of("being erased, %s", humanize.Percent(d.Job.Done, d.Job.Total)).In(l)
	}
	if d.Wipeable {
		return message.Of("wipeable").In(l) + d.past().In(l)
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
