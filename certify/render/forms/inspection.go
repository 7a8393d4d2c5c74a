package forms

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"rasure/certify"
	"rasure/certify/register"
	"rasure/certify/render"
	"rasure/certify/render/paper"
	"rasure/certify/statement"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
)

// countedKinds are the acts that an inspection counts, in the order of its report.
var countedKinds = []struct {
	name  string
	label message.Text
}{
	{"registration", message.Of("registrations")}, {"reclassify", message.Of("reclassifications")}, {"approval", message.Of("approvals")}, {"handover", message.Of("handovers")},
	{"return", message.Of("returns to the issuing unit")}, {"transfer", message.Of("transfers by order")}, {"carry", message.Of("media taken out of the office")}, {"back", message.Of("media brought back")}, {"equipment", message.Of("statements about devices")}, {"inventory", message.Of("inventories")}, {"destruction", message.Of("destructions")},
	{"loss", message.Of("losses")}, {"found", message.Of("media found again")}, {"incident", message.Of("incidents")}, {"correction", message.Of("corrections")}, {"closure", message.Of("closed findings")},
	{"roster", message.Of("changes of the roster")}, {"policy", message.Of("changes of the rules")},
}

// inspection is the report of a check, of half a year, a year or before holidays: stock, what was done, what is overdue, what the audit objects to.
func (b *book) inspection(q Request) ([]paper.Block, error) {
	kinds, outcomes, people := map[string]int{}, map[string]int{}, map[string]int{}
	for e, err := range b.r.Read() {
		switch {
		case err != nil:
			return nil, err
		case !q.within(e.Stated()):
			continue
		}
		if e.Certificate != nil {
			outcomes[e.Certificate.Outcome]++
			people[e.Certificate.Operator]++
		} else if b.r.State.Register.Counts(e.Index) {
			kinds[name(e.Kind)]++
		}
	}
	media := b.r.State.Register.Media()
	stock := paper.Table{Ruled: true, Title: b.Say(message.Of("1 Stock")), Columns: b.columns(message.Of("Classification"), 40), Totals: b.totals(media)}
	statuses := []string{"registered", "approved", "erased", "away", "carried", "missing", "lost", "destroyed"}
	for _, s := range statuses {
		stock.Columns = append(stock.Columns, paper.Column{Head: b.Lines(render.Statuses.For(s)), Weight: 20, Right: true})
	}
	for _, c := range []certify.Class{certify.TopSecret, certify.Secret, certify.Confidential, certify.Unclassified} {
		row := paper.Row{Cells: []string{b.Say(render.Classes.For(string(c)))}}
		for _, s := range statuses {
			n := 0
			for _, m := range media {
				if m.Class == c && m.Status(b.r.At) == s {
					n++
				}
			}
			row.Cells = append(row.Cells, strconv.Itoa(n))
		}
		stock.Rows = append(stock.Rows, row)
	}
	done := paper.Table{Title: b.Say(message.Of("2 What was done in the period")), Columns: b.columns(message.Of("Kind"), 100, message.Of("Number of them"), -30)}
	for _, k := range countedKinds {
		if kinds[k.name] > 0 {
			done.Rows = append(done.Rows, paper.Row{Cells: []string{b.Say(k.label), strconv.Itoa(kinds[k.name])}})
		}
	}
	for _, o := range []string{"verified", "completed-with-exceptions", "failed", "interrupted", "unknown"} {
		if outcomes[o] > 0 {
			done.Rows = append(done.Rows, paper.Row{Cells: []string{b.Say(message.Of("erasures: %s", Verdict(o))) + " (" + o + ")", strconv.Itoa(outcomes[o])}})
		}
	}
	for _, p := range slices.Sorted(maps.Keys(people)) {
		done.Rows = append(done.Rows, paper.Row{Cells: []string{b.Say(message.Of("erasures by %s", p)), strconv.Itoa(people[p])}})
	}
	return []paper.Block{b.period(q), stock, done, b.tasks(), b.findings(),
		paper.Blank{Title: b.Say(message.Of("5 Causes, measures, who is responsible, until when")), Height: 40},
		b.signed(message.Of("Signatures"), nil, message.Of("Inspector"), message.Of("Secrecy officer"), message.Of("Head of the unit"))}, nil
}

func (b *book) tasks() paper.Table {
	t := paper.Table{Ruled: true, Title: b.Say(message.Of("3 Open tasks")), Columns: b.columns(message.Of("Due"), 24, message.Of("Medium"), 32, message.Of("Task"), 100)}
	for _, d := range b.r.Tasks {
		due := minute(d.Due, b.zone)
		if d.Overdue {
			due += "\n" + b.Lines(message.Of("OVERDUE"))
		}
		t.Rows = append(t.Rows, paper.Row{Strong: d.Overdue, Cells: []string{due, data(d.Medium), b.Lines(d.Detail.Local(b.zone))}})
	}
	t.Totals = []string{b.Say(message.Of("Total")) + " " + strconv.Itoa(len(t.Rows))}
	return t
}

