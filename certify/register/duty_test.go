package register_test

import (
	"fmt"
	"testing"
	"time"

	"rasure/certify"
)

func TestTasks(t *testing.T) {
	t.Parallel()
	o, cert := erased(t)
	d := o.duty("witness", o.clock)
	if d == nil || d.Overdue || d.Entries[0] != cert.Index || d.Medium != "S-1" {
		t.Fatalf("%+v", d)
	}
	if d := o.duty("witness", o.clock.AddDate(0, 0, 8)); !d.Overdue {
		t.Error("a witness who has not signed for a week is not overdue")
	}
	o.good(o.witness("sun", cert))
	if d := o.duty("witness", o.clock); d != nil {
		t.Errorf("%+v", d)
	}
	if d := o.duty("secondary-check", o.clock.AddDate(0, 0, 31)); d == nil || !d.Overdue {
		t.Errorf("%+v", d)
	}
	o.good(o.act(certify.KindValidation, "validate zhou", certify.Declaration{Entry: cert, Decision: "accept", Reason: "equal", Secondary: "openssl"}))
	if d := o.duty("secondary-check", o.clock); d != nil {
		t.Errorf("%+v", d)
	}
	due := o.clock.AddDate(0, 0, 3)
	o.good(o.act(certify.KindHandover, "custodian zhao custodian qian", certify.Declaration{Media: []string{"S-1"}, From: "zhao", To: "qian", Due: &due}))
	if d := o.duty("hand-in", due.Add(time.Hour)); d == nil || !d.Overdue {
		t.Errorf("%+v", d)
	}
	if d := o.duty("inventory", o.clock); d != nil {
		t.Errorf("%+v", d)
	}
	if d := o.duty("inventory", o.clock.AddDate(0, 7, 0)); d == nil || !d.Overdue {
		t.Errorf("%+v", d)
	}
	o.good(o.approve("destroy", "S-1"))
	if d := o.duty("approval-ends", o.clock.AddDate(0, 0, 20)); d == nil || d.Overdue || !d.Reminder {
		t.Errorf("%+v", d)
	}
	a := certify.Declaration{Media: []string{"C-9"}, Class: certify.Confidential, Type: "magnetic", Custodian: "zhao", Source: "x", LimitYears: 10, InService: "2016-04-01"}
	o.good(o.act(certify.KindRegistration, "custodian zhao", a))
	if d := o.duty("retention", o.clock); d == nil || !d.Reminder {
		t.Errorf("%+v", d)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	o, cert := erased(t)
	o.good(o.witness("sun", cert))
	m := o.r.Medium("S-1")
	said := ""
	for _, s := range m.Trail {
		said += fmt.Sprintf("%d %s\n", s.Index, s.Event)
	}
	want := `0 registered as secret, custodian zhao
1 inside approved for wang by li until 2026-04-01
2 erasure begun by wang
3 erasure verified, level purge
4 witnessed by sun: it was erased before my eyes
`
	if said != want {
		t.Errorf("%s", said)
	}
	if m.Status(o.clock) != "erased" || m.Approvals[0].Used == nil || *m.Approvals[0].Used != cert.Index {
		t.Errorf("%s %+v", m.Status(o.clock), m.Approvals[0])
	}
}

func sign(pairs ...string) []certify.RequiredSigner {
	all := []certify.RequiredSigner{}
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, certify.RequiredSigner{Role: pairs[i], Name: pairs[i+1]})
	}
	return all
}
