package main

import (
	"context"
	"encoding/csv"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
)

func newMediumCmd(a *app) *cobra.Command {
	c := &cobra.Command{Use: "medium", Short: "The register of media, and what people state about them", Args: noArgs, RunE: helpOnly}
	var o auditOptions
	var asCSV bool
	list := &cobra.Command{
		Use:   "list",
		Short: "List the media in the register, and what is still to be done",
		Long: `List all media in the register and what is still to be done: hand-ins, inventories, witnesses who have not
signed, approvals about to end, limits. All of it is folded from the log, which is verified on the way.

Example: rasure medium list --csv > media.csv` + "\n" + exitHelp,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.mediumList(o, asCSV) },
	}
	list.Flags().BoolVar(&asCSV, "csv", false, "print comma-separated values")
	show := &cobra.Command{
		Use:   "show NUMBER",
		Short: "Show what the log says of one medium",
		Long:  "Show what the log says of one medium, from its registration on.\n\nExample: rasure medium show S-2024-017\n" + exitHelp,
		Args:  cobra.ExactArgs(1),
		RunE:  func(_ *cobra.Command, args []string) error { return a.mediumShow(o, args[0]) },
	}
	policy := &cobra.Command{
		Use:   "policy",
		Short: "Print the rules that come with rasure, to write one's own from",
		Long: `Print the rules that come with rasure. They are a proposal, and no standard: put in what your office has
decided and keep the file as policy.toml in the state directory.` + "\n" + exitHelp,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.write(register.DefaultText())
		},
	}
	for _, cmd := range []*cobra.Command{list, show} {
		cmd.Flags().StringVar(&o.log, "log", "", "directory of a log (default: log in the state directory)")
		cmd.Flags().StringVar(&o.key, "key", "", "the station's public key (default: this station's)")
		cmd.Flags().StringVar(&o.policy, "policy", "", "the office's rules, as a file")
		c.AddCommand(a.jsonFlag(cmd))
	}
	c.AddCommand(policy)
	for i := range certify.DeclarationKinds {
		c.AddCommand(newActCmd(a, &certify.DeclarationKinds[i]))
	}
	return c
}

// examineOurs verifies a log, by default the station's own.
func (a *app) examineOurs(o auditOptions) (*audit.Report, error) {
	if o.key == "" {
		o.key = a.statePath(station.PublicKeyFile)
	}
	return a.audit(context.Background(), o, nil)
}

func (a *app) mediumList(o auditOptions, asCSV bool) error {
	e, err := a.examineOurs(o)
	if err != nil {
		return err
	}
	all := e.Office
	switch {
	case a.json:
		return a.printJSON(all)
	case asCSV:
		return a.writeCSV(all)
	}
	a.printf("%-20s %-12s %-10s %-10s %-16s %s\n", "NUMBER", "CLASS", "TYPE", "STATUS", "CUSTODIAN", "SERIAL")
	for _, m := range all.Media {
		a.printf("%-20s %-12s %-10s %-10s %-16s %s\n", m.Number, m.Class, m.Type, m.Status, m.Custodian, dash(m.Serial))
	}
	a.printTasks(all.Tasks)
	return nil
}

// writeCSV writes a table for spreadsheets. A text that a spreadsheet would take for a formula gets an apostrophe before it.
func (a *app) writeCSV(all audit.Office) error {
	w := csv.NewWriter(a.out)
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
			if strings.HasPrefix(field, "=") || strings.HasPrefix(field, "+") || strings.HasPrefix(field, "-") || strings.HasPrefix(field, "@") {
				row[i] = "'" + field
			}
		}
		w.Write(row)
	}
	w.Flush()
	return w.Error()
}

func (a *app) mediumShow(o auditOptions, number string) error {
	e, err := a.examineOurs(o)
	if err != nil {
		return err
	}
	m := e.State.Register.Medium(number)
	if m == nil {
		return fault.WithHint(fault.Refusef("medium %s is not in the register", number), "rasure medium list shows all")
	}
	v := audit.Medium{Medium: m, Status: m.Status(e.At)}
	if a.json {
		return a.printJSON(v)
	}
	for _, line := range [][2]string{{"number", m.Number}, {"status", v.Status}, {"class", string(m.Class)}, {"type", m.Type}, {"model", m.Model}, {"serial", m.Serial},
		{"asset", m.Asset}, {"source", m.Source}, {"custodian", m.Custodian}, {"condition", m.LimitCondition}, {"counted", m.Counted.Format("2006-01-02 15:04 UTC")}} {
		if line[1] != "" {
			a.printf("%-10s %s\n", line[0], line[1])
		}
	}
	for _, s := range m.Trail {
		a.printf("entry %-4d %s  %s\n", s.Index, s.At.Format("2006-01-02 15:04"), s.Event)
	}
	for _, d := range e.Tasks {
		if d.Medium == number {
			a.printTasks([]register.Task{d})
		}
	}
	return nil
}
