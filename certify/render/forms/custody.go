package forms

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"rasure/certify/register"
	"rasure/certify/render"
	"rasure/certify/render/paper"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// handover is a handover of the log, or a list on which both sign by hand.
func (b *book) handover(q Request) ([]paper.Block, error) {
	if q.Entry < 0 {
		media, err := b.media(q)
		if err != nil {
			return nil, err
		}
		return []paper.Block{b.listed(media), paper.Blank{Title: b.Say(message.Of("Receiver, place, seals, escorts, and when it is due back")), Height: 16},
			b.signed(message.Of("Signatures"), nil, message.Of("Giver"), message.Of("Receiver"), message.Of("Escort"), message.Of("Escort"))}, nil
	}
	e, err := b.act(q, "handover", "return", "transfer")
	if err != nil {
		return nil, err
	}
	h := handoverOf(e)
	due := ""
	if h.due != nil {
		due = moment(*h.due, b.zone)
	}
	pairs := []paper.Pair{b.field(message.Of("Giver"), data(h.from)), b.field(message.Of("Receiver"), data(h.to)), b.field(message.Of("Signed"), moment(e.Stated(), b.zone)), b.field(message.Of("Place of the handover"), data(e.Act.Place)),
		b.field(message.Of("Due back"), due)}
	seals, escorts := e.Act.Seal, e.Act.Escorts
	if e.Statement != nil {
		switch s := e.Statement.Body.(type) {
		case *statement.Handover:
			seals, escorts = words(s.SealOut, s.SealIn), s.Escorts
			pairs = append(pairs, b.field(message.Of("Channel"), b.Say(render.Channels.For(s.Channel))), b.wide(message.Of("Remarks"), data(s.Remarks)))
		case *statement.Return:
			seals = s.Seal
			pairs = append(pairs, b.field(message.Of("Receipt"), data(s.Receipt)))
		case *statement.Transfer:
			pairs = append(pairs, b.field(message.Of("Reason"), data(s.Reason)))
		}
	}
	pairs = append(pairs, b.field(message.Of("Seals"), data(seals)), b.field(message.Of("Escorts"), data(strings.Join(escorts, ", "))))
	t := b.listed(b.mediaOf(e))
	for i := range t.Rows { // who has it now is not who got it then
		t.Rows[i].Cells[len(t.Rows[i].Cells)-1] = data(h.to)
	}
	t.Columns[len(t.Columns)-1].Head = b.Lines(message.Of("Receiver"))
	return []paper.Block{paper.Fields{Title: b.Say(message.Of("Handover, entry %d of the log", e.Index)), Pairs: pairs}, t,
		b.signed(message.Of("Signatures"), &e, message.Of("Escort"), message.Of("Escort"))}, nil
}

// change is a change of hands.
type change struct {
	at       time.Time
	from, to string
	due      *time.Time
	place    string
}

func handoverOf(e register.Entry) change {
	c := change{e.Stated(), e.Act.From, e.Act.To, e.Act.Due, e.Act.Place}
	if e.Statement != nil {
		switch s := e.Statement.Body.(type) {
		case *statement.Handover:
			if s.Receiver != nil {
				c.to = s.Receiver.Organisation
			}
		case *statement.Return:
			c.to = s.Receiver.Organisation
		}
	}
	return c
}

