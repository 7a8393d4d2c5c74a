package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rasure/certify/audit"
	"rasure/certify/render/forms"
	"rasure/certify/render/paper"
	"rasure/certify/statement"
	"rasure/cmd/internal/annex"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// bookOptions are the flags of what is made from a whole log.
type bookOptions struct {
	pinOptions
	pageOptions
	log, policy, at, from, to string
}

// AddFlags adds the flags of pages, of the log and of days.
func (o *bookOptions) AddFlags(c *cobra.Command) {
	o.pinOptions.AddFlags(c)
	o.pageOptions.AddFlags(c)
	c.Flags().StringVar(&o.log, "log", "", "directory of the log (default: log in the state directory)")
	c.Flags().StringVar(&o.policy, "policy", "", "file with the policy of the office (default: policy of the settings, or the station's own)")
	c.Flags().StringVar(&o.at, "at", "", "time for which statuses and overdue tasks are printed, 2006-01-02T15:04:05Z (default: the newest time in the log)")
	c.Flags().StringVar(&o.from, "from", "", "first day, 2006-01-02 (default: the beginning of the log)")
	c.Flags().StringVar(&o.to, "to", "", "last day, 2006-01-02 (default: the end of the log)")
}

// days are the days of the options, in the time zone of the station: from the first to the end of the last.
func (a *app) days(o bookOptions) (from, to time.Time, err error) {
	zone := a.settings.Location()
	if from, err = day("--from", o.from, zone); err != nil {
		return from, to, err
	}
	if to, err = day("--to", o.to, zone); err == nil && !to.IsZero() {
		to = to.AddDate(0, 0, 1)
	}
	if err == nil && !from.IsZero() && !to.IsZero() && !to.After(from) {
		err = fault.Usage(message.New("--to is before --from"))
	}
	return from, to, err
}

// auditBook audits the log of the options, as it was at its end unless --at says otherwise: the same log then gives the same page.
func (a *app) auditBook(ctx context.Context, o bookOptions) (*audit.Report, error) {
	pin, err := a.pin(o.pinOptions)
	if err != nil {
		return nil, err
	}
	return a.audit(ctx, pin, auditOptions{log: o.log, policy: o.policy, at: o.at, atEnd: o.at == ""}, nil)
}

// annexes reads the annexes that this station keeps.
func (a *app) annexes(sum statement.Hash) []statement.AnnexField {
	private, err := annex.Read(a.stateDir, sum)
	if err != nil {
		return nil // deleted, or of another station: the log is whole without it
	}
	return private.Fields
}

type formOptions struct {
	bookOptions
	entry     int64
	custodian string
	place     string
}

