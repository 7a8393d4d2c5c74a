package register_test

import (
	"testing"

	"rasure/certify"
	"rasure/certify/register"
)

// unprepared asks for a preparation that a rule refuses; an audit must find the same in the log.
func (o *office) unprepared(rule, serial string, cert *certify.EntryRef) {
	o.t.Helper()
	want := ""
	if err := o.r.AllowPreparation(o.disk(serial), *cert); err != nil {
		want = err.(*register.RuleError).Rule
	}
	before := len(o.r.Violations)
	o.signed(certify.KindPreparation, certify.Preparation{Changed: []certify.Extent{}, Station: o.station(), Operator: "wang", Disk: o.disk(serial), Certificate: *cert, Started: o.tick()})
	got := ""
	if all := o.r.Violations[before:]; len(all) > 0 {
		got = all[0].Rule
	}
	if want != rule || got != rule {
		o.t.Errorf("refused by %q, found by %q, want %q", want, got, rule)
	}
}

func TestPrepareNeedsWitnesses(t *testing.T) {
	t.Parallel()
	o, cert := erased(t)
	o.unprepared("unwitnessed", "WD-1", cert)
	o.good(o.witness("sun", cert))
	o.unprepared("", "WD-1", cert)
	if trail := o.r.Medium("S-1").Trail; trail[len(trail)-1].Event.String() != "prepared for re-use by wang" {
		t.Errorf("the trail ends in %q", trail[len(trail)-1].Event)
	}
	o.good(o.act(certify.KindValidation, "validate zhou", certify.Declaration{Entry: cert, Decision: "reject", Reason: "x"}))
	o.unprepared("validation", "WD-1", cert)
}

func TestPrepareNeedsItsErasure(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	before := o.wipe("A", o.wish("", "WD-1", "clear"), nil)
	o.unprepared("", "WD-1", before) // it is in no register yet
	o.good(o.register("C-1", certify.Confidential, "magnetic", "WD-1", "zhao"))
	o.unprepared("not-erased", "WD-1", before)
	o.unprepared("", "WD-2", before) // another disk, whatever it says

	o.good(o.approve("inside", "C-1"))
	w := o.wish("C-1", "WD-1", "clear")
	cert := o.wipe("B", w, o.allowed(w))
	o.unprepared("not-erased", "WD-1", before)
	o.unprepared("", "WD-1", cert)

	o.good(o.register("C-2", certify.Confidential, "magnetic", "WD-3", "zhao"))
	o.good(o.approve("destroy", "C-2"))
	w = o.wish("C-2", "WD-3", "purge")
	o.unprepared("approval", "WD-3", o.wipe("C", w, o.allowed(w)))
}

func TestPrepareGoneMedium(t *testing.T) {
	t.Parallel()
	o, cert := erased(t)
	o.good(o.witness("sun", cert))
	noticed := o.tick()
	o.good(o.act(certify.KindLoss, "custodian zhao", certify.Declaration{Media: []string{"S-1"}, Noticed: &noticed, Reason: "x"}))
	o.unprepared("lost", "WD-1", cert)

	o, cert = erased(t)
	approval := o.good(o.approve("destroy", "S-1"))
	o.good(o.act(certify.KindDestruction, "technician wang witness sun witness wu", certify.Declaration{Media: []string{"S-1"}, Entry: approval, Method: "shredded", Place: "x"}))
	o.unprepared("destroyed", "WD-1", cert)
}
