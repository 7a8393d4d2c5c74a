package register

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rasure/certify"
)

func join(names []string) string { return strings.Join(names, ", ") }

// held returns the numbers of all media that a custodian has; "*": of all custodians.
func (r *Register) held(custodian string) []string {
	numbers := []string{}
	for _, m := range r.media {
		if m.Active() && (custodian == "*" || m.Custodian == custodian) {
			numbers = append(numbers, m.Number)
		}
	}
	slices.Sort(numbers)
	return numbers
}

func (v *verdict) handover(a *certify.Declaration) func() {
	for _, number := range a.Media {
		m := v.r.media[number]
		switch {
		case m == nil:
		case m.Lost != nil:
			v.no("lost", []int64{*m.Lost}, "medium %s is lost, by entry %d", number, *m.Lost)
		case m.Custodian != a.From:
			v.no("custodian", nil, "medium %s is with %s, not with %s", number, m.Custodian, a.From)
		}
	}
	if a.All {
		for _, number := range v.r.held(a.From) {
			if !slices.Contains(a.Media, number) {
				v.no("everything", []int64{v.r.media[number].Registered}, "medium %s is with %s too, and is not handed over", number, a.From)
			}
		}
	}
	return func() {
		for _, number := range a.Media {
			m := v.r.media[number]
			m.Custodian, m.Due = a.To, a.Due
			m.step(v.e, fmt.Sprintf("handed over by %s to %s", a.From, a.To))
		}
	}
}

// inventory: whatever the register has with the custodian was found or is missing, and nothing else was.
func (v *verdict) inventory(a *certify.Declaration) func() {
	expected := v.r.held(a.Custodian)
	counted := slices.Concat(a.Found, a.Missing)
	for _, number := range expected {
		if !slices.Contains(counted, number) {
			v.no("uncounted", []int64{v.r.media[number].Registered}, "the register has medium %s with %s, and it was not counted", number, v.r.media[number].Custodian)
		}
	}
	for _, number := range counted {
		if !slices.Contains(expected, number) {
			v.no("uncounted", nil, "the register does not have medium %s with %s: it is unexpected, neither found nor missing", number, a.Custodian)
		}
	}
	for _, number := range a.Unexpected {
		if slices.Contains(expected, number) {
			v.no("uncounted", nil, "medium %s is where the register has it: it is found, not unexpected", number)
		}
	}
	return func() {
		for _, number := range a.Found {
			m := v.r.media[number]
			m.Counted, m.MissingSince = a.At, nil
			m.step(v.e, "counted by "+a.Signs[0].Name)
		}
		for _, number := range a.Missing {
			m := v.r.media[number]
			if m.MissingSince == nil {
				m.MissingSince, m.noticed = &v.e.Index, a.At
			}
			m.step(v.e, "missing when "+a.Signs[0].Name+" counted")
		}
		for _, number := range a.Unexpected {
			m := v.r.media[number]
			switch {
			case m == nil:
				v.r.Violations = append(v.r.Violations, v.problem("unexpected", nil, "medium %s was found, and is not in the register", []any{number}))
				continue
			case m.Destroyed != nil:
				v.r.Violations = append(v.r.Violations, v.problem("unexpected", []int64{*m.Destroyed}, "medium %s was found, and entry %d says that it was destroyed", []any{number, *m.Destroyed}))
			case m.Lost != nil:
				m.Lost = nil // found again: the trail keeps that it was lost
				m.Custodian, m.Counted = a.Signs[0].Name, a.At
			default:
				v.r.Violations = append(v.r.Violations, v.problem("unexpected", nil, "medium %s was found with %s; the register has it with %s", []any{number, a.Custodian, m.Custodian}))
			}
			m.step(v.e, "found unexpectedly by "+a.Signs[0].Name)
		}
	}
}

// loss is recorded however late it is: that it was late is a problem of its own (24 hours: Law on Guarding State Secrets,
// 2024, article 47; its regulation, article 61).
func (v *verdict) loss(a *certify.Declaration) func() {
	for _, number := range a.Media {
		if m := v.r.media[number]; m != nil && m.Lost != nil {
			v.no("lost", []int64{*m.Lost}, "medium %s is lost already, by entry %d", number, *m.Lost)
		}
	}
	if end := a.Noticed.Add(24 * time.Hour); a.At.After(end) || a.Reported != nil && a.Reported.After(end) {
		v.note("loss-24h", nil, "the loss of %s was noticed on %s and reported more than 24 hours later", join(a.Media), a.Noticed.Format(time.RFC3339))
	}
	return func() {
		for _, number := range a.Media {
			m := v.r.media[number]
			m.Lost, m.MissingSince = &v.e.Index, nil
			m.noticed, m.reported = *a.Noticed, a.Reported != nil
			m.step(v.e, "lost: "+a.Reason)
		}
	}
}