func newFormCmd(a *app) *cobra.Command {
	var o formOptions
	names := []string{}
	for _, f := range forms.All {
		names = append(names, f.Name)
	}
	c := &cobra.Command{
		Use:   "form NAME [NUMBER...]",
		Short: "Print a form of the office from the log, PDF or HTML",
		Long: `Print a form of the office from the log alone, as PDF or HTML. The log is audited first; of one that does not verify nothing
is printed, and the exit status is 5. A form shows what was signed in the log, and has lines for what people write and
sign by hand. It shows classifications: it must not leave the office.

register            register book of all media (涉密载体台账); --custodian
registration        a medium and its history (登记表); NUMBER...
approval            an approval, or a form to be decided by hand (审批表); --entry, or NUMBER...
destruction         list for a destruction, or of one (销毁清单); --entry of an approval or a destruction, or NUMBER...
handover            list of a handover (交接清单); --entry, or NUMBER...
borrowing           loans and returns (借阅登记); --from, --to, --custodian, --place of a meeting
carry               media carried out, or a form to be decided by hand (外出携带审批表); --entry, or NUMBER...
carrying            what was carried out and brought back (外出携带登记表); --from, --to
equipment           devices of the office and their media (设备台账)
inventory           a count, or a sheet to count with (盘点表); --entry, or --custodian
loss                report of a loss (遗失报告); --entry
inspection          report of an inspection (检查报告); --from, --to
erasure             certificate of erasure for the office (消除证明); --entry

The Chinese names are taken too. --lang zh,en prints both languages on one form.`,
		Example: "rasure form register --pdf register.pdf --lang zh",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fault.WithHint(fault.Usage(message.New("name a form")), "%s", strings.Join(names, ", "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.runForm(cmd.Context(), args[0], args[1:], o) },
	}
	o.bookOptions.AddFlags(c)
	c.Flags().Int64Var(&o.entry, "entry", -1, "the entry of the log that the form is about")
	c.Flag("entry").DefValue = "" // -1 is not for people
	c.Flags().StringVar(&o.custodian, "custodian", "", "only media of this person; of the form borrowing, only what this person borrowed")
	c.Flags().StringVar(&o.place, "place", "", "of the form borrowing: only what was handed over at this place, as for a meeting")
	return c
}

func (a *app) runForm(ctx context.Context, name string, numbers []string, o formOptions) error {
	f := forms.Find(name)
	if f == nil {
		return fault.WithHint(fault.Usagef("there is no form %q", name), "rasure form --help lists them")
	}
	if !f.Needs.IsZero() && o.entry < 0 && len(numbers) == 0 {
		return fault.Usagef("form %s: name %s", f.Name, f.Needs)
	}
	q := forms.Request{Numbers: numbers, Entry: o.entry, Custodian: o.custodian, Place: o.place, Titles: a.annexes}
	var err error
	if q.From, q.To, err = a.days(o.bookOptions); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	page, err := a.forms(o.pageOptions)
	if err != nil {
		return err
	}
	page.Internal = true
	r, err := a.auditBook(ctx, o.bookOptions)
	if err != nil {
		return err
	}
	d, err := f.Document(r, q, page)
	if err != nil {
		return err
	}
	return a.writePages(d, o.pageOptions)
}

type reportOptions struct {
	bookOptions
	csv, xlsx                        string
	order, batch, customer, computer string
	perComputer                      bool
}

func newReportCmd(a *app) *cobra.Command {
	var o reportOptions
	c := &cobra.Command{
		Use:   "report",
		Short: "Report a batch of erasures: list, totals, what does not agree",
		Long: `Report a batch of erasures: the last certificate of every job, failures first, with totals, and what register and
certificates do not agree on. Without a file the list is printed here. The log is audited first; of one that does not
verify nothing is printed, and the exit status is 5.

--per-computer makes a sheet for each computer that disks came from. --internal adds numbers and classifications of the
register, and compares register and certificates line by line. The customer is in the annex of a certificate: only the
station that keeps it can choose by it.`,
		Example: "rasure report --from 2026-11-01 --to 2026-11-30 --pdf november.pdf --xlsx november.xlsx",
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runReport(cmd.Context(), o) },
	}
	o.bookOptions.AddFlags(c)
	c.Flags().StringVar(&o.csv, "csv", "", "CSV file to write, for spreadsheets")
	c.Flags().StringVar(&o.xlsx, "xlsx", "", "XLSX file to write")
	c.Flags().StringVar(&o.order, "order", "", "only of this order")
	c.Flags().StringVar(&o.batch, "batch", "", "only of this batch")
	c.Flags().StringVar(&o.customer, "customer", "", "only of this customer")
	c.Flags().StringVar(&o.computer, "computer", "", "only disks that came from this computer")
	c.Flags().BoolVar(&o.perComputer, "per-computer", false, "a sheet for each computer")
	return a.JSONFlag(c)
}

func (a *app) runReport(ctx context.Context, o reportOptions) error {
	f := forms.Filter{Order: o.order, Batch: o.batch, Customer: o.customer, Computer: o.computer, Annex: a.annexes}
	var err error
	if f.From, f.To, err = a.days(o.bookOptions); err != nil {
		return err
	}
	if err := missing(o.pdf, o.html, o.csv, o.xlsx); err != nil {
		return err
	}
	page, err := a.forms(o.pageOptions)
	if err != nil {
		return err
	}
	r, err := a.auditBook(ctx, o.bookOptions)
	if err != nil {
		return err
	}
	p, err := forms.NewReport(r, f, page)
	if err != nil {
		return err
	}
	if a.JSON {
		return a.PrintJSON(p)
	}
	if o.pdf == "" && o.html == "" && o.csv == "" && o.xlsx == "" {
		return a.printReport(p)
	}
	return errors.Join(
		a.writePages(p.Document(o.perComputer), o.pageOptions),
		a.writePage(o.csv, func(w io.Writer) error { return paper.CSV(w, p.Table()) }),
		a.writePage(o.xlsx, func(w io.Writer) error { return paper.XLSX(w, p.Table(), p.Spare()) }))
}

// printReport prints the list and the totals.
func (a *app) printReport(p *forms.Report) error {
	rows := [][]string{a.Heading(message.Of("OUTCOME"), message.Of("SERIAL"), message.Of("MODEL"), message.Of("LEVEL"), message.Of("ENDED"), message.Of("ENTRY"))}
	for _, d := range p.Disks {
		rows = append(rows, []string{cli.Word(d.Outcome).In(a.Lang), d.Serial, cli.Dash(d.Model), cli.Word(d.Level).In(a.Lang), a.Local(d.Ended), message.Of("%d", d.Entry).In(a.Lang)})
	}
	a.Table(rows)
	outcomes := []string{}
	for o := range p.Outcomes {
		outcomes = append(outcomes, o)
	}
	slices.Sort(outcomes)
	for _, o := range outcomes {
		a.Printf("%d %s\n", p.Outcomes[o], cli.Word(o))
	}
	for _, u := range p.Unequal {
		a.Printf("entry %d, %s: %s\n", u.Entry, cli.Dash(strings.TrimSpace(u.Number+" "+u.Serial)), u.Why)
	}
	return nil
}
