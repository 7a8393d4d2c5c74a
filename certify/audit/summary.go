package audit

import (
	"rasure/certify/register"
)

// Summary is the answer to what an auditor asks first.
type Summary struct {
	Media        int              `json:"media"`
	ByStatus     map[string]int64 `json:"by_status"`
	ByClass      map[string]int64 `json:"by_classification"` // of those that are not destroyed
	NotAccounted []string         `json:"not_accounted_for"` // numbers of media that are missing, lost or overdue
	Away         []string         `json:"away"`

	Jobs         int              `json:"jobs"`
	ByOutcome    map[string]int64 `json:"by_outcome"` // "open" for those without a certificate
	Unregistered []int64          `json:"unregistered"`
	NotVerified  []int64          `json:"not_verified"` // begins of jobs, as those above

	Approvals   int `json:"approvals"`
	ApprovalsTo int `json:"approvals_open"` // that can still be used

	WithoutErasure []string `json:"destroyed_without_erasure"`
	Untreated      int      `json:"registered_never_erased"`

	OpenFindings   int `json:"open_findings"`
	ClosedFindings int `json:"closed_findings"`
	Overdue        int `json:"overdue"`
	Tasks          int `json:"duties"`
}

func (r *Report) summary() Summary {
	s := Summary{Media: len(r.Media), ByStatus: map[string]int64{}, ByClass: map[string]int64{}, NotAccounted: []string{}, Away: []string{}, Jobs: len(r.Jobs), ByOutcome: map[string]int64{},
		Unregistered: []int64{}, NotVerified: []int64{}, Approvals: len(r.Approvals), WithoutErasure: []string{}, Tasks: len(r.Tasks), OpenFindings: r.Open()}
	s.ClosedFindings = len(r.Problems) - s.OpenFindings
	handIn := map[string]bool{}
	for _, t := range r.Tasks {
		if t.Overdue && !t.Reminder {
			s.Overdue++
			handIn[t.Medium] = handIn[t.Medium] || t.Kind == "hand-in"
		}
	}
	for _, m := range r.Media {
		s.ByStatus[m.Status]++
		if m.Destroyed == nil {
			s.ByClass[string(m.Class)]++
		}
		switch {
		case m.Status == "missing" || m.Status == "lost" || handIn[m.Number]:
			s.NotAccounted = append(s.NotAccounted, m.Number)
		case m.Status == "away" || m.Status == "carried":
			s.Away = append(s.Away, m.Number)
		}
		verified := hasVerified(m.Medium)
		if m.Destroyed != nil && !verified {
			s.WithoutErasure = append(s.WithoutErasure, m.Number)
		}
		if m.Destroyed == nil && len(m.Erasures) == 0 {
			s.Untreated++
		}
	}
	for _, j := range r.Jobs {
		s.ByOutcome[j.Outcome]++
		if !j.Registered {
			s.Unregistered = append(s.Unregistered, j.Begin)
		}
		if j.Outcome != "verified" {
			s.NotVerified = append(s.NotVerified, j.Begin)
		}
	}
	for _, a := range r.Approvals {
		if !a.Withdrawn && len(a.Used) < len(a.Media) && !r.At.After(a.Until) {
			s.ApprovalsTo++
		}
	}
	return s
}

func hasVerified(m *register.Medium) bool {
	for _, e := range m.Erasures {
		if e.Outcome == "verified" {
			return true
		}
	}
	return false
}
