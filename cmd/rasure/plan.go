package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
	"rasure/wipe/scheme"
)

// planFlags choose a plan; plan and wipe share them.
type planFlags struct{ level, scheme, verify string }

func (f *planFlags) AddFlags(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&f.level, "level", string(wipe.Clear), "the level to reach, clear or purge; never less is done")
	c.Flags().StringVar(&f.scheme, "scheme", "", "named scheme of passes; rasure plan --schemes lists them")
	c.Flags().StringVar(&f.verify, "verify", string(wipe.Full), "what is read back: full, sample or none")
	return c
}

// check refuses values that no plan can have, before any disk is opened.
func (f *planFlags) check() error {
	switch wipe.Level(f.level) {
	case "", wipe.Clear, wipe.Purge:
	default:
		return fault.WithHint(fault.Usagef("--level: unknown level %q", f.level), "use clear or purge")
	}
	switch wipe.VerifyMode(f.verify) {
	case "", wipe.Full, wipe.Sample, wipe.None:
	default:
		return fault.WithHint(fault.Usagef("--verify: unknown verification %q", f.verify), "use full, sample or none")
	}
	if wipe.Level(f.level) == wipe.Purge && f.verify != "" && wipe.VerifyMode(f.verify) != wipe.Full {
		return fault.Usagef("--verify %s: a purge reads the whole disk back", f.verify)
	}
	return f.checkScheme()
}

func (f *planFlags) checkScheme() error {
	if f.scheme == "" {
		return nil
	}
	ids, like := []string{}, []string{}
	for _, s := range scheme.All() {
		if strings.EqualFold(s.ID, f.scheme) {
			f.scheme = s.ID
			return nil
		}
		ids = append(ids, s.ID)
		if strings.HasPrefix(s.ID, strings.ToLower(f.scheme)) {
			like = append(like, s.ID)
		}
	}
	if near := cli.Nearest(f.scheme, ids); len(like) == 0 && near != "" {
		like = append(like, near)
	}
	err := fault.Usagef("--scheme: unknown scheme %q", f.scheme)
	if len(like) > 0 {
		return fault.WithHint(err, "did you mean %s?", strings.Join(like, ", "))
	}
	return fault.WithHint(err, "rasure plan --schemes lists the schemes")
}

func (f *planFlags) planFor(d devices.Disk, c *devices.Capabilities) (wipe.Plan, error) {
	o := f.options()
	o.Offer = c
	p, err := wipe.PlanFor(d, o)
	return p, explainPlan(err)
}

func (f *planFlags) options() wipe.PlanOptions {
	return wipe.PlanOptions{Level: wipe.Level(f.level), Scheme: f.scheme, Verify: wipe.VerifyMode(f.verify)}
}

// explainPlan adds a hint to the error of a plan that cannot be made.
func explainPlan(err error) error {
	if errors.Is(err, wipe.ErrPurgeUnavailable) {
		return fault.WithHint(err, "no weaker method is used: fix the cause, or destroy the disk")
	}
	return err
}

