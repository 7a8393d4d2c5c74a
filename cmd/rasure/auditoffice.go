package main

import (
	"slices"
	"strings"

	"rasure/certify"
	"rasure/certify/register"
	"rasure/cmd/message"
)

// office is what an audit says of media and people.
type office struct {
	Policy certify.Policy  `json:"policy"`         // the rules that were asked
	Others []otherPolicy   `json:"other_policies"` // that certificates name
	Media  []mediumView    `json:"media"`
	Duties []register.Task `json:"duties"`
}

// mediumView is a medium with what it is now.
type mediumView struct {
	*register.Medium
	Status string `json:"status"`
}

type otherPolicy struct {
	certify.Policy
	Certificates int64 `json:"certificates"`
}

func (e *examined) office() office {
	o := office{Policy: *e.Register.Policy.Ref(), Others: []otherPolicy{}, Media: []mediumView{}, Duties: e.Register.Tasks(e.at)}
	for p, n := range e.Register.Policies {
		if p.SHA256 != o.Policy.SHA256 {
			o.Others = append(o.Others, otherPolicy{p, n})
		}
	}
	slices.SortFunc(o.Others, func(a, b otherPolicy) int { return strings.Compare(a.SHA256, b.SHA256) })
	for _, m := range e.Register.Media() {
		o.Media = append(o.Media, mediumView{m, m.Status(e.at)})
	}
	return o
}

// problems is everything that is wrong: in the chain of jobs, against the office's rules, and not done in time.
func (e *examined) problems() []register.Violation {
	all := []register.Violation{}
	for _, p := range e.Chain.Problems {
		all = append(all, register.Violation{Index: p.Index, Rule: "log", Detail: p.Detail, Entries: []int64{}})
	}
	all = append(all, e.Register.Violations...)
	for _, d := range e.Register.Tasks(e.at) {
		if d.Overdue && !d.Reminder {
			p := register.Violation{Index: e.Register.Size() - 1, Rule: "overdue-" + d.Kind, Entries: append([]int64{}, d.Entries...),
				Detail: message.Of("medium %s, due %s: %s", d.Medium, d.Due.Format("2006-01-02 15:04"), d.Detail)}
			if len(d.Entries) > 0 {
				p.Index = d.Entries[0]
			}
			all = append(all, p)
		}
	}
	return all
}

// problemText names the rule, unless it is one of those that every log is held to.
func problemText(p register.Violation) message.Text {
	if p.Rule == "log" {
		return p.Detail
	}
	return (&register.RuleError{Violation: p}).Message()
}

func (a *app) printOffice(o office) {
	a.printf("rules      %s, sha-256 %.16s...\n", o.Policy.Name, o.Policy.SHA256)
	for _, p := range o.Others {
		a.printf("rules      %d certificate(s) name others: %s, sha-256 %.16s...\n", p.Certificates, p.Name, p.SHA256)
	}
	for _, m := range o.Media {
		a.printf("medium     %s, %s, %s: %s, with %s\n", m.Number, m.Class, m.Type, m.Status, m.Custodian)
		for _, s := range m.Trail {
			a.printf("           entry %-5d %s  %s\n", s.Index, s.At.Format("2006-01-02 15:04"), s.Event)
		}
	}
	a.printDuties(o.Duties)
}

func (a *app) printDuties(all []register.Task) {
	for _, d := range all {
		late := ""
		if d.Overdue {
			late = ", OVERDUE"
		}
		a.printf("to do      %s, medium %s, by %s%s: %s\n", d.Kind, d.Medium, d.Due.Format("2006-01-02 15:04"), late, d.Detail)
	}
}
