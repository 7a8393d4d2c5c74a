package forms

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"rasure/certify"
	"rasure/certify/register"
	"rasure/certify/render"
	"rasure/certify/render/paper"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// register is the register book: a line for each medium.
func (b *book) register(q Request) ([]paper.Block, error) {
	t := paper.Table{Ruled: true, Title: "", Columns: b.columns(message.Of("No."), 7, message.Of("Number"), 20, message.Of("Marking"), 18, message.Of("Media type"), 15, message.Of("Model"), 24, message.Of("Serial number"), 24,
		message.Of("Capacity"), 13, message.Of("Custodian"), 14, message.Of("In service"), 15, message.Of("Place"), 15, message.Of("Asset number"), 15, message.Of("Due back"), 15, message.Of("Status"), 15, message.Of("Entry"), -11)}
	var all []*register.Medium
	for _, m := range b.r.State.Register.Listed() {
		if q.Custodian == "" || m.Custodian == q.Custodian {
			all = append(all, m)
		}
	}
	for i, m := range all {
		due := ""
		if m.Due != nil {
			due = day(*m.Due, b.zone)
		}
		status := m.Status(b.r.At)
		t.Rows = append(t.Rows, paper.Row{Strong: status == "lost" || status == "missing", Cells: []string{strconv.Itoa(i + 1), data(m.Number), b.Lines(b.marking(m)), b.kind(m), words(m.Maker, m.Model), data(m.Serial),
			b.capacity(m), data(m.Custodian), m.InService, data(m.Place), data(m.Asset), due, b.Lines(render.Statuses.For(status)), fmt.Sprint(m.Registered)}})
	}
	t.Totals = b.totals(all)
	return []paper.Block{t, b.signed(message.Of("Checked"), nil, message.Of("Secrecy officer"), message.Of("Head of the unit"))}, nil
}

// registration is everything about one medium.
func (b *book) registration(q Request) ([]paper.Block, error) {
	media, err := b.media(q)
	if err != nil {
		return nil, err
	}
	var blocks []paper.Block
	for _, m := range media {
		e, _, err := b.r.ReadEntry(m.Registered)
		if err != nil {
			return nil, err
		}
		pairs := []paper.Pair{b.field(message.Of("Number"), data(m.Number)), b.field(message.Of("Marking"), b.Say(b.marking(m))), b.field(message.Of("Media type"), b.Say(render.MediaTypes.For(m.Type))),
			b.field(message.Of("Model"), words(m.Maker, m.Model)), b.field(message.Of("Serial number"), data(m.Serial)), b.field(message.Of("Capacity"), b.capacity(m)),
			b.field(message.Of("Asset number"), data(m.Asset)), b.field(message.Of("Custodian"), data(m.Custodian)), b.field(message.Of("Came from"), data(m.Source)), b.field(message.Of("Place"), data(m.Place)),
			b.field(message.Of("In service"), m.InService), b.field(message.Of("Marked on"), m.MarkedOn), b.field(message.Of("Status"), b.Say(render.Statuses.For(m.Status(b.r.At))))}
		if e.Statement != nil {
			if s, ok := e.Statement.Body.(*statement.Registration); ok {
				pairs = append(pairs, b.field(message.Of("Issuing unit"), data(s.IssuingUnit)), b.field(message.Of("Document number"), data(s.DocumentCode)), b.field(message.Of("Copy of"), copyOf(s)),
					b.field(message.Of("Pages or capacity"), data(s.Capacity)), b.field(message.Of("Persons who may use it"), data(strings.Join(s.Holders, ", "))), b.field(message.Of("Remarks"), data(s.Remarks)))
			}
		}
		blocks = append(blocks, paper.Fields{Title: b.Say(message.Of("Medium")), Pairs: pairs})
		t := paper.Table{Ruled: true, Title: b.Say(message.Of("History")), Columns: b.columns(message.Of("Date"), 28, message.Of("What happened"), 118, message.Of("Entry"), -14)}
		for _, s := range m.Trail {
			t.Rows = append(t.Rows, paper.Row{Cells: []string{minute(s.At, b.zone), b.Lines(s.Event.Local(b.zone)), fmt.Sprint(s.Index)}})
		}
		blocks = append(blocks, t, b.signed(message.Of("Signatures"), &e, message.Of("User"), message.Of("Secrecy office")))
	}
	return blocks, nil
}

func copyOf(s *statement.Registration) string {
	if s.CopyOf == "" {
		return ""
	}
	return words(s.CopyOf, "#"+strconv.FormatInt(s.CopyNumber, 10))
}