// borrowing lists what was handed over to be given back, and when it came back.
func (b *book) borrowing(q Request) ([]paper.Block, error) {
	type loan struct {
		change
		m       *register.Medium
		entry   int64
		back    *change
		backAt  int64
		purpose string
	}
	var loans []*loan
	open := map[string]*loan{}
	for e, err := range b.r.Read() {
		if err != nil {
			return nil, err
		}
		if n := name(e.Kind); n != "handover" && n != "return" && n != "transfer" || e.Act == nil || !b.r.State.Register.Counts(e.Index) {
			continue
		}
		c := handoverOf(e)
		for _, m := range b.mediaOf(e) {
			if l := open[m.Number]; l != nil && c.from == l.to {
				l.back, l.backAt = &c, e.Index
				delete(open, m.Number)
			}
			if c.due == nil {
				continue
			}
			l := &loan{change: c, m: m, entry: e.Index}
			open[m.Number] = l
			if q.within(c.at) && (q.Custodian == "" || c.to == q.Custodian) && (q.Place == "" || c.place == q.Place) {
				loans = append(loans, l)
			}
		}
	}
	t := paper.Table{Ruled: true, Columns: b.columns(message.Of("No."), 7, message.Of("Date"), 24, message.Of("Number"), 26, message.Of("Marking"), 20, message.Of("Media type"), 16, message.Of("Giver"), 16, message.Of("Borrower"), 18,
		message.Of("Due back"), 24, message.Of("Given back"), 24, message.Of("Receiver"), 16, message.Of("Entries"), 14, message.Of("Signature of the borrower"), 26)}
	out := 0
	for i, l := range loans {
		back, by, entries := "", "", fmt.Sprint(l.entry)
		if l.back != nil {
			back, by = minute(l.back.at, b.zone), data(l.back.to)
			entries += ", " + fmt.Sprint(l.backAt)
		} else {
			out++
		}
		late := l.back == nil && b.r.At.After(*l.due)
		if late {
			back = b.Lines(message.Of("OVERDUE"))
		}
		t.Rows = append(t.Rows, paper.Row{Strong: late, Cells: []string{strconv.Itoa(i + 1), minute(l.at, b.zone), data(l.m.Number), b.Lines(b.marking(l.m)), b.kind(l.m), data(l.from), data(l.to), minute(*l.due, b.zone), back, by, entries}})
	}
	for range 5 { // for loans that are written by hand first
		t.Rows = append(t.Rows, paper.Row{Cells: []string{" "}})
	}
	t.Totals = []string{b.Say(message.Of("loans: %d, not given back: %d", len(loans), out))}
	only := b.period(q)
	only.Pairs = append(only.Pairs, b.field(message.Of("Place of the handover"), data(q.Place)), b.field(message.Of("Borrower"), data(q.Custodian)))
	return []paper.Block{only, t}, nil
}

// period says which days a form is of.
func (b *book) period(q Request) paper.Fields {
	from, to := b.Say(message.Of("the beginning of the log")), day(b.r.At, b.zone)
	if !q.From.IsZero() {
		from = day(q.From, b.zone)
	}
	if !q.To.IsZero() {
		to = day(q.To.Add(-time.Second), b.zone)
	}
	return paper.Fields{Pairs: []paper.Pair{b.field(message.Of("From"), from), b.field(message.Of("To"), to)}}
}

// inventory is a count of the log, or a sheet to count with.
func (b *book) inventory(q Request) ([]paper.Block, error) {
	if q.Entry < 0 {
		var media []*register.Medium
		for _, m := range b.r.State.Register.Listed() {
			if m.Active() && (q.Custodian == "" || m.Custodian == q.Custodian) {
				media = append(media, m)
			}
		}
		slices.SortStableFunc(media, func(x, y *register.Medium) int { return strings.Compare(x.Custodian, y.Custodian) })
		t := paper.Table{Ruled: true, Totals: b.totals(media), Columns: b.columns(message.Of("No."), 8, message.Of("Custodian"), 18, message.Of("Number"), 28, message.Of("Marking"), 20, message.Of("Media type"), 18, message.Of("Serial number"), 30, message.Of("Place"), 18,
			message.Of("Last counted"), 20, message.Of("There"), 12, message.Of("Seal unbroken"), 14, message.Of("Remarks"), 28)}
		for i, m := range media {
			t.Rows = append(t.Rows, paper.Row{Cells: []string{strconv.Itoa(i + 1), data(m.Custodian), data(m.Number), b.Lines(b.marking(m)), b.kind(m), data(m.Serial), data(m.Place), day(m.Counted, b.zone), "□", "□"}})
		}
		return []paper.Block{t, paper.Blank{Title: b.Say(message.Of("Media that are there and not in this list")), Height: 18}, b.signed(message.Of("Signatures"), nil, message.Of("Counted by"), message.Of("Custodian"), message.Of("Supervisor"))}, nil
	}
	e, err := b.act(q, "inventory")
	if err != nil {
		return nil, err
	}
	t := paper.Table{Ruled: true, Columns: b.columns(message.Of("No."), 8, message.Of("Result"), 24, message.Of("Number"), 30, message.Of("Marking"), 24, message.Of("Media type"), 20, message.Of("Serial number"), 34, message.Of("Custodian"), 20, message.Of("Remarks"), 40)}
	there := slices.Clone(e.Act.Found)
	for _, row := range b.r.State.Register.Rows(e.Named().Lists) {
		there = append(there, row.Number)
	}
	for _, k := range []struct {
		label   message.Text
		numbers []string
		strong  bool
	}{{message.Of("MISSING"), e.Act.Missing, true}, {message.Of("NOT EXPECTED"), e.Act.Unexpected, true}, {message.Of("there"), there, false}} {
		for _, n := range k.numbers {
			cells := []string{strconv.Itoa(len(t.Rows) + 1), b.Lines(k.label), data(n)}
			if m := b.r.State.Register.Medium(n); m != nil {
				cells = append(cells, b.Lines(b.marking(m)), b.kind(m), data(m.Serial), data(m.Custodian))
			}
			t.Rows = append(t.Rows, paper.Row{Cells: cells, Strong: k.strong})
		}
	}
	t.Totals = []string{b.Say(message.Of("%d there, %d missing, %d not expected", len(there), len(e.Act.Missing), len(e.Act.Unexpected)))}
	whose, by := data(e.Act.Custodian), ""
	if whose == "*" {
		whose = b.Say(message.Of("all media"))
	}
	if e.Statement != nil {
		if s, ok := e.Statement.Body.(*statement.Inventory); ok {
			by, whose = data(s.CountedBy), cmp.Or(data(s.Scope.Place), whose)
		}
	}
	return []paper.Block{paper.Fields{Title: b.Say(message.Of("Inventory, entry %d of the log", e.Index)), Pairs: []paper.Pair{b.field(message.Of("Counted"), whose), b.field(message.Of("Counted by"), by), b.field(message.Of("Signed"), moment(e.Stated(), b.zone))}},
		t, paper.Blank{Title: b.Say(message.Of("Causes and measures")), Height: 18}, b.signed(message.Of("Signatures"), &e, message.Of("Supervisor"))}, nil
}

