package register_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/register"
)

func (o *office) denied(rule string, w register.EraseRequest) {
	o.t.Helper()
	_, err := o.r.Allow(w)
	var broken *register.RuleError
	if !errors.As(err, &broken) || broken.Rule != rule {
		o.t.Errorf("want %s, have %v", rule, err)
	}
}

func TestAllowRefuses(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	for _, n := range []string{"1", "2"} {
		o.good(o.register("S-"+n, certify.Secret, "magnetic", "WD-"+n, "zhao"))
	}
	approval := o.good(o.approve("destroy", "S-1", "S-2"))
	o.good(o.act(certify.KindDestruction, "technician wang witness sun witness wu", certify.Declaration{Media: []string{"S-1"}, Entry: approval, Method: "shredded", Place: "x"}))
	o.denied("destroyed", o.wish("S-1", "WD-1", "purge"))
	o.denied("medium-not-named", o.wish("", "WD-1", "purge"))
	o.good(o.act(certify.KindLoss, "custodian zhao", certify.Declaration{Media: []string{"S-2"}, Noticed: &o.clock, Reason: "x"}))
	o.denied("lost", o.wish("S-2", "WD-2", "purge"))
	o.refused("lost", o.act(certify.KindLoss, "custodian zhao", certify.Declaration{Media: []string{"S-2"}, Noticed: &o.clock, Reason: "again"}))
	o.refused("lost", o.act(certify.KindDestruction, "technician wang witness sun witness wu", certify.Declaration{Media: []string{"S-2"}, Entry: approval, Method: "shredded", Place: "x"}))
	reg, _ := o.r.Ref(0)
	o.refused("destroyed", o.act(certify.KindCorrection, "custodian zhao approve li", certify.Declaration{Entry: &reg, Reason: "x", Model: "y"}))
}

// bare is a policy that has a rule for nothing but unclassified media, which it does not let be erased by software.
func bare() string {
	text := string(register.DefaultText())
	head, _, _ := strings.Cut(text, "[[rule]]")
	return head + "[[rule]]\nid = \"only\"\nclassification = [\"none\"]\nlevel = \"destroy\"\nwhy = \"we burn everything\"\n"
}

func TestNoRule(t *testing.T) {
	t.Parallel()
	o := newOffice(t, bare())
	o.good(o.register("S-1", certify.Secret, "magnetic", "WD-1", "zhao"))
	o.refused("no-rule", o.approve("inside", "S-1"))
	o.denied("no-approval", o.wish("S-1", "WD-1", "purge"))
	o.good(o.register("N-1", certify.Unclassified, "magnetic", "WD-2", "zhao"))
	o.denied("only", o.wish("N-1", "WD-2", "purge"))
	reg, _ := o.r.Ref(1)
	o.good(o.approve("destroy", "N-1"))
	o.good(o.act(certify.KindCorrection, "custodian zhao approve li", certify.Declaration{Entry: &reg, Reason: "it held a secret", Class: certify.Secret, LimitCondition: "x"}))
	o.denied("no-rule", o.wish("N-1", "WD-2", "purge"))
	approval, _ := o.r.Ref(2)
	o.refused("no-rule", o.act(certify.KindDestruction, "technician wang witness sun witness wu", certify.Declaration{Media: []string{"N-1"}, Entry: &approval, Method: "shredded", Place: "x"}))
}

