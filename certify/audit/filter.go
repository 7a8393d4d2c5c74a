package audit

import (
	"slices"
	"time"

	"rasure/certify/register"
)

// Filter is what of a report is shown. What is not shown counts for its verdict nevertheless.
type Filter struct {
	By       string    // a person: what they signed, did, or answer for; "" for everybody
	From, To time.Time // of the entries; zero: no limit. To itself is not shown
}

// IsZero reports whether everything is shown.
func (f Filter) IsZero() bool { return f == Filter{} }

func (f Filter) at(t time.Time) bool {
	return (f.From.IsZero() || !t.Before(f.From)) && (f.To.IsZero() || t.Before(f.To))
}

func (f Filter) by(names ...string) bool { return f.By == "" || slices.Contains(names, f.By) }

// Narrow leaves in the report what the filter shows.
func (r *Report) Narrow(f Filter) {
	if f.IsZero() {
		return
	}
	reg := r.State.Register
	r.Jobs = keep(r.Jobs, func(j Job) bool {
		return f.at(j.Began) && f.by(append(slices.Concat(j.Approvers, j.Witnesses), j.Operator)...)
	})
	r.Approvals = keep(r.Approvals, func(a Approved) bool { return f.at(a.At) && f.by(append(slices.Clone(a.Approvers), a.Technician)...) })
	r.People = keep(r.People, func(w Worker) bool { return f.by(w.Person) })
	custodian := map[string]string{}
	for _, m := range r.Media {
		custodian[m.Number] = m.Custodian
	}
	r.Media = keep(r.Media, func(m Medium) bool {
		return slices.ContainsFunc(m.Trail, func(s register.Step) bool { return f.at(s.At) }) && (f.by(m.Custodian) || slices.ContainsFunc(m.Trail, func(s register.Step) bool { return f.by(reg.Involved(s.Index)...) }))
	})
	r.Tasks = keep(r.Tasks, func(t register.Task) bool { return f.at(t.Due) && f.by(custodian[t.Medium]) })
	r.Problems = keep(r.Problems, func(v register.Violation) bool {
		return f.at(reg.At(v.Index)) && f.by(append(reg.Involved(v.Index), custodian[v.Medium])...)
	})
	r.Summary = r.summary() // its totals are of what is shown, and it names jobs that must be there
}

func keep[T any](all []T, ok func(T) bool) []T {
	return slices.DeleteFunc(all, func(x T) bool { return !ok(x) })
}
