package view

import (
	"slices"
	"strconv"
	"strings"

	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/certify/render/checks"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/draft"
	"rasure/cmd/message"
)

// shownLines is how many of a list a summary prints, so that it fits on a page whatever the log has.
const shownLines = 3

// PrintSummary prints on a page what an auditor asks first.
func PrintSummary(a *cli.Console, r *audit.Report) {
	printHead(a, r)
	s := r.Summary
	a.Printf("media      %d: %s\n", s.Media, counts(a, s.ByStatus, cli.Word[string]))
	a.Printf("classes    %s\n", counts(a, s.ByClass, cli.Class[string]))
	a.Printf("missing    not accounted for: %s\n", someOf(s.NotAccounted))
	a.Printf("away       with other organisations: %s\n", someOf(s.Away))
	a.Printf("jobs       %d: %s\n", s.Jobs, counts(a, s.ByOutcome, cli.Word[string]))
	byBegin := map[int64]audit.Job{}
	for _, j := range r.Jobs {
		byBegin[j.Begin] = j
	}
	list := func(label message.Text, begins []int64) {
		a.Printf("%s: %d\n", label, len(begins))
		for _, i := range begins[:min(len(begins), shownLines)] {
			a.Printf("           %s\n", job(a, byBegin[i]))
		}
	}
	list(message.Of("           not verified"), s.NotVerified)
	list(message.Of("           of disks that are not in the register"), s.Unregistered)
	a.Printf("register   never erased: %d; destroyed without a verified erasure: %s\n", s.Untreated, someOf(s.WithoutErasure))
	a.Printf("approvals  %d; can still be used: %d\n", s.Approvals, s.ApprovalsTo)
	a.Printf("people     %d\n", len(r.People))
	a.Printf("to do      %d, overdue: %d\n", s.Tasks, s.Overdue)
	overdue := slices.DeleteFunc(slices.Clone(r.Tasks), func(t register.Task) bool { return !t.Overdue || t.Reminder })
	PrintTasks(a, overdue[:min(len(overdue), shownLines)])
	a.Printf("findings   open: %d, closed: %d\n", s.OpenFindings, s.ClosedFindings)
	open := slices.DeleteFunc(slices.Clone(r.Problems), func(p register.Violation) bool { return p.Closed != nil })
	for _, p := range open[:min(len(open), shownLines)] {
		printProblem(a, p)
	}
	printUnusual(a, r.Unusual[:min(len(r.Unusual), 2*shownLines)])
	a.Printf("more       rasure audit --only open, jobs, approvals, people or media\n")
}

// Words of `audit --only`.
var Parts = []string{"open", "jobs", "approvals", "people", "media"}

// PrintPart prints one part of a report.
func PrintPart(a *cli.Console, r *audit.Report, part string) {
	switch part {
	case "open":
		for _, p := range r.Problems {
			if p.Closed == nil {
				printProblem(a, p)
			}
		}
		PrintTasks(a, r.Tasks)
	case "jobs":
		printJobs(a, r.Jobs)
	case "approvals":
		printApprovals(a, r.Approvals)
	case "people":
		printPeople(a, r.People)
	case "media":
		printMedia(a, r.Media)
	}
}

func printHead(a *cli.Console, r *audit.Report) {
	head := checks.Lines{Zone: a.Zone}
	head.Head(r)
	a.Lines(head.Texts)
}

func printProblem(a *cli.Console, p register.Violation) {
	l := checks.Lines{}
	p.Detail = a.Timed(p.Detail)
	l.Problem(p)
	a.Lines(l.Texts)
}

func printUnusual(a *cli.Console, all []audit.Unusual) {
	for _, u := range all {
		a.Printf("unusual    %s (entries %s)\n", draft.Visible(a.Timed(u.Detail).In(a.Lang)), entries(u.Entries))
	}
}

