package main

import (
	"context"
	"encoding/csv"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/certify/render/paper"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/suggest"
	"rasure/cmd/internal/view"
	"rasure/cmd/message"
)

type mediumOptions struct {
	audit auditOptions
	csv   bool
	show  mediumFilter
}

func (o *mediumOptions) AddFlags(c *cobra.Command) {
	c.Flags().StringVar(&o.audit.log, "log", "", "directory of a log (default: log in the state directory)")
	c.Flags().StringVar(&o.audit.key, "key", "", "the station's public key (default: the key of this station)")
	c.Flags().StringVar(&o.audit.policy, "policy", "", "file with the policy of the office (default: policy of the settings, or the station's own)")
}

func newMediumCmd(a *app) *cobra.Command {
	c := &cobra.Command{Use: "medium", Short: "The register of media, and the statements of people about them", Args: cli.NoArgs, RunE: cli.HelpOnly}
	var o mediumOptions
	list := &cobra.Command{
		Use:   "list",
		Short: "List the media in the register, and open tasks",
		Long: `List all media in the register and all open tasks: hand-ins, inventories, witnesses who have not signed,
approvals about to end, limits. Everything comes from the log, which is verified on the way.`,
		Example: "rasure medium list --csv > media.csv",
		Args:    cli.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.runMediumList(o) },
	}
	o.show.AddFlags(list)
	list.Flags().BoolVar(&o.csv, "csv", false, "print comma-separated values")
	show := &cobra.Command{
		Use:     "show NUMBER",
		Short:   "Show the history of one medium",
		Long:    "Show one medium and its history in the log, from its registration on.",
		Example: "rasure medium show S-2024-017",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.runMediumShow(o.audit, args[0]) },
	}
	policy := &cobra.Command{
		Use:   "policy",
		Short: "Print the default policy as a template",
		Long: `Print the default policy as a template. It is a proposal, not a standard: write in it what your office has
decided, and keep the file as policy.toml in the state directory, or where policy in the settings says.`,
		Example: "rasure medium policy > policy.toml",
		Args:    cli.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.Write(register.DefaultText()) },
	}
	for _, cmd := range []*cobra.Command{list, show} {
		o.AddFlags(cmd)
		c.AddCommand(a.JSONFlag(cmd))
	}
	c.AddCommand(policy, newAnnexCmd(a), newImportCmd(a))
	a.addActs(c)
	return c
}

// examineOurs verifies a log, by default the station's own.
func (a *app) examineOurs(o auditOptions) (*audit.Report, error) {
	pin, err := a.pin(o.pinOptions)
	if err != nil {
		return nil, err
	}
	return a.audit(context.Background(), pin, o, nil)
}

// writeCSV writes a table for spreadsheets.
func (a *app) writeCSV(all audit.Office) error {
	w := csv.NewWriter(a.Out)
	w.Write([]string{"number", "classification", "type", "status", "custodian", "serial", "model", "asset", "source", "registered_entry", "counted", "erasures", "open_duties"})
	for _, m := range all.Media {
		open := 0
		for _, d := range all.Tasks {
			if d.Medium == m.Number {
				open++
			}
		}
		row := []string{m.Number, string(m.Class), m.Type, m.Status, m.Custodian, m.Serial, m.Model, m.Asset, m.Source, strconv.FormatInt(m.Registered, 10),
			m.Counted.Format("2006-01-02"), strconv.Itoa(len(m.Erasures)), strconv.Itoa(open)}
		for i, field := range row {
			row[i] = paper.Harmless(field)
		}
		w.Write(row)
	}
	w.Flush()
	return w.Error()
}

func (a *app) runMediumShow(o auditOptions, number string) error {
	e, err := a.examineOurs(o)
	if err != nil {
		return err
	}
	m := e.State.Register.Medium(number)
	if m == nil {
		return unknownMedium(e.State.Register, number)
	}
	v := audit.Medium{Medium: m, Status: m.Status(e.At)}
	if a.JSON {
		return a.PrintJSON(v)
	}
	a.printMedium(v)
	for _, d := range e.Tasks {
		if d.Medium == number {
			view.PrintTasks(&a.Console, []register.Task{d})
		}
	}
	return nil
}

func (a *app) printMedium(v audit.Medium) {
	const width = 10
	m := v.Medium
	optional := func(label message.Text, value string) {
		if value != "" {
			a.Field(width, label, "%s", value)
		}
	}
	a.Field(width, message.Of("number"), "%s", m.Number)
	a.Field(width, message.Of("status"), "%s", cli.Word(v.Status))
	a.Field(width, message.Of("class"), "%s", cli.Class(m.Class))
	a.Field(width, message.Of("type"), "%s", cli.Word(m.Type))
	optional(message.Of("model"), m.Model)
	optional(message.Of("serial"), m.Serial)
	optional(message.Of("asset"), m.Asset)
	optional(message.Of("came from"), m.Source)
	optional(message.Of("custodian"), m.Custodian)
	optional(message.Of("place"), m.Place)
	optional(message.Of("holders"), strings.Join(m.Holders, ", "))
	optional(message.Of("copy of"), m.CopyOf)
	if limit := limitOf(m); !limit.IsZero() {
		a.Field(width, message.Of("limit"), "%s", limit)
	}
	if m.Due != nil {
		a.Field(width, message.Of("due"), "%s", a.Local(*m.Due))
	}
	if p := m.InForce(now()); p != nil {
		a.Field(width, message.Of("approved"), "%s by %s until %s", p.Technician, strings.Join(p.Approvers(), ", "), a.Local(p.Until))
	}
	a.Field(width, message.Of("counted"), "%s", a.Local(m.Counted))
	for _, s := range m.Trail {
		a.Printf("entry %-4d %s  %s\n", s.Index, a.Local(s.At), a.Timed(s.Event))
	}
}

// unknownMedium is the error for a number that the register does not have.
func unknownMedium(r *register.Register, number string) error {
	all := []string{}
	for _, m := range r.Media() {
		all = append(all, m.Number)
	}
	err := fault.Refusef("medium %s is not in the register", number)
	if near := suggest.Nearest(number, all); near != "" {
		return fault.WithHint(err, "did you mean %s?", near)
	}
	return fault.WithHint(err, "rasure medium list shows all")
}
