package view

import (
	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/certify/render/checks"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/draft"
	"rasure/cmd/message"
)

// PrintReport prints what an audit found.
func PrintReport(a *cli.Console, r *audit.Report) {
	printHead(a, r)
	for _, o := range []string{"verified", "completed-with-exceptions", "failed", "interrupted", "unknown"} {
		if n := r.Outcomes[o]; n > 0 {
			a.Printf("jobs       %d %s\n", n, cli.Word(o))
		}
	}
	past := checks.Lines{Zone: a.Zone}
	past.Past(r)
	a.Lines(past.Texts)
	if p := r.Predecessor; p != nil {
		a.Printf("continues  %s, whose log begins with %s: %d entries, media that are left: %d\n", p.Station, checks.Short(p.First), p.Entries, p.Media)
	}
	shown := checks.Lines{Zone: a.Zone}
	shown.Limits(r)
	shown.OpenJobs(r)
	a.Lines(shown.Texts)
	printOffice(a, r.Office)
	warned := checks.Lines{Zone: a.Zone}
	warned.Warnings(r)
	a.Lines(warned.Texts)
	printUnusual(a, r.Unusual)
	for _, p := range r.Problems {
		printProblem(a, p)
	}
}

func printOffice(a *cli.Console, o audit.Office) {
	a.Printf("policy     %s, SHA-256 %.16s...\n", o.Policy.Name, o.Policy.SHA256)
	for _, p := range o.Others {
		a.Printf("policy     %d certificate(s) name another: %s, SHA-256 %.16s...\n", p.Certificates, draft.Visible(p.Name), draft.Visible(p.SHA256))
	}
	printMedia(a, o.Media)
	PrintTasks(a, o.Tasks)
}

func printMedia(a *cli.Console, all []audit.Medium) {
	for _, m := range all {
		a.Printf("medium     %s, %s, %s: %s, with %s\n", m.Number, cli.Class(m.Class), cli.Word(m.Type), cli.Word(m.Status), m.Custodian)
		for _, s := range m.Trail {
			a.Printf("           entry %-5d %s  %s\n", s.Index, a.Local(s.At), a.Timed(s.Event))
		}
	}
}

// PrintTasks prints what is to be done.
func PrintTasks(a *cli.Console, all []register.Task) {
	for _, t := range all {
		due, of := a.Local(t.Due), message.Of("medium %s", t.Medium)
		if t.Kind == "storage" {
			of = message.Of("device %s", t.Medium)
		}
		if t.Overdue {
			a.Printf("to do      %s, %v, by %s, OVERDUE: %s\n", cli.Word(t.Kind), of, due, a.Timed(t.Detail))
		} else {
			a.Printf("to do      %s, %v, by %s: %s\n", cli.Word(t.Kind), of, due, a.Timed(t.Detail))
		}
	}
}