// listed is a table of media, as it is on every form about several.
func (b *book) listed(media []*register.Medium) paper.Table {
	t := paper.Table{Ruled: true, Columns: b.columns(message.Of("No."), 8, message.Of("Number"), 30, message.Of("Media type"), 20, message.Of("Marking"), 24, message.Of("Model"), 30, message.Of("Serial number"), 32,
		message.Of("Capacity"), 16, message.Of("Asset number"), 20, message.Of("Custodian"), 20), Totals: b.totals(media)}
	for i, m := range media {
		t.Rows = append(t.Rows, paper.Row{Cells: []string{strconv.Itoa(i + 1), data(m.Number), b.kind(m), b.Lines(b.marking(m)), words(m.Maker, m.Model), data(m.Serial), b.capacity(m), data(m.Asset), data(m.Custodian)}})
	}
	return t
}

// approval is an approval of the log, or a form on which people decide by hand.
func (b *book) approval(q Request) ([]paper.Block, error) {
	byHand := []message.Text{message.Of("Applicant"), message.Of("Opinion of the department"), message.Of("Opinion of the secrecy office"), message.Of("Decision of the head")}
	if q.Entry < 0 {
		media, err := b.media(q)
		if err != nil {
			return nil, err
		}
		return []paper.Block{b.listed(media), paper.Blank{Title: b.Say(message.Of("Purpose, reason and time")), Height: 28}, b.signed(message.Of("Signatures"), nil, byHand...)}, nil
	}
	e, err := b.act(q, "approval")
	if err != nil {
		return nil, err
	}
	a := e.Act
	pairs := []paper.Pair{b.field(message.Of("Purpose"), b.Say(render.Purposes.For(a.Purpose))), b.field(message.Of("Technician"), data(a.Technician)), b.field(message.Of("Signed"), moment(a.At, b.zone))}
	if a.Until != nil {
		pairs = append(pairs, b.field(message.Of("Valid until"), moment(*a.Until, b.zone)))
	}
	if s := e.Statement; s != nil {
		if p, ok := s.Body.(*statement.Approval); ok {
			pairs = append(pairs, b.field(message.Of("Valid from"), moment(p.From, b.zone)), b.wide(message.Of("Reason"), data(p.Reason)), b.field(message.Of("Destination"), data(p.Destination)),
				b.field(message.Of("Escorts"), data(strings.Join(p.Escorts, ", "))), b.field(message.Of("Channel"), b.Say(render.Channels.For(p.Channel))), b.field(message.Of("Permit"), data(p.Permit)),
				b.wide(message.Of("Conditions"), data(p.Conditions)), b.wide(message.Of("Remarks"), data(p.Remarks)))
			if p.Copies > 0 {
				pairs = append(pairs, b.field(message.Of("Copies"), fmt.Sprint(p.Copies)))
			}
		}
	}
	used := paper.Table{}
	for _, m := range b.mediaOf(e) {
		for _, p := range m.Approvals {
			if p.Entry.Index != e.Index {
				continue
			}
			state := message.Of("not used yet")
			switch {
			case p.Withdrawn != nil:
				state = message.Of("WITHDRAWN by entry %d", *p.Withdrawn)
			case p.Used != nil:
				state = message.Of("used by entry %d", *p.Used)
			}
			used.Rows = append(used.Rows, paper.Row{Cells: []string{data(m.Number), b.Say(state)}})
		}
	}
	used.Ruled, used.Title, used.Columns = true, b.Say(message.Of("What became of it")), b.columns(message.Of("Number"), 40, message.Of("Status"), 100)
	return []paper.Block{paper.Fields{Title: b.Say(message.Of("Approval, entry %d of the log", e.Index)), Pairs: pairs}, b.listed(b.mediaOf(e)), used, b.signed(message.Of("Signatures"), &e, byHand[1:3]...)}, nil
}

// ref is how a destruction list names a medium: a disk of a computer by the computer's number, others by their own.
func (b *book) ref(m *register.Medium) string {
	number := m.Number
	if m.Asset != "" {
		number = words(m.Number, m.Asset)
	}
	return strings.TrimSpace(data(number) + "\n" + data(m.Serial))
}

