package audit

import (
	"encoding/hex"
	"slices"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/register"
	"rasure/certify/statement"
)

// policyText is the lines of a policy.
func policyText(name string, approvers int) []string {
	return []string{`name = "` + name + `"`, `source = "us"`, "inventory_days = 180", "witness_days = 7", "secondary_days = 30", "late_days = 90", "[[rule]]", `id = "all"`, `level = "clear"`, `verify = "full"`,
		"approvers = " + string(rune('0'+approvers))}
}

func (o *office2) enact(name string, approvers int) *statement.Policy {
	o.Helper()
	return &statement.Policy{Act: o.act("approve li secrecy lan"), Name: name, Source: "us", Lines: policyText(name, approvers), Replaces: o.state().Register.PolicyRef()}
}

// A policy is in force from the entry behind it: a loosened one does not forgive what was before, a tightened one does not condemn it.
func TestPolicyByIndex(t *testing.T) {
	t.Parallel()
	o := newOffice2(t)
	o.say(o.registration("S-1", "none", nil))
	o.say(o.enact("strict", 2))
	o.refused("one approver of two", "all", o.sign2(o.approval("inside", "S-1")))
	broken := o.state().Checkpoint.Size - 1
	o.say(o.enact("loose", 1))
	at := o.say(o.approval("inside", "S-1"))
	o.say(o.enact("strict again", 3))
	v := o.state().Register.Violations
	if len(v) != 1 || v[0].Index != broken || v[0].Rule != "all" {
		t.Errorf("%+v", v)
	}
	o.expect("the policy in force", o.audit().Policy.Name, "strict again")
	// The approval was given under other rules and counts. The job names the policy in force.
	s := o.state()
	w := register.EraseRequest{Number: "S-1", Disk: certify.Disk{Serial: "WD-S-1", Medium: "magnetic"}, Level: "clear", Verify: "full", Operator: "wang", At: o.tick()}
	allowed, err := s.Register.Allow(w)
	check(t, err)
	o.expect("approval", allowed.Approval.Index, at)
	use, err := s.Register.UseOf(allowed)
	check(t, err)
	o.job(use, "WD-S-1")
	if v := o.state().Register.Violations; len(v) != 1 {
		t.Errorf("%+v", v)
	}
	cached := o.state()
	cache, err := cached.Cache("program 1", o.signer)
	check(t, err)
	again, used, err := ReplayCached(o.files(), o.id, &o.key.PublicKey, cache, "program 1", register.Default(), start.AddDate(1, 0, 0))
	if err != nil || !used || again.Register.Policy.Name != "strict again" || *again.Register.PolicyRef() != *cached.Register.PolicyRef() {
		t.Errorf("used %t, %v, policy %s", used, err, again.Register.Policy.Name)
	}
}

func TestPolicyRefused(t *testing.T) {
	t.Parallel()
	each(t, map[string]func(o *office2) (string, []byte){
		"that nobody can read": func(o *office2) (string, []byte) {
			p := o.enact("x", 1)
			p.Lines = append(p.Lines, "colour = 7")
			return "policy", o.sign2(p)
		},
		"with another name in its lines": func(o *office2) (string, []byte) {
			p := o.enact("x", 1)
			p.Name = "y"
			return "policy", o.sign2(p)
		},
		"that replaces none": func(o *office2) (string, []byte) {
			o.say(o.enact("x", 1))
			p := o.enact("y", 1)
			p.Replaces = nil
			return "policy", o.sign2(p)
		},
		"that replaces an older one": func(o *office2) (string, []byte) {
			first := o.ref2(o.say(o.enact("x", 1)))
			o.say(o.enact("y", 1))
			p := o.enact("z", 1)
			p.Replaces = &first
			return "policy", o.sign2(p)
		},
	})
}

// The begin of a job names the policy in force, if the log has one.
func TestPolicyOfBegin(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(o *office2, b *statement.Begin)
		want string
	}{
		"none":       {func(o *office2, b *statement.Begin) { b.Policy = nil }, "no-policy"},
		"another":    {func(o *office2, b *statement.Begin) { r := o.ref2(2); b.Policy = &r }, "policy"},
		"as it must": {func(o *office2, b *statement.Begin) {}, ""},
	} {
		o := newOffice2(t)
		o.say(o.registration("S-1", "none", nil))
		o.say(o.enact("x", 0))
		use, err := o.state().Register.UseOf(&certify.MediumRef{Number: "S-1"})
		check(t, err)
		o.begin2(func(b *statement.Begin) {
			b.Clock.At, b.Medium, b.Disk.Serial, b.Policy = o.clock, use, "WD-S-1", o.state().Register.PolicyRef()
			c.edit(o, b)
		})
		got := ""
		for _, v := range o.state().Register.Violations {
			got += v.Rule
		}
		o.expect(name, got, c.want)
	}
}

