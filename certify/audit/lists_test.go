package audit

import (
	"bytes"
	"slices"
	"testing"
	"testing/fstest"

	"rasure/certify/register"
	"rasure/certify/statement"
)

// list adds a list of the station, and refers to it.
func (o *office2) list(purpose string, rows ...statement.Row) statement.ListRef {
	o.Helper()
	at := o.tick()
	by := o.byStation(o.headNow())
	by.Clock.At = at
	signed := o.signNew(&statement.List{ByStation: by, Purpose: purpose, Rows: rows})
	o.add(signed)
	ref := o.ref2(by.Log.Size)
	return statement.ListRef{Index: ref.Index, SHA256: ref.SHA256, Rows: int64(len(rows))}
}

func newRow(number string) statement.Row {
	return statement.Row{Number: number, Classification: "confidential", Type: "magnetic", Limit: &statement.Limit{Years: 10}, Marked: "2026-05-01", Serial: "WD-" + number}
}

// countRow is a medium of the register, as a list for counting has it.
func (o *office2) countRow(number string) statement.Row {
	ref := o.subject(number).Registration
	return statement.Row{Number: number, Serial: "WD-" + number, Registration: &ref}
}

func (o *office2) stock(lists ...statement.ListRef) *statement.Registration {
	return &statement.Registration{Act: o.act("custodian zhao"), Custodian: "zhao", Source: "store", Place: "cabinet 1", Lists: lists}
}

// One signature takes the media of lists into the register; others approve and count them by lists.
func TestLists(t *testing.T) {
	t.Parallel()
	o := newOffice2(t)
	a, b := o.list("import", newRow("L-1"), newRow("L-2")), o.list("import", newRow("L-3")) // 2, 3
	taken := o.say(o.stock(a, b))                                                           // 4
	counting := o.list("count", o.countRow("L-1"), o.countRow("L-3"))                       // 5
	approval := o.approval("inside")
	approval.Lists = []statement.ListRef{counting}
	o.say(approval) // 6
	reg := o.state().Register
	o.expect("media", len(reg.Media()), 3)
	m := reg.Medium("L-3")
	if m.Place != "cabinet 1" || m.Serial != "WD-L-3" || m.LimitYears != 10 || m.Custodian != "zhao" || m.Registered != taken || len(m.Approvals) != 1 || len(reg.Medium("L-2").Approvals) != 0 {
		t.Errorf("%+v", m)
	}
	target := o.target(taken)
	target.Number = "L-2"
	o.say(&statement.Correction{Act: o.act("custodian zhao approve li"), Target: target, Reason: "misread", Changes: []statement.Change{{Field: "model", New: "WD40"}}})
	o.say(&statement.Inventory{Act: o.act("custodian zhao"), Scope: statement.Scope{Person: "zhao"}, Found: []string{"L-2"}, Missing: []string{}, Unexpected: []string{}, CountedBy: "zhao", Lists: []statement.ListRef{counting}})
	reg = o.state().Register
	if m := reg.Medium("L-2"); m.Model != "WD40" || reg.Medium("L-1").Model != "" || !reg.Medium("L-1").Counted.Equal(o.clock) || !m.Counted.Equal(o.clock) {
		t.Errorf("%+v", m)
	}
	cert := o.wipe("L-1")
	signed, err := o.log.Entry(cert)
	check(t, err)
	bundled, err := o.audit().Bundle(signed, o.cardPin(), fstest.MapFS{})
	check(t, err)
	got := []int64{}
	for _, s := range bundled.Statements {
		got = append(got, s.Index)
	}
	if want := []int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}; !slices.Equal(got, want) {
		t.Errorf("the bundle has the entries %v, want %v", got, want)
	}
	whole := o.state()
	if len(whole.Register.Violations)+len(whole.Chain.Problems)+len(whole.Chain.Warnings) > 0 {
		t.Errorf("%+v, %+v, %+v", whole.Register.Violations, whole.Chain.Problems, whole.Chain.Warnings)
	}
	cache, err := whole.Cache("program", o.signer)
	check(t, err)
	s, used, err := ReplayCached(o.files(), o.id, &o.key.PublicKey, cache, "program", register.Default(), start.AddDate(1, 0, 0))
	if err != nil || !used || !bytes.Equal(packed(t, s), packed(t, whole)) || len(s.Register.Rows([]statement.ListRef{a, b})) != 3 {
		t.Errorf("restored: used %v, %v", used, err)
	}
}