// destruction is the list that goes with media to their destruction, or the record of it.
func (b *book) destruction(q Request) ([]paper.Block, error) {
	byHand := []message.Text{message.Of("Destroyer"), message.Of("Approver"), message.Of("Witness of the destruction"), message.Of("Witness of the destruction"), message.Of("Receiver")}
	var e *register.Entry
	var media []*register.Medium
	var err error
	if q.Entry < 0 {
		media, err = b.media(q)
	} else {
		var one register.Entry
		if one, err = b.act(q, "destruction", "approval"); err == nil {
			e, media = &one, b.mediaOf(one)
		}
	}
	if err != nil {
		return nil, err
	}
	t := paper.Table{Ruled: true, Columns: b.columns(message.Of("No."), 5, message.Of("Title of the document"), 16, message.Of("Issuing unit"), 14, message.Of("Media type"), 16, message.Of("Number, asset and serial number"), 28,
		message.Of("Marking"), 14, message.Of("Pages or capacity"), 11, message.Of("Quantity"), -8, message.Of("Custodian"), 12)}
	for i, m := range media {
		title, unit, capacity := words(m.Maker, m.Model), "", b.capacity(m)
		registered, _, err := b.r.ReadEntry(m.Registered)
		if err != nil {
			return nil, err
		}
		if registered.Statement != nil {
			if s, ok := registered.Statement.Body.(*statement.Registration); ok {
				unit, capacity = data(s.IssuingUnit), cmp.Or(data(s.Capacity), capacity)
				title = cmp.Or(data(s.DocumentCode), title)
				title = cmp.Or(titleOf(q, s.Annex), title)
			}
		}
		t.Rows = append(t.Rows, paper.Row{Cells: []string{strconv.Itoa(i + 1), title, unit, b.kind(m), b.ref(m), b.Lines(b.marking(m)), capacity, "1", data(m.Custodian)}})
	}
	t.Totals = b.totals(media)
	blocks := []paper.Block{t}
	if e != nil && name(e.Kind) == "destruction" {
		return append(blocks, b.destroyed(e), b.signed(message.Of("Signatures"), e, byHand[1], byHand[2], byHand[4])), nil
	}
	blocks = append(blocks, paper.Blank{Title: b.Say(message.Of("Reason, method, place and time of the destruction")), Height: 20})
	if e != nil {
		return append(blocks, b.signed(message.Of("Signatures"), e, byHand[0], byHand[2], byHand[3], byHand[4])), nil
	}
	return append(blocks, b.signed(message.Of("Signatures"), nil, byHand...)), nil
}

// titleOf is the title of a document, which only the annex has; "" if that is not at hand.
func titleOf(q Request, sum statement.Hash) string {
	if q.Titles == nil || sum.IsZero() {
		return ""
	}
	for _, f := range q.Titles(sum) {
		if f.Path == "title" {
			return data(f.Value) + " *"
		}
	}
	return ""
}

func (b *book) destroyed(e *register.Entry) paper.Fields {
	a := *e.Act
	pairs := []paper.Pair{b.field(message.Of("Destroyed on"), moment(a.At, b.zone)), b.field(message.Of("Method"), b.Say(render.Methods.For(a.Method))), b.field(message.Of("Place of the destruction"), data(a.Place)), b.field(message.Of("Machine"), data(a.Machine)),
		b.field(message.Of("Contractor"), words(a.Contractor, a.Licence)), b.field(message.Of("Escorts"), data(strings.Join(a.Escorts, ", ")))}
	if e.Statement != nil {
		if s, ok := e.Statement.Body.(*statement.Destruction); ok {
			if s.Happened != nil {
				pairs[0].Value = moment(*s.Happened, b.zone)
			}
			pairs = append(pairs, b.field(message.Of("Standard"), words(s.Standard, s.Security)), b.field(message.Of("Residue"), data(s.Residue)), b.field(message.Of("Approved"), b.Say(message.Of("log entry %d", s.Approval.Index))))
			if s.Words != "" {
				pairs[1].Value = data(s.Words)
			}
			if m := s.Machine; m != nil {
				pairs[3].Value = words(m.Maker, m.Model, m.Serial)
			}
			if c := s.Contractor; c != nil {
				pairs[4].Value = words(c.Name, c.Licence, c.Agreement)
			}
			a.Particle = s.Particle
			if w := s.Weights; w != nil {
				a.Before, a.After = w.Before, w.After
			}
		}
	}
	if a.Particle > 0 {
		pairs = append(pairs, b.field(message.Of("Largest particle"), fmt.Sprintf("%g mm", float64(a.Particle)/1000)))
	}
	if a.Before > 0 || a.After > 0 {
		pairs = append(pairs, b.field(message.Of("Weight before and after"), fmt.Sprintf("%d g, %d g", a.Before, a.After)))
	}
	for _, f := range evidenceOf(e) {
		pairs = append(pairs, b.wide(message.Of("Evidence"), data(f.Name)+"  SHA-256 "+f.SHA256))
	}
	return paper.Fields{Title: b.Say(message.Of("Destruction, entry %d of the log", e.Index)), Pairs: pairs}
}

func evidenceOf(e *register.Entry) (all []certify.File) {
	if e.Statement != nil {
		for _, f := range e.Statement.Evidence() {
			all = append(all, certify.File{Name: f.Name, SHA256: f.SHA256.String(), Size: f.Size})
		}
		return all
	}
	return e.Act.Evidence
}
