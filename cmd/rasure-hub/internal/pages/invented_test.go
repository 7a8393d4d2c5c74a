package pages

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rasure/certify/audit"
	"rasure/cmd/rasure-hub/internal/digest"
	"rasure/cmd/rasure-hub/internal/hubtest"
	"rasure/cmd/rasure-hub/internal/login"
)

// invent has the digest of the first station say that there were failures, and media that are not where they belong.
func (s *served) invent() {
	s.t.Helper()
	s.body("/") // makes the digests
	file := filepath.Join(s.o.Dir, "digests", s.ids[0]+".json")
	text, err := os.ReadFile(file)
	hubtest.Check(s.t, err)
	var d digest.Digest
	hubtest.Check(s.t, json.Unmarshal(text, &d))
	d.Days, d.OpenJobs = nil, 2
	for i := range 40 {
		d.Days = append(d.Days, digest.Day{Day: s.now.AddDate(0, 0, i-39).Format(time.DateOnly), Counts: digest.Counts{Verified: 20 - i%7, Exceptions: i % 4, Other: i % 5}})
	}
	for i := range 20 {
		d.Models = append(d.Models, digest.Model{Model: fmt.Sprintf("MODEL %d", i), Counts: digest.Counts{Verified: 40 - 2*i, Exceptions: i % 3, Other: i}})
	}
	ago := func(days int) time.Time { return s.now.AddDate(0, 0, -days) }
	due, later := ago(20), ago(-20)
	d.Watched = digest.List[digest.Medium]{Total: 6, First: []digest.Medium{
		{Number: "JM-2026-001", Class: "secret", Type: "magnetic", Custodian: "赵六", Status: "lost", Since: ago(120), Index: 1},
		{Number: "JM-2026-002", Class: "top-secret", Type: "ssd", Custodian: "zhao", Status: "missing", Since: ago(3), Index: 2},
		{Number: "JM-2026-003", Class: "confidential", Type: "usb-flash", Custodian: "qian", Status: "carried", Since: ago(40), Due: &due, Index: 3, Receiver: "某省保密局涉密载体销毁中心"},
		{Number: "JM-2026-004", Class: "secret", Type: "magnetic", Custodian: "zhao", Status: "away", Since: ago(10), Due: &later, Index: 4, Receiver: "Another office"},
		{Number: "JM-2026-006", Class: "secret", Type: "magnetic", Custodian: "zhao", Status: "away", Since: ago(50), Index: 4, Receiver: "Another office", Acknowledged: true},
		{Number: "JM-2026-005", Class: "secret", Type: "magnetic", Custodian: "sun", Status: "registered", Since: ago(30), Due: &later, Index: 4}}}
	for i := range 60 {
		d.Unerased.First = append(d.Unerased.First, digest.Disk{Serial: fmt.Sprintf("BAD-%d", i), Model: "MODEL 3", Outcome: []string{"failed", "interrupted", "open"}[i%3], At: ago(i), Index: int64(i)})
	}
	d.Unerased.Total = 1500
	d.CounterBy, d.Bound = audit.TPM, strings.Repeat("b0", 32)
	d.Enrolled = digest.List[*audit.Enrolled]{Total: 1, First: []*audit.Enrolled{{Index: 2, At: ago(90), By: []string{"bureau"}, Assurance: "tpm-verified", Manufacturer: "IFX", Model: "SLB9670", Firmware: "id:0785",
		Roots: []string{strings.Repeat("ab", 32)}, Until: "2031-01-01"}}}
	d.Booted = digest.List[*audit.Booted]{Total: 1, First: []*audit.Booted{{Index: 3, Resets: 7, PCRs: map[string]string{"4": strings.Repeat("4a", 32), "11": strings.Repeat("11", 32)},
		Programs: []string{strings.Repeat("cd", 32)}, Unexplained: []int64{4}, EventLog: audit.EventLogInEntry, Entries: []audit.Span{{From: 3, To: d.Entries - 1}}}}}
	text, err = json.Marshal(d)
	hubtest.Check(s.t, err)
	hubtest.Check(s.t, os.WriteFile(file, text, 0o644))
	s.Pages, err = New(s.hub, s.o)
	hubtest.Check(s.t, err)
}

// TestInvented shows what logs of practice stations do not have.
func TestInvented(t *testing.T) {
	t.Parallel()
	s := fleetOf(t, &login.Rules{})
	s.invent()
	for path, wants := range map[string][]string{
		"/":        {`fill="url(#part)"`, `fill="url(#bad)"`, "MODEL 19", "more than 90 days</th><td class=\"n\">1</td><td class=\"n\">0</td>", "8 to 30 days</th><td class=\"n\">0</td><td class=\"n\">1</td><td class=\"n\">23</td>"},
		"/outside": {"Not accounted for: 3", "Outside of the office: 3", "Media outside of the office: 1 acknowledged, 1 not acknowledged, 1 overdue.", "某省保密局涉密载体销毁中心 (overdue)", "Another office (acknowledged)", `class="sent overdue"`, "2 media", "Disks not erased: 60", "JM-2026-001", "赵六", "OVERDUE", "top-secret", "Page 1 of 2", "Only the first 1000"},
		"/station/" + s.ids[0]: {"entry 2: bureau verified the TPM on", "TPM IFX SLB9670, firmware id:0785", "its certificate leads to the root " + strings.Repeat("ab", 32) + ", by the word of the authority",
			"assurance tpm-verified from entry 3 on", "entry 3, boot statement, by the TPM: reset count 7, restart count 0", "Authenticode hash " + strings.Repeat("cd", 32),
			"the key is bound to the policy " + strings.Repeat("b0", 32) + ", by the TPM", "the event log does not explain PCR 4"},
		"/station/" + s.ids[0] + "?lang=zh": {"第 2 条：bureau 已核实该 TPM", "第 3 条，启动声明，由 TPM 给出", "密钥绑定于策略", "事件日志不能解释 PCR 4"},
		"/entry/" + s.ids[0] + "/2/page":    {"<html"},
		"/outside?page=2":                   {"BAD-59", "Page 2 of 2"},
	} {
		text := s.body(path)
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q:\n%s", path, want, text)
			}
		}
		if strings.Contains(text, "JM-2026-005") {
			t.Errorf("%s has a medium that is lent and not overdue", path)
		}
	}
}
