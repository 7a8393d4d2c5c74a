package register_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/register"
)

func (o *office) witness(name string, of *certify.EntryRef) register.Entry {
	return o.act(certify.KindWitness, "witness "+name, certify.Declaration{Entry: of, Saw: "it was erased before my eyes"})
}

func TestWitnessRoles(t *testing.T) {
	t.Parallel()
	o, cert := erased(t)
	o.refused("one-role", o.witness("wang", cert)) // the technician
	o.refused("one-role", o.witness("li", cert))   // the approver
	o.good(o.witness("sun", cert))
	o.refused("one-role", o.witness("sun", cert)) // once more
	other := o.witness("wu", cert)
	other.By[0].Key = "key of sun" // another name, the same key
	o.refused("one-role", other)
	o.refused("one-role", o.act(certify.KindValidation, "validate sun", certify.Declaration{Entry: cert, Decision: "accept", Reason: "fine"}))
	o.good(o.witness("wu", cert))
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	o.good(o.register("S-1", certify.Secret, "magnetic", "WD-1", "zhao"))
	hand := o.act(certify.KindHandover, "custodian zhao custodian qian", certify.Declaration{Media: []string{"S-1"}, From: "zhao", To: "qian"})
	half := hand
	half.By = hand.By[:1]
	o.refused("unsigned", half)
	role := hand
	role.By = []register.Person{hand.By[0], {Role: "witness", Name: "qian", Key: "key of qian"}}
	o.refused("signature", role)
	more := hand
	more.By = append([]register.Person{{Role: "custodian", Name: "sun", Key: "k"}}, hand.By...)
	o.refused("signature", more)
	same := hand
	same.By = []register.Person{hand.By[0], {Role: "custodian", Name: "qian", Key: hand.By[0].Key}}
	o.refused("one-role", same)
	bad := hand
	bad.Bad = []error{errors.New("key SHA256:x of qian was good until 2026-01-01")}
	o.refused("signature", bad)
	o.good(hand)
	if m := o.r.Medium("S-1"); m.Custodian != "qian" {
		t.Errorf("it is with %s", m.Custodian)
	}
	o.refused("custodian", o.act(certify.KindHandover, "custodian zhao custodian qian", certify.Declaration{Media: []string{"S-1"}, From: "zhao", To: "qian"}))
}

func TestHandoverOfAll(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	o.good(o.register("S-1", certify.Secret, "magnetic", "WD-1", "zhao"))
	o.good(o.register("S-2", certify.Secret, "magnetic", "WD-2", "zhao"))
	leave := func(numbers ...string) register.Entry {
		return o.act(certify.KindHandover, "custodian zhao custodian qian", certify.Declaration{Media: numbers, From: "zhao", To: "qian", All: true})
	}
	o.refused("everything", leave("S-1"))
	o.good(leave("S-1", "S-2"))
}

func TestTwice(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	e := o.register("S-1", certify.Secret, "magnetic", "WD-1", "zhao")
	o.good(e)
	e.Index++
	o.refused("twice", e)
	again := o.register("S-1", certify.Secret, "magnetic", "WD-1", "zhao")
	again.Act.ID = e.Act.ID // the same statement with other signature lines
	again.Entry, _ = certify.CheckEntry([]byte(text(t, again)+"\n- \n"), nil)
	o.refused("twice", again)
	o.refused("number-taken", o.register("S-1", certify.Secret, "magnetic", "WD-2", "zhao"))
	o.refused("serial-taken", o.register("S-2", certify.Secret, "magnetic", "WD-1", "zhao"))
}

