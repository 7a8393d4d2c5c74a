package view

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/cmd/internal/cli"
	"rasure/cmd/message"
)

// A summary fits on a page, whatever the log has.
func TestSummaryFits(t *testing.T) {
	t.Parallel()
	r := &audit.Report{}
	r.Summary = audit.Summary{Media: 1000, ByStatus: map[string]int64{"registered": 500, "erased": 400, "destroyed": 50, "missing": 50}, ByClass: map[string]int64{"secret": 1000},
		ByOutcome: map[string]int64{"verified": 600, "open": 400}, Jobs: 1000}
	for i := range int64(1000) {
		n := fmt.Sprintf("S-%d", i)
		r.Summary.NotAccounted, r.Summary.Away, r.Summary.WithoutErasure = append(r.Summary.NotAccounted, n), append(r.Summary.Away, n), append(r.Summary.WithoutErasure, n)
		r.Summary.NotVerified, r.Summary.Unregistered = append(r.Summary.NotVerified, i), append(r.Summary.Unregistered, i)
		r.Jobs = append(r.Jobs, audit.Job{Begin: i, Serial: n, Operator: "wang", Outcome: "open"})
		r.Tasks = append(r.Tasks, register.Task{Kind: "inventory", Medium: n, Overdue: true})
		r.Problems = append(r.Problems, register.Violation{Index: i, Rule: "overdue-inventory", Detail: message.Of("count it")})
	}
	for range 8 {
		r.Unusual = append(r.Unusual, audit.Unusual{Code: "night", Entries: []int64{1}, Detail: message.Of("at night")})
	}
	var out bytes.Buffer
	PrintSummary(&cli.Console{Out: &out, Lang: message.English}, r)
	if lines := strings.Count(out.String(), "\n"); lines > 40 {
		t.Errorf("%d lines:\n%s", lines, out.String())
	}
	for _, want := range []string{"not accounted for: S-0, S-1, ", "(1000)", "entry 0, 0001-01-01: open, serial number S-0, not registered, by wang"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
}

// Each part has a heading or lines of its own.
func TestParts(t *testing.T) {
	t.Parallel()
	index := int64(7)
	r := &audit.Report{}
	r.Jobs = []audit.Job{{Begin: 6, Certificate: &index, Outcome: "verified", Registered: true, Medium: "S-1", Serial: "WD-1", Operator: "wang", Witnesses: []string{"sun"}, Began: time.Unix(0, 0).UTC()}}
	r.Approvals = []audit.Approved{{Index: 5, Purpose: "inside", Approvers: []string{"li"}, Technician: "wang", Media: []string{"S-1"}, Used: []int64{7}}}
	r.People = []audit.Worker{{Person: "sun", Acts: map[string]int64{"witness": 1}}}
	r.Problems = []register.Violation{{Index: 3, Rule: "loss-24h"}, {Index: 4, Rule: "closed-one", Closed: &register.Closed{}}}
	for part, want := range map[string]string{"jobs": "S-1", "approvals": "li", "people": "1 witness", "open": "loss-24h"} {
		var out bytes.Buffer
		PrintPart(&cli.Console{Out: &out, Lang: message.English}, r, part)
		if !strings.Contains(out.String(), want) || strings.Contains(out.String(), "closed-one") {
			t.Errorf("%s:\n%s", part, out.String())
		}
	}
}