func newPlanCmd(a *app) *cobra.Command {
	var f planFlags
	var schemes bool
	c := &cobra.Command{
		Use:   "plan DISK",
		Short: "Show what wipe would do to a disk",
		Long: `Show the passes that wipe would make, and why; with --level purge also which firmware erase of the drive
would be used, and why not the others. Nothing is opened for writing.

No firmware erase of rasure has met a physical drive yet: they were tested on emulated drives only.`,
		Example: "rasure plan sdb --scheme nnsa\nrasure plan --schemes",
		Args: func(cmd *cobra.Command, args []string) error {
			if schemes {
				return cli.NoArgs(cmd, args)
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if schemes {
				return a.runSchemes()
			}
			if err := f.check(); err != nil {
				return err
			}
			return a.runPlan(cmd.Context(), args[0], f)
		},
	}
	c.Flags().BoolVar(&schemes, "schemes", false, "list the named schemes instead")
	return a.JSONFlag(f.AddFlags(c))
}

// planResult is a plan as plan --json shows it.
type planResult struct {
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
	Passes       []planPass     `json:"passes"`
	Bytes        int64          `json:"bytes_to_move"` // written and read in all

	Method     string               `json:"method"`     // the firmware erase before the passes; "" if there is none
	Considered []wipe.Considered    `json:"considered"` // at level purge all that the drive offers
	Hidden     []devices.HiddenArea `json:"hidden"`     // [] also where the drive was not asked
}

type planPass struct {
	Pattern string `json:"pattern"`
	Verify  string `json:"verify"`
}

func (a *app) runPlan(ctx context.Context, arg string, f planFlags) error {
	a.noteJobs()
	h := a.liveHost()
	d, err := h.Find(arg)
	if err != nil {
		return explain(err)
	}
	c, err := a.capabilitiesUnclaimed(ctx, h, d, f.level)
	if err != nil {
		return err
	}
	p, err := f.planFor(d, c)
	if err != nil {
		return err
	}
	if a.JSON {
		return a.PrintJSON(planView(d, p))
	}
	a.printPlan(d, p)
	return nil
}

func planView(d devices.Disk, p wipe.Plan) planResult {
	v := planResult{Disk: d.Name, Serial: d.Serial, Level: string(p.Level), Scheme: p.Scheme.ID, Title: p.Scheme.Title, SchemeSHA256: p.Scheme.SHA256(),
		Source: p.Scheme.Source, Disputed: p.Scheme.Disputed, Verify: string(p.Verify), Reason: p.Reason, Warnings: append([]message.Text{}, p.Warnings...), Passes: []planPass{},
		Considered: append([]wipe.Considered{}, p.Considered...), Hidden: append([]devices.HiddenArea{}, p.Hidden...)}
	if p.Method != nil {
		v.Method = string(p.Method.ID)
		v.Bytes += 3 * d.Size / 20 // the markers: written, read before, read after
	}
	v.Bytes += 2 * p.ProbeBytes(d.Size, d.LogicalBlock)
	for _, pass := range p.Scheme.Passes {
		mode := passVerify(p, pass)
		v.Bytes += d.Size
		if mode == wipe.Full {
			v.Bytes += d.Size
		}
		v.Passes = append(v.Passes, planPass{string(pass.Pattern), string(mode)})
	}
	return v
}

const planWidth = 9

func (a *app) printPlan(d devices.Disk, p wipe.Plan) {
	a.Field(planWidth, message.Of("disk"), "%s serial %s", d.Name, cli.Dash(d.Serial))
	a.Field(planWidth, message.Of("level"), "%s", cli.Word(p.Level))
	a.Field(planWidth, message.Of("scheme"), "%s (%s)", p.Scheme.ID, cli.Word(p.Scheme.Title))
	a.Field(planWidth, message.Of("source"), "%s", p.Scheme.Source)
	if p.Scheme.Disputed != "" {
		a.Field(planWidth, message.Of("disputed"), "%s", cli.Word(p.Scheme.Disputed))
	}
	if !p.Reason.IsZero() {
		a.Field(planWidth, message.Of("because"), "%s", p.Reason)
	}
	for _, c := range p.Considered {
		if c.Why.IsZero() {
			a.Field(planWidth, message.Of("method"), "%s, level %s: chosen; markers are written before and looked for after", c.ID, cli.Word(c.Level))
		} else {
			a.Field(planWidth, message.Of("method"), "%s, level %s: not chosen: %s", c.ID, cli.Word(c.Level), c.Why)
		}
	}
	a.printHidden(planWidth, p.Hidden)
	for i, pass := range p.Scheme.Passes {
		if mode := passVerify(p, pass); mode == wipe.None {
			a.Field(planWidth, message.Of("pass %d", i+1), "%s, not read back", pass.Pattern)
		} else {
			a.Field(planWidth, message.Of("pass %d", i+1), "%s, read back: %s", pass.Pattern, cli.Word(mode))
		}
	}
	for _, w := range p.Warnings {
		a.Field(planWidth, message.Of("warning"), "%s", w)
	}
}

// passVerify is how one pass of the plan is read back.
func passVerify(p wipe.Plan, pass scheme.Pass) wipe.VerifyMode {
	if pass.Verify {
		return p.Verify
	}
	return wipe.None
}

func (a *app) runSchemes() error {
	if a.JSON {
		all := []planResult{}
		for _, s := range scheme.All() {
			all = append(all, planView(devices.Disk{}, wipe.Plan{Scheme: s, Verify: wipe.Full}))
		}
		return a.PrintJSON(all)
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
		a.Printf("%-18s %s\n%-18s %s\n", s.ID, cli.Word(s.Title), "", strings.Join(passes, ", "))
	}
	return nil
}