func (b *book) findings() paper.Table {
	t := paper.Table{Ruled: true, Title: b.Say(message.Of("4 What the audit objects to")), Columns: b.columns(message.Of("Entry"), -14, message.Of("Rule"), 26, message.Of("Medium"), 26, message.Of("Finding"), 78, message.Of("Closed by"), 30)}
	open := 0
	for _, p := range b.r.Problems {
		closed := ""
		if p.Closed != nil {
			closed = b.Say(message.Of("entry %d", p.Closed.Index)) + "\n" + data(p.Closed.Measure)
		} else {
			open++
		}
		t.Rows = append(t.Rows, paper.Row{Strong: p.Closed == nil, Cells: []string{fmt.Sprint(p.Index), data(p.Rule), data(p.Medium), b.Lines(p.Detail.Local(b.zone)), closed}})
	}
	t.Totals = []string{b.Say(message.Of("findings: %d, open: %d", len(t.Rows), open))}
	return t
}

// erasure is the certificate of erasure in the form of an office: of a registered medium, with its classification.
func (b *book) erasure(q Request) ([]paper.Block, error) {
	e, signed, err := b.r.ReadEntry(q.Entry)
	if err != nil {
		return nil, err
	}
	c := e.Certificate
	if c == nil {
		return nil, message.Errorf("entry %d is of the kind %s, not %s", e.Index, name(e.Kind), "certificate")
	}
	records, err := Records(b.r)
	if err != nil {
		return nil, err
	}
	var s *statement.Certificate
	if e.Statement != nil {
		s, _ = e.Statement.Body.(*statement.Certificate)
	}
	zone := b.zone
	if s != nil {
		zone = b.Options.zone(s)
	}
	var m *register.Medium
	pairs := []paper.Pair{}
	if c.Register != nil {
		m = b.r.State.Register.Medium(c.Register.Number)
		pairs = append(pairs, b.field(message.Of("Number"), data(c.Register.Number)))
	}
	if m != nil {
		pairs = append(pairs, b.field(message.Of("Marking"), b.Say(b.marking(m))), b.field(message.Of("Custodian"), data(m.Custodian)), b.field(message.Of("Asset number"), data(m.Asset)))
	}
	maker := ""
	if m != nil {
		maker = m.Maker
	}
	pairs = append(pairs, b.field(message.Of("Media type"), b.Say(render.MediaTypes.For(cmp.Or(typeOf(m), c.Disk.Medium)))), b.field(message.Of("Model"), words(maker, c.Disk.Vendor, c.Disk.Model)),
		b.field(message.Of("Serial number"), data(c.Disk.Serial)), b.field(message.Of("Capacity"), humanize.Size(c.Disk.Size)))
	job := []paper.Pair{b.field(message.Of("Scheme"), data(c.Plan.Scheme)), b.field(message.Of("Level achieved"), b.Say(render.Levels.For(c.Level))), b.field(message.Of("Started"), moment(c.Started, zone)), b.field(message.Of("Ended"), moment(c.Ended, zone))}
	if c.Register != nil && c.Register.Approval != nil {
		job = append(job, b.wide(message.Of("Approved"), b.Say(message.Of("log entry %d, purpose: %s", c.Register.Approval.Index, render.Purposes.For(c.Register.Purpose)))))
	}
	exceptions := ""
	for _, x := range c.Exceptions {
		exceptions += b.exception(x) + "\n"
	}
	job = append(job, b.wide(message.Of("Exceptions"), cmp.Or(exceptions, b.Say(message.Of("none")))))
	limits := paper.Text{Title: b.Say(message.Of("What it does not claim")), Small: true}
	for _, t := range render.Limits(*c) {
		limits.Paragraphs = append(limits.Paragraphs, b.Lines(t))
	}
	sign := b.signed(message.Of("Signatures"), nil, message.Of("Technician"))
	sign.Rows[0].Cells = append(sign.Rows[0].Cells, data(c.Operator))
	seen := map[string]bool{}
	if rec := records[e.Index]; rec != nil {
		for _, p := range rec.People {
			seen[p.Role] = true
			sign.Rows = append(sign.Rows, paper.Row{Cells: []string{b.Lines(render.Roles.For(p.Role)), data(p.Name), b.Say(p.Says) + " " + data(b.Say(message.Recognize(p.Words))) + "\n" + minute(p.At, zone) + "  " + data(p.Key)}})
		}
	}
	for _, role := range []string{"validate", "witness", "secrecy"} {
		if !seen[role] {
			sign.Rows = append(sign.Rows, paper.Row{Cells: []string{b.Lines(render.Roles.For(role))}})
		}
	}
	v := paper.Verdict{Mark: markOf(c.Outcome), Word: b.Lines(Verdict(c.Outcome)), Detail: []string{b.Lines(outcome(c))}}
	origin := b.wide(message.Of("Certificate"), b.Say(message.Of("log entry %d", e.Index))+fmt.Sprintf("  SHA-256 %x", certify.TextSHA256(signed)))
	return []paper.Block{v, paper.Fields{Title: b.Say(message.Of("Medium")), Pairs: pairs}, paper.Fields{Title: b.Say(message.Of("Erasure")), Pairs: append(job, origin)}, limits, sign}, nil
}

func typeOf(m *register.Medium) string {
	if m == nil || m.Type == "unknown" {
		return ""
	}
	return m.Type
}
