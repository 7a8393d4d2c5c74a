package register

import (
	"slices"
	"strings"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
)

func join(names []string) string { return strings.Join(names, ", ") }

// heldBy returns the sorted numbers of the media that a custodian has, or that all custodians have for "*".
func (r *Register) heldBy(custodian string) []string {
	numbers := []string{}
	for _, m := range r.media {
		if m.Active() && (custodian == "*" || m.Custodian == custodian) {
			numbers = append(numbers, m.Number)
		}
	}
	slices.Sort(numbers)
	return numbers
}

// Holds returns the sorted numbers of the media that a person has.
func (r *Register) Holds(person string) []string { return r.heldBy(person) }

// active are those of these numbers that somebody of the office has.
func (r *Register) active(numbers []string) []string {
	return slices.DeleteFunc(slices.Clone(numbers), func(n string) bool { return r.media[n] == nil || !r.media[n].Active() })
}

func (v *verdict) handover(a *certify.Declaration) func() {
	for _, number := range a.Media {
		m := v.r.media[number]
		switch {
		case m == nil:
		case m.Lost != nil:
			v.deny("lost", []int64{*m.Lost}, "medium %s is lost, by entry %d", number, *m.Lost)
		case m.Custodian != a.From:
			v.deny("custodian", nil, "the custodian of medium %s is %s, not %s", number, m.Custodian, a.From)
		}
	}
	if a.All {
		for _, number := range v.r.heldBy(a.From) {
			if !slices.Contains(a.Media, number) {
				v.deny("everything", []int64{v.r.media[number].Registered}, "medium %s, which %s also holds, is not handed over", number, a.From)
			}
		}
	}
	b, ok := v.body().(*statement.Handover)
	if ok {
		v.checkAway(a.Media)
		v.checkOut(a.Media)
		v.checkApproved(a, b.Approval)
		v.checkLoan(a, b)
	}
	return func() {
		for _, number := range a.Media {
			if ok {
				v.r.media[number].use(b.Approval, v.e.Index)
			}
		}
		if ok && b.Receiver != nil {
			v.sendAway(a, *b.Receiver, b.Due, handedOver(a, b))
			return
		}
		for _, number := range a.Media {
			m := v.r.media[number]
			m.Custodian, m.Due, m.lent = a.To, a.Due, v.e.Index
			m.appendHistory(v.e, "handed over by %s to %s%s", a.From, a.To, handedOver(a, b))
		}
	}
}

// inventory wants every medium of the custodian to be found or missing, and no other one.
func (v *verdict) inventory(a *certify.Declaration) func() {
	expected := v.r.heldBy(a.Custodian)
	counted := slices.Concat(a.Found, a.Missing)
	by, keeper := a.Signs[0].Name, a.Signs[0].Name
	if b, ok := v.body().(*statement.Inventory); ok {
		by, keeper = b.CountedBy, a.Names("custodian")[0]
		if v.r.Policy.SecrecyCounts && len(a.Names("secrecy")) == 0 {
			v.deny("secrecy-counts", nil, "a count is signed by a secrecy officer, too")
		}
		if b.Scope.Place != "" { // the register does not know for certain what is where: it takes what was counted
			expected = v.r.active(counted)
		}
	}
	v.checkOut(counted)
	expected = slices.DeleteFunc(expected, func(number string) bool { return v.r.media[number].Out != nil })
	for _, number := range expected {
		if !slices.Contains(counted, number) {
			v.deny("uncounted", []int64{v.r.media[number].Registered}, "medium %s, held by %s, was not counted", number, v.r.media[number].Custodian)
		}
	}
	for _, number := range counted {
		if !slices.Contains(expected, number) && a.Custodian == "" {
			v.deny("uncounted", nil, "medium %s is not in the register, or nobody of the office has it", number)
		} else if !slices.Contains(expected, number) {
			v.deny("uncounted", nil, "medium %s is not held by %s: list it as unexpected, not as found or missing", number, a.Custodian)
		}
	}
	for _, number := range a.Unexpected {
		if slices.Contains(expected, number) {
			v.deny("uncounted", nil, "medium %s is held by this custodian: list it as found, not as unexpected", number)
		}
	}
	return func() {
		for _, number := range a.Found {
			m := v.r.media[number]
			m.Counted, m.counted, m.MissingSince = a.At, v.e.Index, nil
			m.appendHistory(v.e, "counted by %s", by)
		}
		for _, number := range a.Missing {
			m := v.r.media[number]
			if m.MissingSince == nil {
				m.MissingSince, m.noticed = &v.e.Index, a.At
			}
			m.appendHistory(v.e, "missing when %s counted", by)
		}
		for _, number := range a.Unexpected {
			m := v.r.media[number]
			switch {
			case m == nil:
				v.r.Violations = append(v.r.Violations, v.violation("unexpected", nil, "medium %s was found, but is not registered", []any{number}))
				continue
			case m.Destroyed != nil:
				v.r.Violations = append(v.r.Violations, v.violation("unexpected", []int64{*m.Destroyed}, "medium %s was found, but was destroyed by entry %d", []any{number, *m.Destroyed}))
			case m.Lost != nil:
				m.Lost, m.Away = nil, nil // found again; the history keeps the loss
				m.Custodian, m.Counted, m.counted = keeper, a.At, v.e.Index
			case m.Away != nil:
				m.Away, m.Due = nil, nil // it came back
				m.Custodian, m.Counted, m.counted = keeper, a.At, v.e.Index
			default:
				v.r.Violations = append(v.r.Violations, v.violation("unexpected", nil, "medium %s was found with %s, but its custodian is %s", []any{number, a.Custodian, m.Custodian}))
			}
			m.appendHistory(v.e, "found unexpectedly by %s", by)
		}
	}
}

