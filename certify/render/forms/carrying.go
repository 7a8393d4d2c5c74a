package forms

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rasure/certify/register"
	"rasure/certify/render"
	"rasure/certify/render/paper"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// trip is one act by which media were carried out, and what came back of it.
type trip struct {
	entry register.Entry
	says  *statement.Carry
	media []*register.Medium
	back  map[string]returned // by number of the medium
}

// returned is an act that brought media back.
type returned struct {
	entry register.Entry
	says  *statement.Back
}

// trips are the acts by which media were carried out, in the order of the log.
func (b *book) trips() (all []*trip, err error) {
	by := map[int64]*trip{}
	for e, err := range b.r.Read() {
		switch {
		case err != nil:
			return nil, err
		case e.Statement == nil || !b.r.State.Register.Counts(e.Index):
			continue
		}
		switch s := e.Statement.Body.(type) {
		case *statement.Carry:
			t := &trip{e, s, b.mediaOf(e), map[string]returned{}}
			all, by[e.Index] = append(all, t), t
		case *statement.Back:
			if t := by[s.Carried.Index]; t != nil {
				for _, m := range b.mediaOf(e) {
					t.back[m.Number] = returned{e, s}
				}
			}
		}
	}
	return all, nil
}

// examiners are the people who signed that they examined what came back.
func (r returned) examiners() string {
	return strings.Join(append(r.entry.Act.Names("witness"), r.entry.Act.Names("secrecy")...), ", ")
}

// condition is what they found.
func (b *book) condition(r returned) string {
	seal := message.Of("seal broken")
	if r.says.Sealed {
		seal = message.Of("seal unbroken")
	}
	return words(b.Say(seal), r.says.Condition)
}

// carrying lists what was carried out of the office, and when it came back.
func (b *book) carrying(q Request) ([]paper.Block, error) {
	trips, err := b.trips()
	if err != nil {
		return nil, err
	}
	t := paper.Table{Ruled: true, Columns: b.columns(message.Of("No."), 7, message.Of("Taken out"), 22, message.Of("Number"), 25, message.Of("Marking"), 19, message.Of("Media type"), 15, message.Of("Carrier"), 16, message.Of("Destination of the trip"), 24,
		message.Of("Escorts"), 18, message.Of("Approval"), 12, message.Of("Due back"), 22, message.Of("Brought back"), 22, message.Of("Examined by"), 17, message.Of("Condition"), 20, message.Of("Entries"), 13)}
	n, out := 0, 0
	for _, c := range trips {
		if !q.within(c.entry.Stated()) {
			continue
		}
		for _, m := range c.media {
			n++
			back, by, condition, entries := "", "", "", fmt.Sprint(c.entry.Index)
			r, isBack := c.back[m.Number]
			late := !isBack && b.r.At.After(c.says.Due)
			switch {
			case isBack:
				back, by, condition = minute(r.entry.Stated(), b.zone), data(r.examiners()), b.condition(r)
				entries += ", " + fmt.Sprint(r.entry.Index)
			case late:
				back = b.Lines(message.Of("OVERDUE"))
			}
			if !isBack {
				out++
			}
			t.Rows = append(t.Rows, paper.Row{Strong: late, Cells: []string{strconv.Itoa(n), minute(c.entry.Stated(), b.zone), data(m.Number), b.Lines(b.marking(m)), b.kind(m), data(c.says.Carrier), data(c.says.Destination),
				data(strings.Join(c.says.Escorts, ", ")), fmt.Sprint(c.says.Approval.Index), minute(c.says.Due, b.zone), back, by, condition, entries}})
		}
	}
	for range 5 { // for what is written by hand first
		t.Rows = append(t.Rows, paper.Row{Cells: []string{" "}})
	}
	t.Totals = []string{b.Say(message.Of("media carried out: %d, not brought back: %d", n, out))}
	return []paper.Block{b.period(q), t}, nil
}