// correctable is what a correction may do to a kind: give new values, or withdraw. What is not here stays as it was said.
var correctable = map[certify.Kind]string{
	certify.KindRegistration: "values",
	certify.KindApproval:     "withdraw",
	certify.KindWitness:      "withdraw",
	certify.KindValidation:   "withdraw",
}

// correction adds to a statement and hides nothing: both stay in the log, and there is none of a correction. Whoever erred
// twice corrects the first statement again.
func (v *verdict) correction(a *certify.Declaration) func() {
	target := &v.r.records[a.Entry.Index]
	proof := []int64{a.Entry.Index}
	what, ok := correctable[target.kind]
	switch {
	case target.kind == certify.KindCorrection:
		v.no("correction", proof, "entry %d is a correction itself: correct the statement that it corrects", a.Entry.Index)
	case !ok:
		v.no("correction", proof, "a correction of %s would hide what happened", target.kind)
	case (what == "withdraw") != a.Withdraws:
		v.no("correction", proof, "of %s a correction can %s, and nothing else", target.kind, map[string]string{"values": "give other values", "withdraw": "withdraw it"}[what])
	case target.withdrawn:
		v.no("correction", proof, "entry %d was withdrawn already", a.Entry.Index)
	case what == "withdraw" && (a.Serial != "" || a.Class != "" || a.Model != "" || a.Source != "" || a.Asset != ""):
		v.no("correction", proof, "what is withdrawn has no other values")
	}
	if len(v.refuse) > 0 {
		return nil
	}
	if what == "withdraw" {
		return v.withdrawal(a, target)
	}
	m := v.r.media[target.act.Media[0]]
	if m.Destroyed != nil {
		v.no("destroyed", []int64{*m.Destroyed}, "medium %s was destroyed, by entry %d", m.Number, *m.Destroyed)
	}
	if a.Class != "" && a.Class.Rank() < m.Class.Rank() {
		v.no("classification", proof, "medium %s is %s: a classification is never lowered", m.Number, m.Class)
	}
	class := m.Class
	if a.Class != "" {
		class = a.Class
	}
	if longest := class.LongestLimit(); a.LimitYears > longest {
		v.no("correction", proof, "a limit of %d years; %s has at most %d", a.LimitYears, class, longest)
	}
	if a.Serial != "" {
		if o := v.r.BySerial(a.Serial); o != nil && o != m {
			v.no("serial-taken", []int64{o.Registered}, "serial number %s is that of medium %s, entry %d", a.Serial, o.Number, o.Registered)
		}
		if len(m.Erasures) > 0 {
			v.no("correction", proof, "medium %s was erased under its serial number %s: another one would hide which it was", m.Number, m.Serial)
		}
	}
	return func() {
		set := func(to *string, value string) {
			if value != "" {
				*to = value
			}
		}
		if a.Serial != "" {
			delete(v.r.serials, m.Serial)
			v.r.serials[a.Serial] = m.Number
		}
		set(&m.Asset, a.Asset)
		set(&m.Serial, a.Serial)
		set(&m.Model, a.Model)
		set(&m.Source, a.Source)
		set(&m.InService, a.InService)
		set((*string)(&m.Class), string(a.Class))
		if a.LimitYears > 0 || a.LimitCondition != "" {
			m.LimitYears, m.LimitCondition = a.LimitYears, a.LimitCondition
		}
		m.step(v.e, fmt.Sprintf("entry %d corrected: %s", a.Entry.Index, a.Reason))
	}
}

func (v *verdict) withdrawal(a *certify.Declaration, target *record) func() {
	of := []*Medium{}
	for _, m := range v.r.media {
		for _, p := range m.Approvals {
			if p.Entry == *a.Entry {
				of = append(of, m)
				if p.Used != nil {
					v.no("correction", []int64{a.Entry.Index, *p.Used}, "the approval of medium %s was used by entry %d: withdrawing it would hide that", m.Number, *p.Used)
				}
			}
		}
	}
	return func() {
		target.withdrawn = true
		for _, m := range of {
			for _, p := range m.Approvals {
				if p.Entry == *a.Entry {
					p.Withdrawn = &v.e.Index
				}
			}
			m.step(v.e, fmt.Sprintf("approval, entry %d, withdrawn: %s", a.Entry.Index, a.Reason))
		}
		if e := target.erasure; e != nil && target.kind == certify.KindWitness {
			for _, name := range target.act.Names("witness") {
				e.Witnesses = slices.DeleteFunc(e.Witnesses, func(w string) bool { return w == name })
				e.people = slices.DeleteFunc(e.people, func(p Person) bool { return p.Role == "witness" && p.Name == name })
			}
		} else if e != nil {
			e.Decision, e.Secondary = "withdrawn", false
		}
		if e := target.erasure; e != nil && v.r.media[e.Number] != nil {
			v.r.media[e.Number].step(v.e, fmt.Sprintf("%s, entry %d, withdrawn: %s", target.kind, a.Entry.Index, a.Reason))
		}
	}
}