func text(t *testing.T, e register.Entry) string {
	t.Helper()
	s, err := certify.DeclarationText(e.Kind, *e.Act)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReferences(t *testing.T) {
	t.Parallel()
	o, cert := erased(t)
	o.refused("not-in-log", o.witness("sun", &certify.EntryRef{Index: 99, SHA256: cert.SHA256}))
	o.refused("not-in-log", o.witness("sun", &certify.EntryRef{Index: cert.Index - 1, SHA256: cert.SHA256}))
	o.refused("unknown-medium", o.approve("destroy", "S-9"))
	begin, _ := o.r.Ref(cert.Index - 1)
	o.refused("not-in-log", o.witness("sun", &begin)) // there, but nothing to see
	early := o.act(certify.KindWitness, "witness sun", certify.Declaration{Entry: cert, Saw: "it", At: start})
	o.refused("order", early)
	refused := o.witness("wang", cert)
	ref := o.add(refused)
	o.refused("not-in-log", o.act(certify.KindCorrection, "custodian zhao approve li", certify.Declaration{Entry: ref, Reason: "x", Withdraws: true}))
}

// Root can set the clock back to when an approval was valid. What the station has stated since shows it.
func TestApprovalAndClock(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	for _, n := range []string{"1", "2"} {
		o.good(o.register("S-"+n, certify.Secret, "magnetic", "WD-"+n, "zhao"))
	}
	o.good(o.approve("inside", "S-1"))
	then, w := o.clock, o.wish("S-1", "WD-1", "purge")
	reg := o.allowed(w)
	o.clock = then.AddDate(0, 1, 0).Add(-2 * time.Hour)
	o.wipe("A", o.wish("", "X", "clear"), nil) // its end is an hour after that of the approval
	w.At = o.clock.Add(-2 * time.Hour)
	o.allowed(w) // begun while the approval stood, and confirmed a little later
	w.At = then
	o.denied("approval", w)
	o.clock = then
	before := len(o.r.Violations)
	o.wipe("B", w, reg) // done all the same: an audit names it
	if all := o.r.Violations[before:]; len(all) == 0 || all[0].Rule != "approval" || !strings.Contains(all[0].Detail.String(), "the station's clock said") {
		t.Errorf("problems %+v", all)
	}
}

func TestApproval(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	for _, n := range []string{"1", "2"} {
		o.good(o.register("S-"+n, certify.Secret, "magnetic", "WD-"+n, "zhao"))
	}
	deny := func(rule string, w register.EraseRequest) {
		t.Helper()
		_, err := o.r.Allow(w)
		var broken *register.RuleError
		if !errors.As(err, &broken) || broken.Rule != rule {
			t.Errorf("want %s, have %v", rule, err)
		}
	}
	w := o.wish("S-1", "WD-1", "purge")
	deny("no-approval", w)
	approval := o.good(o.approve("inside", "S-1"))
	w.At = o.clock
	deny("no-approval", o.wish("S-2", "WD-2", "purge")) // other media
	late := w
	late.At = w.At.AddDate(0, 2, 0)
	deny("approval", late)
	stranger := w
	stranger.Operator = "sun"
	deny("approval", stranger)
	deny("serial", o.wish("S-1", "WD-2", "purge"))
	deny("unknown-medium", o.wish("S-9", "WD-9", "purge"))
	deny("secret-inside", o.wish("S-1", "WD-1", "clear"))
	sampled := w
	sampled.Verify = "sample"
	deny("secret-inside", sampled)
	flash := w
	flash.Disk.Medium = "flash"
	deny("type", flash)
	deny("medium-not-named", o.wish("", "WD-1", "clear"))
	if reg := o.allowed(o.wish("", "UNKNOWN", "clear")); reg != nil {
		t.Errorf("a disk in no register is %+v", reg)
	}
	reg := o.allowed(w)
	if reg.Number != "S-1" || reg.Class != certify.Secret || reg.Purpose != "inside" || *reg.Approval != *approval {
		t.Errorf("%+v", reg)
	}
	o.wipe("A", w, reg)
	deny("approval", w) // used up
	if n := len(o.r.Violations); n != 0 {
		t.Errorf("problems %+v", o.r.Violations)
	}
	o.wipe("B", w, reg) // the station does it all the same, and the audit sees it
	if len(o.r.Violations) != 1 || o.r.Violations[0].Rule != "approval" || o.r.Violations[0].Entries[0] != approval.Index {
		t.Errorf("problems %+v", o.r.Violations)
	}
}

func TestClassificationIsNotLowered(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	reg := o.good(o.register("TS-1", certify.TopSecret, "magnetic", "WD-1", "zhao"))
	o.refused("classified-leaves", o.approve("outside", "TS-1"))
	o.refused("classification", o.act(certify.KindCorrection, "custodian zhao approve li", certify.Declaration{Entry: reg, Reason: "x", Class: certify.Secret}))
	o.good(o.register("C-1", certify.Confidential, "magnetic", "WD-2", "zhao"))
	o.refused("classified-leaves", o.approve("outside", "C-1"))
}

func TestCorrection(t *testing.T) {
	t.Parallel()
	o, cert := erased(t)
	correct := func(of *certify.EntryRef, change func(*certify.Declaration)) register.Entry {
		a := certify.Declaration{Entry: of, Reason: "misread"}
		change(&a)
		return o.act(certify.KindCorrection, "custodian zhao approve li", a)
	}
	model := func(a *certify.Declaration) { a.Model = "WDC 2" }
	withdraw := func(a *certify.Declaration) { a.Withdraws = true }
	registration, _ := o.r.Ref(0)
	approval, _ := o.r.Ref(1)
	first := o.good(correct(&registration, model))
	o.refused("correction", correct(first, model))    // of a correction
	o.refused("correction", correct(first, withdraw)) //
	o.refused("correction", correct(cert, withdraw))  // of what the station did
	o.refused("correction", correct(&registration, withdraw))
	o.refused("correction", correct(&approval, withdraw)) // it was used
	o.refused("correction", correct(&registration, func(a *certify.Declaration) { a.Serial = "OTHER" }))
	saw := o.good(o.witness("sun", cert))
	if o.r.MissingWitnesses(cert.Index) != 0 {
		t.Error("a witness is missing")
	}
	o.good(correct(saw, withdraw))
	if o.r.MissingWitnesses(cert.Index) != 1 {
		t.Error("a witness who has withdrawn still counts")
	}
	o.refused("correction", correct(saw, withdraw))
}

func TestDestruction(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	o.good(o.register("TS-1", certify.TopSecret, "ssd", "SSD-1", "zhao"))
	o.good(o.register("TS-2", certify.TopSecret, "magnetic", "WD-2", "zhao"))
	reuse := o.good(o.approve("inside", "TS-2"))
	approval := o.good(o.approve("destroy", "TS-1"))
	destroy := func(who string, of *certify.EntryRef, number string, escorts ...string) register.Entry {
		return o.act(certify.KindDestruction, who, certify.Declaration{Media: []string{number}, Entry: of, Method: "shredded", Place: "centre", Particle: 2000, Escorts: escorts})
	}
	all := "technician wang witness sun witness wu"
	o.refused("top-secret-destroyed", destroy("technician wang witness sun", approval, "TS-1", "sun", "wu"))
	o.refused("top-secret-destroyed", destroy(all, approval, "TS-1", "sun"))
	o.refused("one-role", destroy("technician wang witness sun witness li", approval, "TS-1", "sun", "wu")) // the approver
	o.refused("approval", destroy("technician wu witness sun witness zheng", approval, "TS-1", "sun", "wu"))
	o.refused("approval", destroy(all, approval, "TS-2", "sun", "wu"))
	o.refused("approval", destroy(all, reuse, "TS-2", "sun", "wu"))
	late := destroy(all, approval, "TS-1", "sun", "wu")
	late.Act.At = o.clock.AddDate(0, 2, 0)
	o.refused("approval", late)
	gone := o.good(destroy(all, approval, "TS-1", "sun", "wu"))
	o.refused("one-role", o.witness("wang", gone))
	o.refused("one-role", o.witness("sun", gone))
	o.good(o.witness("zheng", gone))
	o.refused("destroyed", destroy(all, approval, "TS-1", "sun", "wu"))
	o.refused("correction", o.act(certify.KindCorrection, "custodian zhao approve li", certify.Declaration{Entry: gone, Reason: "x", Withdraws: true}))
	if s := o.r.Medium("TS-1").Status(o.clock); s != "destroyed" {
		t.Errorf("status %s", s)
	}
}

func TestInventory(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	o.good(o.register("S-1", certify.Secret, "magnetic", "WD-1", "zhao"))
	o.good(o.register("C-1", certify.Confidential, "usb-flash", "USB-1", "zhao"))
	count := func(found, missing, unexpected []string) register.Entry {
		return o.act(certify.KindInventory, "custodian qian", certify.Declaration{Custodian: "zhao", Found: found, Missing: missing, Unexpected: unexpected})
	}
	o.refused("uncounted", count([]string{"S-1"}, nil, nil))
	o.refused("uncounted", count([]string{"S-1", "C-1", "X-1"}, nil, nil))
	o.refused("uncounted", count([]string{"S-1"}, []string{"C-1", "X-1"}, nil))
	o.good(count([]string{"S-1"}, []string{"C-1"}, nil))
	noticed := o.clock
	if s := o.r.Medium("C-1").Status(o.clock); s != "missing" {
		t.Errorf("status %s", s)
	}
	if d := o.duty("missing", noticed.Add(25*time.Hour)); d == nil || !d.Overdue || d.Medium != "C-1" {
		t.Errorf("duty %+v", d)
	}
	lost := o.good(o.act(certify.KindLoss, "custodian zhao", certify.Declaration{Media: []string{"C-1"}, Noticed: &noticed, Reason: "not in the safe"}))
	if d := o.duty("report-loss", noticed.Add(25*time.Hour)); d == nil || !d.Overdue || d.Entries[0] != lost.Index {
		t.Errorf("duty %+v", d)
	}
	o.refused("lost", o.approve("inside", "C-1"))
	o.refused("lost", o.act(certify.KindHandover, "custodian zhao custodian qian", certify.Declaration{Media: []string{"C-1"}, From: "zhao", To: "qian"}))
	o.good(count([]string{"S-1"}, nil, []string{"C-1"})) // found again
	if m := o.r.Medium("C-1"); !m.Active() || len(o.r.Violations) != 0 {
		t.Errorf("%+v, problems %+v", m, o.r.Violations)
	}
	o.refused("uncounted", count(nil, nil, []string{"S-1"}))
	o.good(count([]string{"S-1"}, nil, []string{"X-1"})) // C-1 is with qian now, who found it; X-1 nobody knows
	if len(o.r.Violations) != 1 || o.r.Violations[0].Rule != "unexpected" {
		t.Errorf("problems %+v", o.r.Violations)
	}
}

func (o *office) duty(kind string, now time.Time) *register.Task {
	for _, d := range o.r.Tasks(now) {
		if d.Kind == kind {
			return &d
		}
	}
	return nil
}

func TestLateLoss(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	o.good(o.register("C-1", certify.Confidential, "usb-flash", "USB-1", "zhao"))
	noticed := o.clock
	o.clock = o.clock.Add(30 * time.Hour)
	o.good(o.act(certify.KindLoss, "secrecy chen", certify.Declaration{Media: []string{"C-1"}, Noticed: &noticed, Reason: "left in a taxi", Reported: &noticed, ReportedTo: "administration"}))
	if len(o.r.Violations) != 1 || o.r.Violations[0].Rule != "loss-24h" || o.r.Medium("C-1").Lost == nil {
		t.Errorf("problems %+v", o.r.Violations)
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	o, cert := erased(t)
	o.clock = o.clock.AddDate(1, 0, 0)
	w := o.wish("", "OTHER", "clear")
	o.wipe("B", w, nil)
	o.refused("late", o.act(certify.KindWitness, "witness sun", certify.Declaration{Entry: cert, Saw: "it", At: o.clock.AddDate(0, -6, 0)}))
	p := register.New(register.Default(), start)
	e := o.register("S-2", certify.Secret, "magnetic", "WD-2", "zhao")
	e.Index = 0
	if all := p.Check(e); len(all) != 1 || all[0].Rule != "future" {
		t.Errorf("%+v", all)
	}
}