// carried is the table of a trip: what is taken out, and what is found when it comes back.
func (b *book) carried(media []*register.Medium, back map[string]returned) paper.Table {
	t := paper.Table{Ruled: true, Totals: b.totals(media), Columns: b.columns(message.Of("No."), 9, message.Of("Number"), 28, message.Of("Media type"), 18, message.Of("Marking"), 22, message.Of("Model"), 26, message.Of("Serial number"), 28,
		message.Of("Brought back"), 24, message.Of("Examined by"), 18, message.Of("Condition"), 22)}
	for i, m := range media {
		cells := []string{strconv.Itoa(i + 1), data(m.Number), b.kind(m), b.Lines(b.marking(m)), words(m.Maker, m.Model), data(m.Serial)}
		if r, ok := back[m.Number]; ok {
			cells = append(cells, minute(r.entry.Stated(), b.zone)+"  "+b.Say(message.Of("entry %d", r.entry.Index)), data(r.examiners()), b.condition(r))
		}
		t.Rows = append(t.Rows, paper.Row{Cells: cells})
	}
	return t
}

// carry is the sheet of one trip: what was approved, taken out and brought back, or a form to be decided by hand.
func (b *book) carry(q Request) ([]paper.Block, error) {
	onReturn := []message.Text{message.Of("Carrier, on return"), message.Of("Examiner, on return")}
	if q.Entry < 0 {
		media, err := b.media(q)
		if err != nil {
			return nil, err
		}
		byHand := []message.Text{message.Of("Applicant"), message.Of("Opinion of the department"), message.Of("Opinion of the secrecy office"), message.Of("Decision of the head"), message.Of("Escort"), message.Of("Escort")}
		return []paper.Block{b.carried(media, nil), paper.Blank{Title: b.Say(message.Of("Reason, destination, route, departure and return")), Height: 22},
			paper.Blank{Title: b.Say(message.Of("How the media are protected on the way")), Height: 16}, b.signed(message.Of("Signatures"), nil, append(byHand, onReturn...)...)}, nil
	}
	e, err := b.act(q, "carry")
	if err != nil {
		return nil, err
	}
	trips, err := b.trips()
	if err != nil {
		return nil, err
	}
	c := trips[slices.IndexFunc(trips, func(t *trip) bool { return t.entry.Index == e.Index })] // it counts, and only version 2 has the kind
	approval, _, err := b.r.ReadEntry(c.says.Approval.Index)
	if err != nil {
		return nil, err
	}
	pairs := []paper.Pair{b.field(message.Of("Carrier"), data(c.says.Carrier)), b.field(message.Of("Destination of the trip"), data(c.says.Destination)), b.field(message.Of("Taken out"), moment(c.entry.Stated(), b.zone)),
		b.field(message.Of("Due back"), moment(c.says.Due, b.zone)), b.field(message.Of("Escorts"), data(strings.Join(c.says.Escorts, ", "))), b.field(message.Of("Seals"), data(c.says.Seal)), b.wide(message.Of("Remarks"), data(c.says.Remarks))}
	allowed := []paper.Pair{}
	if approval.Statement != nil {
		if p, ok := approval.Statement.Body.(*statement.Approval); ok {
			allowed = append(allowed, b.field(message.Of("Purpose"), b.Say(render.Purposes.For(p.Purpose))), b.field(message.Of("Permit"), data(p.Permit)), b.field(message.Of("Valid from"), moment(p.From, b.zone)),
				b.field(message.Of("Valid until"), moment(p.Until, b.zone)), b.wide(message.Of("Reason"), data(p.Reason)), b.wide(message.Of("Conditions"), data(p.Conditions)))
		}
	}
	sign := b.signed(message.Of("Signatures"), &approval)
	sign.Rows = append(sign.Rows, b.signed(message.Of("Signatures"), &c.entry).Rows...)
	seen := map[int64]bool{}
	for _, m := range c.media {
		if r, ok := c.back[m.Number]; ok && !seen[r.entry.Index] {
			seen[r.entry.Index] = true
			sign.Rows = append(sign.Rows, b.signed(message.Of("Signatures"), &r.entry).Rows...)
		}
	}
	if len(c.back) < len(c.media) {
		sign.Rows = append(sign.Rows, b.signed(message.Of("Signatures"), nil, onReturn...).Rows...)
	}
	return []paper.Block{paper.Fields{Title: b.Say(message.Of("Approval, entry %d of the log", approval.Index)), Pairs: allowed}, paper.Fields{Title: b.Say(message.Of("Carried out, entry %d of the log", c.entry.Index)), Pairs: pairs},
		b.carried(c.media, c.back), sign}, nil
}
