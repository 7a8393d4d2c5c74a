package audit

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"rasure/certify/register"
	"rasure/certify/statement"
)

// report is an audit of the office as it is.
func (o *office2) report(at time.Time) *Report {
	o.Helper()
	r, err := Log(o.files(), Options{Pin: Pin{Key: &o.key.PublicKey}, Policy: register.Default(), Now: start.AddDate(5, 0, 0), At: at})
	check(o, err)
	return r
}

// unverified begins and ends a job whose certificate says what became of it.
func (o *office2) unverified(number, serial, outcome string) int64 {
	o.Helper()
	var use *statement.MediumUse
	if number != "" {
		s := o.state()
		m := s.Register.Medium(number)
		a := m.Approvals[len(m.Approvals)-1]
		ref, err := s.Register.TextRef(a.Entry.Index)
		check(o, err)
		subject := o.subject(number)
		use = &statement.MediumUse{Number: number, Registration: subject.Registration, Purpose: a.Purpose, Approval: &ref}
	}
	began := o.tick()
	j := o.begin2(func(b *statement.Begin) {
		b.Clock.At, b.Medium, b.Disk.Serial, b.Operator = began, use, serial, statement.Operator{Person: "wang", By: "flag"}
		b.Policy = o.state().Register.PolicyRef()
	})
	ended := o.tick()
	return o.add(j.certificate(func(c *statement.Certificate) {
		c.Clock.At, c.Sessions[0].Started, c.Sessions[0].Ended, c.Passes[0].Started, c.Passes[0].Ended = ended, began, ended, began, ended
		c.Sessions[0].Reason = "interrupted"
		c.Outcome, c.Level = outcome, "none"
		c.Exceptions = append(c.Exceptions, statement.Exception{Code: "interrupted"})
	})).Index
}

func TestDetailed(t *testing.T) {
	t.Parallel()
	o := newOffice2(t)
	for _, n := range []string{"C-1", "C-2", "C-3"} {
		o.say(o.registration(n, "confidential", nil))
	}
	o.say(o.approval("inside", "C-1"))
	cert := o.wipe("C-1")
	o.say(&statement.Witness{Act: o.act("witness sun"), Target: o.target(cert), Present: "all", Saw: "the label was torn"})
	o.say(o.approval("inside", "C-2"))
	left := o.unverified("C-2", "WD-C-2", "interrupted")
	foreign := o.unverified("", "X-9", "interrupted")
	o.say(&statement.Loss{Act: o.act("custodian zhao"), Media: o.media("C-3"), Noticed: o.clock, Circumstances: "not in the safe"})
	r := o.report(o.clock.AddDate(0, 0, 10))

	o.expect("jobs", len(r.Jobs), 3)
	j := r.Jobs[0]
	o.expect("job", fmt.Sprint(j.Operator, j.Serial, j.Outcome, j.Registered, j.Medium, j.Approvers, j.Witnesses, j.Alone), "wangWD-C-1verifiedtrueC-1[li] [sun] false")
	o.expect("foreign disk", fmt.Sprint(r.Jobs[2].Serial, r.Jobs[2].Registered, r.Jobs[2].Alone, *r.Jobs[2].Certificate == foreign), "X-9false true true")
	s := r.Summary
	o.expect("not accounted for", s.NotAccounted, "[C-3]")
	o.expect("unregistered", len(s.Unregistered), 1)
	o.expect("not verified", len(s.NotVerified), 2)
	o.expect("outcomes", s.ByOutcome, "map[interrupted:2 verified:1]")
	o.expect("approvals", fmt.Sprint(len(r.Approvals), r.Approvals[0].Approvers, r.Approvals[0].Media, r.Approvals[0].Used), "2 [li] [C-1] [7]")
	o.expect("approvals that can be used", s.ApprovalsTo, 1)
	codes := []string{}
	for _, u := range r.Unusual {
		codes = append(codes, u.Code)
	}
	if !slices.Contains(codes, "left") || !slices.Contains(codes, "failures") || slices.Contains(codes, "same-pair") {
		t.Errorf("unusual: %q", codes)
	}
	for _, u := range r.Unusual {
		if u.Code == "left" && !slices.Equal(u.Entries, []int64{left}) {
			t.Errorf("left: %v", u.Entries)
		}
	}
	saw := r.State.Register.Medium("C-1").Erasures[0].Saw
	o.expect("the words of the witness", saw, "[{8 sun all the label was torn}]")

	// What is narrowed counts for the verdict nevertheless.
	problems := r.Open()
	r.Narrow(Filter{By: "sun"})
	o.expect("totals of what is shown", []int{r.Summary.Jobs, r.Summary.Media, len(r.Summary.Unregistered)}, []int{len(r.Jobs), len(r.Media), 0})
	o.expect("jobs of sun", len(r.Jobs), 1)
	o.expect("people", len(r.People), 1)
	o.expect("valid", r.Valid, problems == 0)
	r = o.report(o.clock)
	r.Narrow(Filter{From: r.Jobs[1].Began})
	o.expect("jobs from then on", len(r.Jobs), 2)
	r.Narrow(Filter{To: r.Jobs[1].Began})
	o.expect("jobs until then", len(r.Jobs), 1)
}

// The same two persons in most jobs, and an approval a minute before, are named.
func TestUnusual(t *testing.T) {
	t.Parallel()
	o := newOffice2(t)
	for i := range 6 {
		n := fmt.Sprintf("C-%d", i)
		o.say(o.registration(n, "confidential", nil))
		o.say(o.approval("inside", n))
		if i == 5 {
			o.clock = o.clock.Add(-59 * time.Minute) // of the hour that the job is later
		}
		cert := o.wipe(n)
		o.say(&statement.Witness{Act: o.act("witness sun"), Target: o.target(cert), Present: "all", Saw: "it"})
	}
	got := map[string]string{}
	for _, u := range o.report(o.clock.AddDate(1, 0, 0)).Unusual {
		got[u.Code] = u.Detail.String()
	}
	o.expect("pair", got["same-pair"], "wang erased and sun witnessed 6 of 6 witnessed jobs")
	o.expect("approval", got["quick-approval"], "1 job(s) began less than 5 minutes after they were approved")
	if got["no-count"] == "" || got["left"] != "" || got["failures"] != "" {
		t.Errorf("%q", got)
	}
}

// BenchmarkSummary audits a log with 1,000 media of version 2, and makes its summary.
func BenchmarkSummary(b *testing.B) {
	o := newOffice2(b)
	for i := range 1000 {
		o.add(o.sign2(o.registration(fmt.Sprintf("C-%04d", i), "confidential", nil)))
	}
	for b.Loop() {
		if r := o.report(o.clock); r.Summary.Media != 1000 || r.Open() != 0 {
			b.Fatal(r.Summary, r.Problems)
		}
	}
}
