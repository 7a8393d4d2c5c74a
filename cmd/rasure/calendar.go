package main

import (
	"time"

	"github.com/spf13/cobra"

	"rasure/certify/register"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/view"
)

type calendarOptions struct {
	medium mediumOptions
	ics    bool
	months int
}

func newCalendarCmd(a *app) *cobra.Command {
	var o calendarOptions
	c := &cobra.Command{
		Use:   "calendar",
		Short: "Print what the office has to do, by day",
		Long: `Print what the office has to do in the next months, by day: counts, also those before the fixed days of the policy (五一, 国庆,
春节), media that are due back, reports, witnesses who have not signed, limits that end. Everything comes from the log.
--ics prints it for a calendar program.`,
		Example: "rasure calendar --ics > office.ics",
		Args:    cli.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.runCalendar(o) },
	}
	o.medium.AddFlags(c)
	c.Flags().BoolVar(&o.ics, "ics", false, "print an iCalendar file (RFC 5545)")
	c.Flags().IntVar(&o.months, "months", 12, "how many months from now on")
	return a.JSONFlag(c)
}

// calendarResult is what calendar --json shows.
type calendarResult struct {
	Events []register.Event `json:"events"`
}

func (a *app) runCalendar(o calendarOptions) error {
	if o.months < 1 || o.months > 120 {
		return fault.Usagef("--months: between 1 and 120")
	}
	e, err := a.examineOurs(o.medium.audit)
	if err != nil {
		return err
	}
	all := e.State.Register.Agenda(e.At, e.At.AddDate(0, o.months, 0))
	switch {
	case a.JSON:
		return a.PrintJSON(calendarResult{all})
	case o.ics:
		return a.Write(view.Calendar(a.Lang, all, e.Station, e.State.Register.At(e.Entries-1).Truncate(time.Second)))
	}
	view.PrintAgenda(&a.Console, all)
	return nil
}
