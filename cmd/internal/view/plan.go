package view

import (
	"strings"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/suggest"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
	"rasure/devices"
	"rasure/devices/health"
	"rasure/wipe"
	"rasure/wipe/scheme"
)

// Plan is a plan as plan --json shows it.
type Plan struct {
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
	Passes       []Pass         `json:"passes"`
	Bytes        int64          `json:"bytes_to_move"`              // written and read in all
	Estimate     int64          `json:"estimate_seconds,omitempty"` // by the kind of disk; absent where that says nothing
	Aliases      []string       `json:"aliases,omitempty"`          // names that other tools give the scheme

	Method     string               `json:"method"`     // the firmware erase before the passes; "" if there is none
	Considered []wipe.Considered    `json:"considered"` // at level purge all that the drive offers
	Hidden     []devices.HiddenArea `json:"hidden"`     // [] also where the drive was not asked

	Known []Known `json:"known"` // what drives like it are known for

	Health *health.Report `json:"health,omitempty"` // of the drive; nil for a scheme without a disk
}

// PrintPlanHealth prints a warning where the drive is worn or failing: its blocks may not all be reached.
func PrintPlanHealth(a *cli.Console, r health.Report) {
	line := HealthLine(r)
	switch {
	case line.IsZero():
	case r.Verdict == health.Failing:
		a.Field(planWidth, message.Of("health"), "%s: consider destroying the medium", line)
	default:
		a.Field(planWidth, message.Of("health"), "%s", line)
	}
}

// Known is a row of the tables that applies to a disk.
type Known struct {
	Kind   string       `json:"kind"`
	What   message.Text `json:"what"`
	Source string       `json:"source"`
}

// Pass is a pass of a plan.
type Pass struct {
	Pattern string `json:"pattern"`
	Verify  string `json:"verify"`
}

// PlanOf is the plan of a disk as it is shown.
func PlanOf(d devices.Disk, p wipe.Plan) Plan {
	v := Plan{Disk: d.Name, Serial: d.Serial, Level: string(p.Level), Scheme: p.Scheme.ID, Title: p.Scheme.Title, SchemeSHA256: p.Scheme.SHA256(),
		Source: p.Scheme.Source, Disputed: p.Scheme.Disputed, Verify: string(p.Verify), Reason: p.Reason, Warnings: append([]message.Text{}, p.Warnings...), Passes: []Pass{},
		Considered: append([]wipe.Considered{}, p.Considered...), Hidden: append([]devices.HiddenArea{}, p.Hidden...)}
	v.Known = []Known{}
	for _, k := range devices.KnownOf(d) {
		v.Known = append(v.Known, Known{string(k.Kind), k.What, k.Source})
	}
	if p.Method != nil {
		v.Method = string(p.Method.ID)
		v.Bytes += 3 * d.Size / 20 // the markers: written, read before, read after
	}
	v.Bytes += 2 * p.ProbeBytes(d.Size, d.LogicalBlock)
	v.Aliases = scheme.Aliases(p.Scheme.ID)
	if e, ok := p.Estimate(d); ok {
		v.Estimate = int64(e.Seconds())
	}
	for _, pass := range p.Scheme.Passes {
		mode := verifyOf(p, pass)
		v.Bytes += d.Size
		if mode == wipe.Full {
			v.Bytes += d.Size
		}
		v.Passes = append(v.Passes, Pass{string(pass.Pattern), string(mode)})
	}
	return v
}

// planWidth is the width of the labels, in cells.
const planWidth = 9

// PrintPlan prints a plan.
func PrintPlan(a *cli.Console, d devices.Disk, p wipe.Plan) {
	if d.IdentifiedBy() == devices.ByPort {
		a.Field(planWidth, message.Of("disk"), "%s %s", d.Name, SerialText(d))
	} else {
		a.Field(planWidth, message.Of("disk"), "%s serial %s", d.Name, SerialText(d))
	}
	a.Field(planWidth, message.Of("level"), "%s", cli.Word(p.Level))
	a.Field(planWidth, message.Of("scheme"), "%s (%s)", p.Scheme.ID, cli.Word(p.Scheme.Title))
	a.Field(planWidth, message.Of("source"), "%s", cli.Word(p.Scheme.Source))
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
	for _, k := range devices.KnownOf(d) {
		a.Field(planWidth, message.Of("known"), "%s: %s (%s)", cli.Word(k.Kind), k.What, k.Source)
	}
	PrintHidden(a, planWidth, p.Hidden)
	for i, pass := range p.Scheme.Passes {
		if mode := verifyOf(p, pass); mode == wipe.None {
			a.Field(planWidth, message.Of("pass %d", i+1), "%s, not read back", pass.Pattern)
		} else {
			a.Field(planWidth, message.Of("pass %d", i+1), "%s, read back: %s", pass.Pattern, cli.Word(mode))
		}
	}
	if e, ok := p.Estimate(d); ok {
		a.Field(planWidth, message.Of("time"), "about %s, by the kind of disk", humanize.Duration(e))
	}
	for _, w := range p.Warnings {
		a.Field(planWidth, message.Of("warning"), "%s", w)
	}
}

// verifyOf is how one pass of the plan is read back.
func verifyOf(p wipe.Plan, pass scheme.Pass) wipe.VerifyMode {
	if pass.Verify {
		return p.Verify
	}
	return wipe.None
}

// Schemes are the named schemes, each as a plan of d; of the zero disk it has no sizes.
func Schemes(d devices.Disk) []Plan {
	all := []Plan{}
	for _, s := range scheme.All() {
		all = append(all, PlanOf(d, wipe.Plan{Scheme: s, Verify: wipe.Full}))
	}
	return all
}

// PrintSchemes prints the named schemes, each with the time that it takes on d, as far as its kind says that. The zero disk takes no time.
func PrintSchemes(a *cli.Console, d devices.Disk) {
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
		if e, ok := (wipe.Plan{Scheme: s, Verify: wipe.Full}).Estimate(d); ok {
			a.Field(schemeWidth, message.Of("  time"), "about %s, by the kind of disk", humanize.Duration(e))
		}
		a.Field(schemeWidth, message.Of("  source"), "%s", cli.Word(s.Source))
		if s.Disputed != "" {
			a.Field(schemeWidth, message.Of("  disputed"), "%s", cli.Word(s.Disputed))
		}
		if names := scheme.Aliases(s.ID); len(names) > 0 {
			a.Field(schemeWidth, message.Of("  also called"), "%s", strings.Join(names, ", "))
		}
	}
}

// schemeWidth is the width of the labels in the list of schemes, in cells.
const schemeWidth = 18

// SchemeNamed is the id of the scheme that somebody means, as [scheme.IDOf] finds it. The error says what is like it.
func SchemeNamed(word string) (id string, err error) {
	if id, ok := scheme.IDOf(word); ok {
		return id, nil
	}
	ids, like := []string{}, []string{}
	for _, s := range scheme.All() {
		ids = append(ids, s.ID)
		if strings.HasPrefix(s.ID, strings.ToLower(word)) {
			like = append(like, s.ID)
		}
	}
	if near := suggest.Nearest(word, ids); len(like) == 0 && near != "" {
		like = append(like, near)
	}
	err = fault.Usagef("--scheme: unknown scheme %q", word)
	if len(like) > 0 {
		return "", fault.WithHint(err, "did you mean %s?", strings.Join(like, ", "))
	}
	return "", fault.WithHint(err, "rasure plan --schemes lists the schemes")
}
