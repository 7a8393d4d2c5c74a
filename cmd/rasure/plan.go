package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
	"rasure/wipe/scheme"
)

// planFlags are the words that choose a plan, shared by plan and wipe.
type planFlags struct{ level, scheme, verify string }

func (f *planFlags) add(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&f.level, "level", string(wipe.Clear), "what must be reached: clear or purge; never less is done")
	c.Flags().StringVar(&f.scheme, "scheme", "", "named scheme of passes; rasure plan --schemes lists them")
	c.Flags().StringVar(&f.verify, "verify", string(wipe.Full), "what is read back: full, sample or none")
	return c
}

func (f *planFlags) planFor(d devices.Disk, o *devices.Capabilities) (wipe.Plan, error) {
	if wipe.Level(f.level) == wipe.Purge && wipe.VerifyMode(f.verify) != wipe.Full {
		return wipe.Plan{}, fault.Usagef("--verify %s: after a purge the whole disk is read back", f.verify)
	}
	p, err := wipe.PlanFor(d, wipe.PlanOptions{Level: wipe.Level(f.level), Scheme: f.scheme, Verify: wipe.VerifyMode(f.verify), Offer: o})
	if errors.Is(err, wipe.ErrPurgeUnavailable) {
		err = fault.WithHint(err, "nothing weaker is done instead; where a reason can be removed, remove it and try again; else it stays what it was until it is destroyed")
	}
	return p, err
}

func newPlanCmd(a *app) *cobra.Command {
	var f planFlags
	var schemes bool
	c := &cobra.Command{
		Use:   "plan DISK",
		Short: "Show what wipe would do to a disk",
		Long: `Show the passes that wipe would make, and why; with --level purge also which of the drive's own erases
would be used, and why not the others. Nothing is opened for writing.

Example: rasure plan sdb --scheme nnsa` + "\n" + exitHelp,
		Args: func(cmd *cobra.Command, args []string) error {
			if schemes {
				return noArgs(cmd, args)
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if schemes {
				return a.listSchemes()
			}
			return a.plan(cmd.Context(), args[0], f)
		},
	}
	c.Flags().BoolVar(&schemes, "schemes", false, "list the named schemes instead")
	return a.jsonFlag(f.add(c))
}

// planned is a plan as plan --json shows it.
type planned struct {
	Disk         string         `json:"disk"`
	Serial       string         `json:"serial"`
	Level        string         `json:"level"`
	Scheme       string         `json:"scheme"`
	Title        string         `json:"title"`
	SchemeSHA256 string         `json:"scheme_sha256"`
	Source       string         `json:"source"`
	Disputed     string         `json:"disputed"`
	Verify       string         `json:"verify"`
	Reason       message.Text   `json:"reason"`
	Warnings     []message.Text `json:"warnings"`
	Passes       []plannedPass  `json:"passes"`
	Bytes        int64          `json:"bytes_to_move"` // written and read in all

	Method     string               `json:"method"`     // by which the drive erases itself before the passes; "" where it does not
	Considered []wipe.Considered    `json:"considered"` // at level purge all that the drive offers
	Hidden     []devices.HiddenArea `json:"hidden"`     // [] also where the drive was not asked
}

type plannedPass struct {
	Pattern string `json:"pattern"`
	Verify  string `json:"verify"`
}

func (a *app) plan(ctx context.Context, arg string, f planFlags) error {
	a.noteJobs()
	h := a.liveHost()
	d, err := h.Find(arg)
	if err != nil {
		return explain(err)
	}
	offer, err := a.offerOfUnclaimed(ctx, h, d, f.level)
	if err != nil {
		return err
	}
	p, err := f.planFor(d, offer)
	if err != nil {
		return err
	}
	v := planView(d, p)
	if a.json {
		return a.printJSON(v)
	}
	a.printPlan(v)
	return nil
}

func planView(d devices.Disk, p wipe.Plan) planned {
	v := planned{Disk: d.Name, Serial: d.Serial, Level: string(p.Level), Scheme: p.Scheme.ID, Title: p.Scheme.Title, SchemeSHA256: p.Scheme.SHA256(),
		Source: p.Scheme.Source, Disputed: p.Scheme.Disputed, Verify: string(p.Verify), Reason: p.Reason, Warnings: append([]message.Text{}, p.Warnings...), Passes: []plannedPass{},
		Considered: append([]wipe.Considered{}, p.Considered...), Hidden: append([]devices.HiddenArea{}, p.Hidden...)}
	if p.Method != nil {
		v.Method = string(p.Method.ID)
		v.Bytes += 3 * d.Size / 20 // the markers: written, read before, read after
	}
	for _, pass := range p.Scheme.Passes {
		mode := wipe.None
		v.Bytes += d.Size
		if pass.Verify {
			mode = p.Verify
		}
		if mode == wipe.Full {
			v.Bytes += d.Size
		}
		v.Passes = append(v.Passes, plannedPass{string(pass.Pattern), string(mode)})
	}
	return v
}

func (a *app) printPlan(v planned) {
	a.printf("%-9s %s\n", "disk", v.Disk+" serial "+dash(v.Serial))
	a.printf("%-9s %s\n", "level", v.Level)
	a.printf("%-9s %s (%s)\n", "scheme", v.Scheme, v.Title)
	a.printf("%-9s %s\n", "source", v.Source)
	if v.Disputed != "" {
		a.printf("%-9s %s\n", "disputed", v.Disputed)
	}
	if !v.Reason.IsZero() {
		a.printf("%-9s %s\n", "because", v.Reason)
	}
	for _, c := range v.Considered {
		if c.Why.IsZero() {
			a.printf("%-9s %s, level %s: chosen; markers are written before and looked for after\n", "method", c.ID, c.Level)
		} else {
			a.printf("%-9s %s, level %s: not chosen: %s\n", "method", c.ID, c.Level, c.Why)
		}
	}
	a.printHidden(9, v.Hidden)
	for i, p := range v.Passes {
		read := "read back: " + p.Verify
		if p.Verify == string(wipe.None) {
			read = "not read back"
		}
		a.printf("%-9s %s, %s\n", fmt.Sprintf("pass %d", i+1), p.Pattern, read)
	}
	for _, w := range v.Warnings {
		a.printf("%-9s %s\n", "warning", w)
	}
}

func (a *app) listSchemes() error {
	if a.json {
		all := []planned{}
		for _, s := range scheme.All() {
			all = append(all, planView(devices.Disk{}, wipe.Plan{Scheme: s, Verify: wipe.Full}))
		}
		return a.printJSON(all)
	}
	for _, s := range scheme.All() {
		passes := []string{}
		for _, p := range s.Passes {
			mark := ""
			if p.Verify {
				mark = "+verify"
			}
			passes = append(passes, string(p.Pattern)+mark)
		}
		a.printf("%-18s %s\n%-18s %s\n", s.ID, s.Title, "", strings.Join(passes, ", "))
	}
	return nil
}