// loss is the report of a loss: to the secrecy department of the same level and to the superior, within 24 hours.
func (b *book) loss(q Request) ([]paper.Block, error) {
	e, err := b.act(q, "loss")
	if err != nil {
		return nil, err
	}
	a := e.Act
	pairs := []paper.Pair{b.field(message.Of("Signed"), moment(e.Stated(), b.zone)), b.field(message.Of("Place of the loss"), data(a.Place))}
	if a.Noticed != nil {
		pairs = append([]paper.Pair{b.field(message.Of("Noticed"), moment(*a.Noticed, b.zone)), b.field(message.Of("Report due by"), moment(a.Noticed.Add(24*time.Hour), b.zone))}, pairs...)
	}
	if s := e.Statement; s != nil {
		if l, ok := s.Body.(*statement.Loss); ok {
			pairs = append(pairs, b.field(message.Of("Place of the loss"), data(l.Place)), b.wide(message.Of("Remarks"), data(l.Remarks)))
		}
	}
	pairs = append(pairs, b.wide(message.Of("Circumstances"), data(a.Reason)))
	t := paper.Table{Ruled: true, Title: b.Say(message.Of("Reports")), Columns: b.columns(message.Of("Organisation"), 60, message.Of("Date"), 50, message.Of("Reference"), 30, message.Of("Entry"), -12)}
	if a.Reported != nil {
		t.Rows = append(t.Rows, paper.Row{Cells: []string{data(a.ReportedTo), moment(*a.Reported, b.zone), "", fmt.Sprint(e.Index)}})
	}
	after := paper.Table{Ruled: true, Title: b.Say(message.Of("What happened later")), Columns: b.columns(message.Of("Date"), 28, message.Of("What happened"), 118, message.Of("Entry"), -14)}
	for later, err := range b.r.Read() {
		switch {
		case err != nil:
			return nil, err
		case later.Act == nil || later.Act.Entry == nil || later.Act.Entry.Index != e.Index || !b.r.State.Register.Counts(later.Index) || later.Statement == nil:
			continue
		}
		switch s := later.Statement.Body.(type) {
		case *statement.Report:
			for _, r := range s.Receivers {
				t.Rows = append(t.Rows, paper.Row{Cells: []string{data(r.Organisation), moment(r.At, b.zone), data(r.Reference), fmt.Sprint(later.Index)}})
			}
			pairs = append(pairs, b.wide(message.Of("Measures"), data(s.Measures)))
		case *statement.Found:
			seal := message.Of("seal broken")
			if s.Sealed {
				seal = message.Of("seal unbroken")
			}
			after.Rows = append(after.Rows, paper.Row{Cells: []string{minute(later.Stated(), b.zone), b.Lines(message.Of("FOUND: %s, %s %s", s.Where, seal, s.Condition)), fmt.Sprint(later.Index)}})
		}
	}
	for len(t.Rows) < 2 {
		t.Rows = append(t.Rows, paper.Row{Cells: []string{" \n "}})
	}
	blocks := []paper.Block{paper.Fields{Title: b.Say(message.Of("Loss, entry %d of the log", e.Index)), Pairs: pairs}, b.listed(b.mediaOf(e)), t}
	if len(after.Rows) > 0 {
		blocks = append(blocks, after)
	}
	return append(blocks, paper.Blank{Title: b.Say(message.Of("Measures taken, and what is known of the consequences")), Height: 26},
		b.signed(message.Of("Signatures"), &e, message.Of("Secrecy officer"), message.Of("Head of the unit"))), nil
}