func TestInventoryUnexpected(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	o.good(o.register("S-1", certify.Secret, "magnetic", "WD-1", "zhao"))
	e := o.act(certify.KindInventory, "custodian qian", certify.Declaration{Custodian: "zhao", Unexpected: []string{"S-1"}})
	if all := o.r.Check(e); len(all) != 2 || !strings.Contains(all[1].Detail.String(), "list it as found, not as unexpected") {
		t.Errorf("%+v", all)
	}
	o.good(o.register("S-2", certify.Secret, "magnetic", "WD-2", "qian"))
	o.good(o.act(certify.KindInventory, "custodian chen", certify.Declaration{Custodian: "zhao", Found: []string{"S-1"}, Unexpected: []string{"S-2"}}))
	if len(o.r.Violations) != 1 || o.r.Violations[0].Rule != "unexpected" {
		t.Errorf("%+v", o.r.Violations)
	}
	approval := o.good(o.approve("destroy", "S-2"))
	o.good(o.act(certify.KindDestruction, "technician wang witness sun witness wu", certify.Declaration{Media: []string{"S-2"}, Entry: approval, Method: "shredded", Place: "x"}))
	gone := o.good(o.act(certify.KindInventory, "custodian chen", certify.Declaration{Custodian: "*", Found: []string{"S-1"}, Unexpected: []string{"S-2"}}))
	if p := o.r.Violations; len(p) != 2 || p[1].Index != gone.Index || !strings.Contains(p[1].Detail.String(), "destroyed") {
		t.Errorf("%+v", p)
	}
}

func TestCorrectionValues(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	reg := o.good(o.register("C-1", certify.Confidential, "magnetic", "WD-1", "zhao"))
	o.good(o.register("C-2", certify.Confidential, "magnetic", "WD-2", "zhao"))
	correct := func(of *certify.EntryRef, a certify.Declaration) register.Entry {
		a.Entry, a.Reason = of, "misread"
		return o.act(certify.KindCorrection, "custodian zhao approve li", a)
	}
	o.refused("correction", correct(reg, certify.Declaration{LimitYears: 11}))
	o.refused("serial-taken", correct(reg, certify.Declaration{Serial: "WD-2"}))
	o.good(correct(reg, certify.Declaration{Serial: "WD-3", Class: certify.Secret, LimitYears: 20}))
	if m := o.r.BySerial("WD-3"); m == nil || m.Class != certify.Secret || o.r.BySerial("WD-1") != nil {
		t.Errorf("%+v", m)
	}
	approval := o.good(o.approve("destroy", "C-2"))
	o.refused("correction", correct(approval, certify.Declaration{Model: "x"}))
	o.refused("correction", correct(approval, certify.Declaration{Withdraws: true, Model: "x"}))
	o.good(correct(approval, certify.Declaration{Withdraws: true}))
	o.denied("approval", o.wish("C-2", "WD-2", "clear"))
}

func TestHiddenErasure(t *testing.T) {
	t.Parallel()
	want := func(o *office, rule string) {
		t.Helper()
		if len(o.r.Violations) == 0 || o.r.Violations[0].Rule != rule {
			t.Errorf("want %s, have %+v", rule, o.r.Violations)
		}
	}
	prepare := func() (*office, register.EraseRequest, *certify.MediumRef) {
		o := newOffice(t, "")
		o.good(o.register("S-1", certify.Secret, "magnetic", "WD-1", "zhao"))
		o.good(o.approve("inside", "S-1"))
		w := o.wish("S-1", "WD-1", "purge")
		return o, w, o.allowed(w)
	}
	o, w, reg := prepare()
	reg.Class = certify.Unclassified
	o.wipe("A", w, reg)
	want(o, "classification")

	o, w, _ = prepare()
	w.Number = ""
	o.wipe("A", w, nil)
	want(o, "medium-not-named")

	o, w, reg = prepare()
	b := certify.Begin{ID: "A", Station: o.station(), Operator: "wang", Disk: w.Disk, Plan: certify.Plan{Level: "purge", Verify: "full"}, Started: o.tick(), Register: reg}
	o.signed(certify.KindBegin, b)
	want(o, "no-policy")

	o, w, reg = prepare()
	b.Started, b.Station, b.Register, b.Policy = o.tick(), o.station(), reg, o.r.Policy.Ref()
	begin := o.signed(certify.KindBegin, b)
	o.signed(certify.KindCertificate, certify.Certificate{Passes: []certify.Pass{}, Exceptions: []certify.Exception{}, Evidence: []certify.File{}, Interruptions: []certify.Interruption{}, ID: "A", Station: o.station(), Operator: "wang", Disk: w.Disk, Plan: b.Plan, Level: "clear", Outcome: "verified", Ended: o.tick(), Begin: *begin, Register: reg})
	want(o, "secret-inside")
	if a := o.r.Medium("S-1").Approvals[0]; a.Used != nil {
		t.Error("an erasure that reached too little used the approval up")
	}
}