func printJobs(a *cli.Console, all []audit.Job) {
	rows := [][]string{a.Heading(message.Of("BEGIN"), message.Of("CERT"), message.Of("BEGAN"), message.Of("OUTCOME"), message.Of("MEDIUM"), message.Of("SERIAL"), message.Of("OPERATOR"), message.Of("APPROVED BY"), message.Of("WITNESSES"))}
	for _, j := range all {
		cert, medium := "-", message.Of("not registered").In(a.Lang)
		if j.Certificate != nil {
			cert = strconv.FormatInt(*j.Certificate, 10)
		}
		if j.Registered {
			medium = j.Medium
		}
		rows = append(rows, []string{strconv.FormatInt(j.Begin, 10), cert, a.Local(j.Began), cli.Word(j.Outcome).In(a.Lang), draft.Visible(medium), cli.Dash(draft.Visible(j.Serial)),
			draft.Visible(j.Operator), cli.Dash(names(j.Approvers)), cli.Dash(names(j.Witnesses))})
	}
	a.Table(rows)
}

func printApprovals(a *cli.Console, all []audit.Approved) {
	rows := [][]string{a.Heading(message.Of("ENTRY"), message.Of("APPROVED"), message.Of("PURPOSE"), message.Of("BY"), message.Of("FOR"), message.Of("UNTIL"), message.Of("USED BY"), message.Of("MEDIA"))}
	for _, p := range all {
		used := cli.Dash(entries(p.Used))
		if p.Withdrawn {
			used = message.Of("withdrawn").In(a.Lang)
		}
		rows = append(rows, []string{strconv.FormatInt(p.Index, 10), a.Local(p.At), cli.Word(p.Purpose).In(a.Lang), names(p.Approvers), draft.Visible(p.Technician), a.Local(p.Until), used, someOf(p.Media)})
	}
	a.Table(rows)
}

func printPeople(a *cli.Console, all []audit.Worker) {
	rows := [][]string{a.Heading(message.Of("PERSON"), message.Of("JOBS"), message.Of("ALONE"), message.Of("LAST"), message.Of("SIGNATURES"))}
	for _, w := range all {
		rows = append(rows, []string{draft.Visible(w.Person), strconv.FormatInt(w.Jobs, 10), strconv.FormatInt(w.Alone, 10), a.Local(w.Last), cli.Dash(counts(a, w.Acts, cli.Word[string]))})
	}
	a.Table(rows)
}

func job(a *cli.Console, j audit.Job) string {
	medium := message.Of("not registered")
	if j.Registered {
		medium = message.Of("medium %s", draft.Visible(j.Medium))
	}
	return message.Of("entry %d, %s: %s, serial number %s, %s, by %s", j.Begin, j.Began.Format("2006-01-02"), cli.Word(j.Outcome), cli.Dash(draft.Visible(j.Serial)), medium, draft.Visible(j.Operator)).In(a.Lang)
}

// counts lists how many there are of each code, in words.
func counts(a *cli.Console, all map[string]int64, word func(string) message.Text) string {
	words, parts := []string{}, []string{}
	for w := range all {
		words = append(words, w)
	}
	slices.Sort(words)
	for _, w := range words {
		parts = append(parts, strconv.FormatInt(all[w], 10)+" "+word(w).In(a.Lang))
	}
	return strings.Join(parts, ", ")
}

// someOf lists the first of some numbers, and how many more there are.
func someOf(all []string) string {
	const most = 8
	shown := all[:min(len(all), most)]
	switch {
	case len(all) == 0:
		return "-"
	case len(all) > most:
		return draft.Visible(strings.Join(shown, ", ")) + ", ... (" + strconv.Itoa(len(all)) + ")"
	}
	return draft.Visible(strings.Join(shown, ", "))
}

func names(all []string) string { return draft.Visible(strings.Join(all, ", ")) }

func entries(all []int64) string {
	words := []string{}
	for _, i := range all {
		words = append(words, strconv.FormatInt(i, 10))
	}
	return strings.Join(words, ", ")
}
