package main

import (
	"strings"
	"testing"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/station"
	"rasure/wipe"
)

// TestRulesUnderTheLock withdraws the approval while somebody is asked to confirm: the station must see it, or audit blames it later.
func TestRulesUnderTheLock(t *testing.T) {
	t.Parallel()
	o := newBureau(t)
	d := o.plug("sda", "S1")
	o.registered("C-1", "S1")
	st, err := station.Open(o.at("state"), station.Options{Root: o.host().Root})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	b, err := job.New(st, o.host(o.at("state"))).Prepare(t.Context(), job.Options{Operator: "wang"}, []job.Request{{Disk: "sda", Medium: "C-1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, err := b.Confirm(t.Context(), "s1", job.Typed); err != nil {
		t.Fatal(err)
	}
	o.run(fault.Done, "medium", "correct", "--entry", "3", "--reason", "better not", "--withdraws", "true", "--signer", "custodian=zhao", "--signer", "approve=li", "--out", o.at("withdrawal"))
	o.add("withdrawal", "custodian=zhao", "approve=li")
	before := o.checkpoint()
	results, err := b.Run(t.Context(), nobody{})
	if err != nil || len(results) != 1 || len(results[0].Errs) != 1 || results[0].Begun {
		t.Fatalf("%+v, %v", results, err)
	}
	if err := results[0].Errs[0]; fault.Code(err) != fault.Refused || !strings.Contains(err.Error(), "withdrawn") {
		t.Errorf("refused with %v", err)
	}
	if d.writes() > 0 || o.checkpoint() != before {
		t.Error("something was written")
	}
	o.left(0)
	o.run(fault.Done, "audit", "--key", o.at("state/station.pem"))
}

type nobody struct{}

func (nobody) Update(int, wipe.Event) {}
func (nobody) End(int, wipe.Outcome)  {}