// Findings are closed by who may: those of the office by approver and secrecy officer, those of the log by the roots. They stay listed.
func TestClosure(t *testing.T) {
	t.Parallel()
	o := newOffice2(t)
	o.say(o.registration("S-1", "none", nil))
	o.add(o.sign2(o.registration("S-2", "none", nil), "custodian", "qian")) // 3: signature
	a := o.act("custodian zhao")
	o.say(&statement.Loss{Act: a, Media: o.media("S-1"), Noticed: a.At.Add(-25 * time.Hour), Circumstances: "gone"}) // 4: loss-24h
	at := func(rule string) register.Violation {
		t.Helper()
		for _, p := range o.audit().Problems {
			if p.Rule == rule {
				return p
			}
		}
		t.Fatalf("no finding %s in %+v", rule, o.audit().Problems)
		return register.Violation{}
	}
	closure := func(p register.Violation, signers string) *statement.Closure {
		c := &statement.Closure{Act: o.act(signers), Finding: statement.Finding{Rule: p.Rule, Index: p.Index, Medium: p.Medium}, Measure: "done", By: "wang", Until: "2026-12-31"}
		_, err := hex.Decode(c.Finding.SHA256[:], []byte(p.Finding))
		check(t, err)
		return c
	}
	n := len(o.audit().Problems)
	open := o.audit().Open()
	if n != open || o.audit().Valid {
		t.Fatalf("%d of %d open", open, n)
	}
	late := closure(at("loss-24h"), "approve li secrecy lan")
	late.Finding.SHA256[0]++
	o.refused("another identity", "closure", o.sign2(late))
	o.refused("of the log by the office", "closure", o.sign2(closure(at("signature"), "approve li secrecy lan")))
	o.refused("by one root of two", "unsigned", o.sign2(closure(at("signature"), "roster chief")))
	closed := o.say(closure(at("loss-24h"), "approve li secrecy lan"))
	if p := at("loss-24h"); p.Closed == nil || p.Closed.Index != closed || p.Closed.ByRoots {
		t.Errorf("%+v", p)
	}
	if at("signature").Closed != nil {
		t.Error("what nobody closed is closed")
	}
	o.say(closure(at("signature"), "roster chief roster deputy"))
	if p := at("signature"); p.Closed == nil || !p.Closed.ByRoots {
		t.Errorf("%+v", p)
	}
	for _, p := range o.audit().Problems { // what the test added to be refused, and what is overdue
		if p.Closed == nil {
			o.say(closure(p, "roster chief roster deputy"))
		}
	}
	r := o.audit()
	for _, p := range r.Problems {
		if p.Closed == nil {
			t.Errorf("open: %+v", p)
		}
	}
	if !r.Valid || len(r.Problems) < n {
		t.Errorf("%d findings, valid %t", len(r.Problems), r.Valid)
	}
	// The identity of what is overdue does not change while the log grows.
	o.say(o.registration("S-5", "none", nil))
	if r := o.audit(); slices.ContainsFunc(r.Problems, func(p register.Violation) bool { return p.Closed == nil && p.Medium != "S-5" }) {
		t.Errorf("%+v", r.Problems)
	}
}

// What is not understood stays open, also for the roots.
func TestClosureOfNewer(t *testing.T) {
	t.Parallel()
	o := newOffice2(t)
	o.add(o.sign("rasure/begin/v3", "ever"))
	c := &statement.Closure{Act: o.act("roster chief roster deputy"), Finding: statement.Finding{Rule: certify.NotUnderstood, Index: 2}, Measure: "m", By: "wang", Until: "2026-12-31"}
	c.Finding.SHA256 = statement.FindingID(c.Finding.Rule, 2, "")
	o.refused("a closure", "closure", o.sign2(c))
	if r := o.audit(); r.Valid || len(r.NotUnderstood) != 1 {
		t.Errorf("valid %t, %+v", r.Valid, r.NotUnderstood)
	}
}
