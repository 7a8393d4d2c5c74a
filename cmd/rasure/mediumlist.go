package main

import (
	"slices"

	"github.com/spf13/cobra"

	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/view"
	"rasure/cmd/message"
)

// mediumFilter is which media are listed; the zero value lists all.
type mediumFilter struct {
	custodian, place, asset, class, status string
	out                                    bool
}

func (f *mediumFilter) AddFlags(c *cobra.Command) {
	c.Flags().StringVar(&f.custodian, "custodian", "", "only the media of this person")
	c.Flags().StringVar(&f.place, "place", "", "only those that are kept there")
	c.Flags().StringVar(&f.asset, "asset", "", "only those that belong to this computer")
	c.Flags().StringVar(&f.class, "class", "", "only those of this classification: top-secret, secret, confidential, none")
	c.Flags().StringVar(&f.status, "status", "", "only those with this status: registered, approved, erased, destroyed, missing, lost, away, carried")
	c.Flags().BoolVar(&f.out, "out-of-office", false, "only those that are with others, or carried outside")
}

func (f mediumFilter) takes(m audit.Medium) bool {
	is := func(want, have string) bool { return want == "" || want == have }
	return is(f.custodian, m.Custodian) && is(f.place, m.Place) && is(f.asset, m.Asset) && (is(f.class, string(m.Class)) || f.class == cli.Class(m.Class).In(message.Chinese)) &&
		is(f.status, m.Status) && (!f.out || m.OutOfOffice())
}

func (a *app) runMediumList(o mediumOptions) error {
	e, err := a.examineOurs(o.audit)
	if err != nil {
		return err
	}
	all := e.Office
	all.Media = slices.DeleteFunc(slices.Clone(all.Media), func(m audit.Medium) bool { return !o.show.takes(m) })
	if o.show != (mediumFilter{}) {
		all.Tasks = slices.DeleteFunc(slices.Clone(all.Tasks), func(t register.Task) bool {
			return !slices.ContainsFunc(all.Media, func(m audit.Medium) bool { return m.Number == t.Medium })
		})
	}
	switch {
	case a.JSON:
		return a.PrintJSON(all)
	case o.csv:
		return a.writeCSV(all)
	}
	rows := [][]string{a.Heading(message.Of("NUMBER"), message.Of("CLASS"), message.Of("TYPE"), message.Of("STATUS"), message.Of("CUSTODIAN"), message.Of("SERIAL"))}
	for _, m := range all.Media {
		rows = append(rows, []string{m.Number, cli.Class(m.Class).In(a.Lang), cli.Word(m.Type).In(a.Lang), cli.Word(m.Status).In(a.Lang), m.Custodian, cli.Dash(m.Serial)})
	}
	a.Table(rows)
	view.PrintTasks(&a.Console, all.Tasks)
	a.printEquipment(all.Equipment, o.show)
	return nil
}

// printEquipment lists the devices that were stated, if all media are listed, or those of one.
func (a *app) printEquipment(all []register.Equipment, show mediumFilter) {
	rows := [][]string{a.Heading(message.Of("EQUIPMENT"), message.Of("KIND"), message.Of("STATUS"), message.Of("MODEL"), message.Of("SERIAL"), message.Of("PLACE"), message.Of("INSPECTED"), message.Of("TESTED"))}
	for _, e := range all {
		if show == (mediumFilter{}) || show == (mediumFilter{asset: e.Number}) {
			rows = append(rows, []string{e.Number, cli.Word(e.Kind).In(a.Lang), cli.Word(e.Status).In(a.Lang), cli.Dash(e.Model), cli.Dash(e.Serial), cli.Dash(e.Place), cli.Dash(string(e.Inspected)), cli.Dash(string(e.Tested))})
		}
	}
	if len(rows) > 1 {
		a.Printf("\n")
		a.Table(rows)
	}
}

// limitOf says how long a medium is classified; zero if it has no limit.
func limitOf(m *register.Medium) message.Text {
	switch {
	case m.LimitCondition != "":
		return message.Of("until this has happened: %s", m.LimitCondition)
	case m.LimitDay != "":
		return message.Of("until the end of %s", m.LimitDay)
	case m.LimitMonths > 0:
		return message.Of("%d months from %s on", m.LimitMonths, m.MarkedOn)
	case m.LimitYears > 0 && m.MarkedOn != "":
		return message.Of("%d years from %s on", m.LimitYears, m.MarkedOn)
	case m.LimitYears > 0:
		return message.Of("%d years from the first use on, %s", m.LimitYears, m.InService)
	}
	return message.Text{}
}