// loss is recorded however late it is; lateness is a violation by itself (24 hours: Law on Guarding State Secrets,
// 2024, article 47; its regulation, article 61).
func (v *verdict) loss(a *certify.Declaration) func() {
	for _, number := range a.Media {
		if m := v.r.media[number]; m != nil && m.Lost != nil {
			v.deny("lost", []int64{*m.Lost}, "medium %s is already lost (entry %d)", number, *m.Lost)
		}
	}
	if end := a.Noticed.Add(24 * time.Hour); a.At.After(end) || a.Reported != nil && a.Reported.After(end) {
		v.warn("loss-24h", nil, "the loss of %s was noticed on %s and reported more than 24 hours later", join(a.Media), a.Noticed.Format(time.RFC3339))
	}
	return func() {
		for _, number := range a.Media {
			m := v.r.media[number]
			m.Lost, m.MissingSince, m.Out = &v.e.Index, nil, nil
			m.noticed, m.reported = *a.Noticed, a.Reported != nil
			m.appendHistory(v.e, "lost: %s", a.Reason)
		}
	}
}

// correctable is what a correction may do to a kind: give new values, or withdraw it. Other kinds cannot be corrected.
var correctable = map[certify.Kind]string{
	certify.KindRegistration: "values",
	certify.KindApproval:     "withdraw",
	certify.KindWitness:      "withdraw",
	certify.KindValidation:   "withdraw",
}

