package forms

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rasure/certify/register"
	"rasure/certify/render"
	"rasure/certify/render/paper"
	"rasure/cmd/message"
)

// equipment is the book of devices: a line for each, with the media that belong to it.
func (b *book) equipment(Request) ([]paper.Block, error) {
	t := paper.Table{Ruled: true, Columns: b.columns(message.Of("No."), 7, message.Of("Device number"), 20, message.Of("Kind of device"), 17, message.Of("Model"), 24, message.Of("Serial number"), 22, message.Of("Classification"), 17,
		message.Of("Its media"), 34, message.Of("Custodian"), 16, message.Of("Place"), 16, message.Of("Security inspected"), 20, message.Of("Destruction tested"), 20, message.Of("Status"), 14, message.Of("Entry"), -11)}
	inUse := 0
	all := b.r.State.Register.Equipment()
	for i, e := range all {
		media := b.r.State.Register.MediaIn(e.Number)
		var highest *register.Medium
		var list, holders []string
		for _, m := range media {
			list = append(list, words(m.Number, m.Serial, b.Say(render.Statuses.For(m.Status(b.r.At)))))
			if m.Active() && (highest == nil || m.Class.Rank() > highest.Class.Rank()) {
				highest = m
			}
			if m.Active() && !slices.Contains(holders, m.Custodian) {
				holders = append(holders, m.Custodian)
			}
		}
		marking, its := "", lines(list)
		if highest != nil {
			marking = b.Lines(render.Classes.For(string(highest.Class)))
		}
		missing := len(media) == 0 && e.Storage && e.InUse()
		switch {
		case missing:
			its = b.Lines(message.Of("keeps data, and no medium of it is in the register"))
		case len(media) == 0 && !e.Storage:
			its = b.Lines(message.Of("keeps no data"))
		}
		inspected, tested := words(string(e.Inspected), e.Inspector), string(e.Tested)
		if e.Particle > 0 {
			tested = words(tested, strconv.FormatFloat(float64(e.Particle)/1000, 'f', -1, 64)+" mm")
		}
		if tested != "" { // by which it was tested, or else inspected
			tested = words(tested, e.Standard)
		} else {
			inspected = words(inspected, e.Standard)
		}
		if e.InUse() {
			inUse++
		}
		t.Rows = append(t.Rows, paper.Row{Strong: missing, Cells: []string{strconv.Itoa(i + 1), data(e.Number), b.Lines(render.Devices.For(e.Kind)), words(e.Maker, e.Model), data(e.Serial), marking, its,
			lines(holders), data(e.Place), inspected, tested, b.Lines(render.DeviceStatuses.For(e.Status)), fmt.Sprint(e.Index)}})
	}
	t.Totals = []string{b.Say(message.Of("devices: %d, in use: %d", len(all), inUse))}
	return []paper.Block{t, b.signed(message.Of("Checked"), nil, message.Of("Secrecy officer"), message.Of("Head of the unit"))}, nil
}

// lines are texts below each other.
func lines(all []string) string {
	for i := range all {
		all[i] = data(all[i])
	}
	return strings.Join(all, "\n")
}