func TestTechnicianOfTheEnd(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	o.good(o.register("S-1", certify.Secret, "magnetic", "WD-1", "zhao"))
	o.good(o.approve("inside", "S-1"))
	w := o.wish("S-1", "WD-1", "purge")
	reg := o.allowed(w)
	plan := certify.Plan{Level: "purge", Verify: "full"}
	begin := o.signed(certify.KindBegin, certify.Begin{ID: "A", Station: o.station(), Operator: "wang", Disk: w.Disk, Plan: plan, Started: o.tick(), Register: reg, Policy: o.r.Policy.Ref()})
	cert := o.signed(certify.KindCertificate, certify.Certificate{Passes: []certify.Pass{}, Exceptions: []certify.Exception{}, Evidence: []certify.File{}, Interruptions: []certify.Interruption{}, ID: "A", Station: o.station(), Operator: "sun", Disk: w.Disk, Plan: plan, Level: "purge", Outcome: "verified", Ended: o.tick(), Begin: *begin, Register: reg})
	if p := o.r.Violations; len(p) != 1 || p[0].Rule != "approval" || p[0].Entries[0] != begin.Index {
		t.Errorf("%+v", p)
	}
	o.refused("one-role", o.witness("sun", cert))
}

func TestValidationOfUnverified(t *testing.T) {
	t.Parallel()
	o, _ := erased(t)
	o.good(o.approve("inside", "S-1"))
	w := o.wish("S-1", "WD-1", "purge")
	reg := o.allowed(w)
	plan := certify.Plan{Level: "purge", Verify: "full"}
	begin := o.signed(certify.KindBegin, certify.Begin{ID: "B", Station: o.station(), Operator: "wang", Disk: w.Disk, Plan: plan, Started: o.tick(), Register: reg, Policy: o.r.Policy.Ref()})
	cert := o.signed(certify.KindCertificate, certify.Certificate{Passes: []certify.Pass{}, Exceptions: []certify.Exception{}, Evidence: []certify.File{}, Interruptions: []certify.Interruption{}, ID: "B", Station: o.station(), Operator: "wang", Disk: w.Disk, Plan: plan, Level: "none", Outcome: "failed", Ended: o.tick(), Begin: *begin, Register: reg})
	judge := func(of *certify.EntryRef, decision string) register.Entry {
		return o.act(certify.KindValidation, "validate zhou", certify.Declaration{Entry: of, Decision: decision, Reason: "x"})
	}
	o.refused("validation", judge(cert, "accept"))
	o.refused("not-in-log", judge(begin, "reject"))
	o.good(judge(cert, "reject"))
}

func TestCheckDate(t *testing.T) {
	t.Parallel()
	key := newOffice(t, "")
	key.wipe("A", key.wish("", "WD-1", "clear"), nil) // the station states the time
	r, clock := key.r, key.clock
	late := time.Duration(r.Policy.LateDays) * 24 * time.Hour
	for name, c := range map[string]struct {
		at   time.Time
		want string
	}{
		"now":             {clock, ""},
		"as late as ever": {clock.Add(-late), ""},
		"too late":        {clock.Add(-late - time.Second), "late"},
	} {
		var rule *register.RuleError
		if err := r.CheckDate(certify.Entry{}, c.at); (err == nil) != (c.want == "") || err != nil && (!errors.As(err, &rule) || rule.Rule != c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	ahead := register.New(r.Policy, clock)
	if err := ahead.CheckDate(certify.Entry{}, clock.Add(9*time.Minute)); err != nil {
		t.Errorf("a clock that is nine minutes ahead: %v", err)
	}
	if err := ahead.CheckDate(certify.Entry{}, clock.Add(11*time.Minute)); err == nil {
		t.Error("a date in the future passes")
	}
}