// correction adds to a statement and hides nothing: both stay in the log. A correction is not corrected; the first statement is
// corrected again.
func (v *verdict) correction(a *certify.Declaration) func() {
	target := &v.r.records[a.Entry.Index]
	proof := []int64{a.Entry.Index}
	what, ok := correctable[asV1(target.kind)]
	switch {
	case asV1(target.kind) == certify.KindCorrection:
		v.deny("correction", proof, "entry %d is a correction: correct the statement that it corrects", a.Entry.Index)
	case !ok:
		v.deny("correction", proof, "%s cannot be corrected", target.kind)
	case (what == "withdraw") != a.Withdraws:
		v.deny("correction", proof, map[string]string{"values": "a correction of %s can only give new values", "withdraw": "a correction of %s can only withdraw it"}[what], target.kind)
	case target.withdrawn:
		v.deny("correction", proof, "entry %d was already withdrawn", a.Entry.Index)
	case what == "withdraw" && (a.Serial != "" || a.Class != "" || a.Model != "" || a.Source != "" || a.Asset != ""):
		v.deny("correction", proof, "a withdrawal gives no new values")
	}
	if len(v.violations) > 0 {
		return nil
	}
	if what == "withdraw" {
		return v.withdrawal(a, target)
	}
	m := v.r.media[target.act.Media[0]]
	if b, ok := v.body().(*statement.Correction); ok {
		if len(target.act.Media) > 1 && b.Target.Number == "" {
			v.deny("correction", proof, "entry %d registers %d media: name the one that is corrected", a.Entry.Index, len(target.act.Media))
			return nil
		} else if b.Target.Number != "" {
			m = v.r.media[b.Target.Number]
		}
		return v.changes(a, m)
	}
	if m.Destroyed != nil {
		v.deny("destroyed", []int64{*m.Destroyed}, "medium %s was destroyed (entry %d)", m.Number, *m.Destroyed)
	}
	if a.Class != "" && a.Class.Rank() < m.Class.Rank() {
		v.deny("classification", proof, "medium %s is %s: a classification is never lowered", m.Number, className(m.Class))
	}
	class := m.Class
	if a.Class != "" {
		class = a.Class
	}
	if longest := class.LongestLimit(); a.LimitYears > longest {
		v.deny("correction", proof, "the limit is %d years, but %s allows at most %d", a.LimitYears, class, longest)
	}
	if a.Serial != "" {
		if o := v.r.BySerial(a.Serial); o != nil && o != m {
			v.deny("serial-taken", []int64{o.Registered}, "serial number %s belongs to medium %s (entry %d)", a.Serial, o.Number, o.Registered)
		}
		if len(m.Erasures) > 0 {
			v.deny("correction", proof, "medium %s was erased under its serial number %s, which can no longer be changed", m.Number, m.Serial)
		}
	}
	return func() {
		m.stated = v.e.Index
		all := []statement.Change{}
		set := func(field string, to *string, value string) {
			if value != "" {
				all = append(all, statement.Change{Field: field, Old: *to, New: value})
				*to = value
			}
		}
		if a.Serial != "" {
			delete(v.r.serials, m.Serial)
			v.r.serials[a.Serial] = m.Number
		}
		set("asset", &m.Asset, a.Asset)
		set("serial", &m.Serial, a.Serial)
		set("model", &m.Model, a.Model)
		set("source", &m.Source, a.Source)
		set("in_service", &m.InService, a.InService)
		set("classification", (*string)(&m.Class), string(a.Class))
		if a.LimitYears > 0 || a.LimitCondition != "" {
			m.LimitYears, m.LimitCondition = a.LimitYears, a.LimitCondition
		}
		m.appendHistory(v.e, "entry %d corrected: %s%s", a.Entry.Index, a.Reason, changed(all))
	}
}

func (v *verdict) withdrawal(a *certify.Declaration, target *record) func() {
	of := []*Medium{}
	for _, m := range v.r.media {
		for _, p := range m.Approvals {
			if p.Entry == *a.Entry {
				of = append(of, m)
				if p.Used != nil {
					v.deny("correction", []int64{a.Entry.Index, *p.Used}, "the approval of medium %s was used by entry %d and can no longer be withdrawn", m.Number, *p.Used)
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
			m.appendHistory(v.e, "approval, entry %d, withdrawn: %s", a.Entry.Index, a.Reason)
		}
		if e := target.erasure; e != nil && asV1(target.kind) == certify.KindWitness {
			for _, name := range target.act.Names("witness") {
				e.Witnesses = slices.DeleteFunc(e.Witnesses, func(w string) bool { return w == name })
				e.Saw = slices.DeleteFunc(e.Saw, func(s Seen) bool { return s.Entry == a.Entry.Index })
				e.people = slices.DeleteFunc(e.people, func(p Person) bool { return p.Role == "witness" && p.Name == name })
			}
		} else if e != nil {
			e.Decision, e.Secondary = "withdrawn", false
		}
		if e := target.erasure; e != nil && v.r.media[e.Number] != nil {
			v.r.media[e.Number].appendHistory(v.e, "%s, entry %d, withdrawn: %s", target.kind, a.Entry.Index, a.Reason)
		}
	}
}

// InPlace returns the sorted numbers of the media that are kept in a place.
func (r *Register) InPlace(place string) []string {
	return slices.DeleteFunc(r.heldBy("*"), func(number string) bool { return r.media[number].Place != place })
}