// A registration by lists can be taken back as a whole.
func TestVoidLists(t *testing.T) {
	t.Parallel()
	o := newOffice2(t)
	taken := o.say(o.stock(o.list("import", newRow("L-1"), newRow("L-2"))))
	o.say(&statement.Void{Act: o.act("custodian zhao"), Target: o.target(taken), Reason: "wrong table"})
	o.expect("media", len(o.state().Register.Media()), 0)
	o.say(o.stock(o.list("import", newRow("L-1"))))
	o.expect("media", len(o.state().Register.Media()), 1)
}

func TestListsRefused(t *testing.T) {
	t.Parallel()
	registered := func(o *office2) { o.say(o.stock(o.list("import", newRow("L-1"), newRow("L-2")))) } // 2, 3
	each(t, map[string]func(o *office2) (string, []byte){
		"no list": func(o *office2) (string, []byte) {
			r := o.ref2(1)
			return "lists", o.sign2(o.stock(statement.ListRef{Index: 1, SHA256: r.SHA256, Rows: 1}))
		},
		"another number of rows": func(o *office2) (string, []byte) {
			l := o.list("import", newRow("L-1"), newRow("L-2"))
			l.Rows = 1
			return "lists", o.sign2(o.stock(l))
		},
		"a list for another purpose": func(o *office2) (string, []byte) {
			registered(o)
			return "lists", o.sign2(o.stock(o.list("count", o.countRow("L-1"))))
		},
		"a medium in two lists": func(o *office2) (string, []byte) {
			return "lists", o.sign2(o.stock(o.list("import", newRow("L-1")), o.list("import", newRow("l-1"))))
		},
		"a number that is taken": func(o *office2) (string, []byte) {
			registered(o)
			return "number-taken", o.sign2(o.stock(o.list("import", newRow("l-2"))))
		},
		"a serial number twice": func(o *office2) (string, []byte) {
			other := newRow("L-2")
			other.Serial = "WD-L-1"
			return "serial-taken", o.sign2(o.stock(o.list("import", newRow("L-1"), other)))
		},
		"media in another place": func(o *office2) (string, []byte) {
			o.policy = demand("[[keep]]\nclassification = [\"confidential\"]\nplaces = [\"safe\"]\n")
			return "place", o.sign2(o.stock(o.list("import", newRow("L-1"))))
		},
		"a correction of all": func(o *office2) (string, []byte) {
			registered(o)
			return "correction", o.sign2(&statement.Correction{Act: o.act("custodian zhao approve li"), Target: o.target(3), Reason: "misread", Changes: []statement.Change{{Field: "model", New: "WD40"}}})
		},
		"a correction of a medium that it does not register": func(o *office2) (string, []byte) {
			registered(o)
			target := o.target(3)
			target.Number = "L-9"
			return "subject", o.sign2(&statement.Correction{Act: o.act("custodian zhao approve li"), Target: target, Reason: "misread", Changes: []statement.Change{{Field: "model", New: "WD40"}}})
		},
		"particulars that the register does not have": func(o *office2) (string, []byte) {
			registered(o)
			row := o.countRow("L-1")
			row.Classification = "none"
			a := o.approval("inside")
			a.Lists = []statement.ListRef{o.list("count", row)}
			a.Act = o.act("approve li")
			return "subject", o.sign2(a)
		},
		"a register that was changed since": func(o *office2) (string, []byte) {
			registered(o)
			a := o.approval("inside")
			a.Lists = []statement.ListRef{o.list("count", o.countRow("L-1"))}
			a.Act = o.act("approve li")
			o.say(&statement.Reclassify{Act: o.act("approve li secrecy lan"), Media: o.media("L-1"), From: "confidential", To: "none", Basis: "order"})
			return "stale", o.sign2(a)
		},
	})
}
