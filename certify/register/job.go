package register

import (
	"fmt"
	"slices"
	"time"

	"rasure/certify"
)

// Wish is an erasure that somebody wants to begin.
type EraseRequest struct {
	Number   string // of the medium; "" where none was named
	Disk     certify.Disk
	Level    string
	Verify   string
	Operator string
	At       time.Time
}

// Broken is a rule that stands against what was asked.
type RuleError struct{ Violation }

func (b *RuleError) Error() string {
	s := fmt.Sprintf("rule %s: %s", b.Rule, b.Detail)
	if len(b.Entries) > 0 {
		s += fmt.Sprintf(" (log entries %s)", indexes(b.Entries))
	}
	return s
}

func indexes(all []int64) string {
	s := ""
	for i, n := range all {
		if i > 0 {
			s += ", "
		}
		s += fmt.Sprint(n)
	}
	return s
}

// label is what must stand on the label of a disk: its serial number; an image, which has none, goes by its name.
func label(d certify.Disk) string {
	if d.Medium == "image" && d.Serial == "" {
		return d.Node.Name
	}
	return d.Serial
}

// Allow says whether an erasure may begin, and as what. The error is a [*Broken]. For a disk in no register it returns nil.
func (r *Register) Allow(w EraseRequest) (*certify.MediumRef, error) {
	v := &verdict{r: r, e: Entry{Index: r.Size()}}
	m, approval, _ := v.allow(w, nil)
	if len(v.refuse) > 0 {
		return nil, &RuleError{v.refuse[0]}
	}
	if m == nil {
		return nil, nil
	}
	reg := &certify.MediumRef{Number: m.Number, Class: m.Class}
	if approval != nil {
		reg.Purpose, reg.Approval = approval.Purpose, &approval.Entry
	}
	return reg, nil
}

// allow finds medium, approval and rule of an erasure, and says what stands against it. A begin in the log names its
// approval, and then only that one counts; nil takes the newest that stands.
func (v *verdict) allow(w EraseRequest, named *certify.EntryRef) (*Medium, *Approval, *Rule) {
	r := v.r
	if w.Number == "" {
		if m := r.BySerial(label(w.Disk)); m != nil && label(w.Disk) != "" {
			v.no("medium-not-named", []int64{m.Registered}, "the disk with serial number %s is medium %s: it is erased under its number only", label(w.Disk), m.Number)
		}
		return nil, nil, nil
	}
	m := r.media[w.Number]
	switch {
	case m == nil:
		v.no("unknown-medium", nil, "medium %s is not in the register", w.Number)
		return nil, nil, nil
	case m.Destroyed != nil:
		v.no("destroyed", []int64{*m.Destroyed}, "medium %s was destroyed, by entry %d", m.Number, *m.Destroyed)
	case m.Lost != nil:
		v.no("lost", []int64{*m.Lost}, "medium %s is lost, by entry %d", m.Number, *m.Lost)
	case m.Serial == "" || m.Serial != label(w.Disk):
		v.no("serial", []int64{m.Registered}, "the label of medium %s says %q, and the disk says %q", m.Number, m.Serial, label(w.Disk))
	case (m.Type == "image") != (w.Disk.Medium == "image"), m.Type == "magnetic" && w.Disk.Medium == "flash":
		v.no("type", []int64{m.Registered}, "medium %s is registered as %s, and the disk is %s", m.Number, m.Type, w.Disk.Medium)
	}
	if len(v.refuse) > 0 {
		return m, nil, nil
	}
	if rule := r.Policy.Rule(m.Class, "inside", m.Type); named == nil && rule != nil && rule.Approvers == 0 && !slices.ContainsFunc(m.Approvals, func(a *Approval) bool { return a.stands(w.At) }) {
		v.enough(w, m, rule)
		return m, nil, rule
	}
	approval := v.approved(w, m, named)
	if approval == nil {
		return m, nil, nil
	}
	rule := r.Policy.Rule(m.Class, approval.Purpose, m.Type)
	if rule == nil {
		v.no("no-rule", nil, "the policy has no rule for %s media of type %s and purpose %s", m.Class, m.Type, approval.Purpose)
		return m, approval, nil
	}
	v.enough(w, m, rule)
	return m, approval, rule
}

// patience is how much later than another job's end a begin may come into the log that was signed before it: somebody is asked to confirm
// meanwhile. What we chose.
const patience = 24 * time.Hour

// approved returns the approval that an erasure rests on. Of several, why none stands is said of the newest.
func (v *verdict) approved(w EraseRequest, m *Medium, named *certify.EntryRef) *Approval {
	r := v.r
	rule, detail, proof := "no-approval", fmt.Sprintf("nobody has approved that medium %s is erased", m.Number), []int64{m.Registered}
	for _, a := range slices.Backward(m.Approvals) {
		if named != nil && a.Entry != *named {
			continue
		}
		why := ""
		switch {
		case a.Withdrawn != nil:
			why = "was withdrawn"
		case a.Used != nil:
			why = fmt.Sprintf("was used up by entry %d", *a.Used)
		case w.At.After(a.Until):
			why = "ended on " + a.Until.Format(time.RFC3339)
		case r.clock.After(a.Until) && r.clock.Sub(w.At) > patience:
			why = fmt.Sprintf("ended on %s; the station's clock said %s before it was set back to %s",
				a.Until.Format(time.RFC3339), r.clock.Format(time.RFC3339), w.At.Format(time.RFC3339))
		case w.At.Before(a.From):
			why = "begins on " + a.From.Format(time.RFC3339)
		case a.Technician != w.Operator:
			why = fmt.Sprintf("is for %s, not for %s", a.Technician, w.Operator)
		default:
			return a
		}
		if rule == "no-approval" {
			rule, detail, proof = "approval", fmt.Sprintf("the approval of medium %s, entry %d, %s", m.Number, a.Entry.Index, why), []int64{a.Entry.Index}
		}
	}
	v.no(rule, proof, "%s", detail)
	return nil
}

// enough: what is asked for reaches what the rule demands.
func (v *verdict) enough(w EraseRequest, m *Medium, rule *Rule) {
	proof := []int64{m.Registered}
	switch {
	case rule.Level == "destroy":
		v.no(rule.ID, proof, "medium %s (%s): %s", m.Number, m.Class, rule.Why)
	case weaker(levels, w.Level, rule.Level):
		v.no(rule.ID, proof, "medium %s (%s) needs level %s, not %s: %s", m.Number, m.Class, rule.Level, w.Level, rule.Why)
	case weaker(verifys, w.Verify, rule.Verify):
		v.no(rule.ID, proof, "medium %s (%s) must be read back: %s, not %s", m.Number, m.Class, rule.Verify, w.Verify)
	}
}

// begin: what the station began, by its rules or against them.
func (v *verdict) begin() func() {
	b, r := v.e.Begin, v.r
	w := EraseRequest{Disk: b.Disk, Level: b.Plan.Level, Verify: b.Plan.Verify, Operator: b.Operator, At: b.Started}
	var named *certify.EntryRef
	var purpose string
	if b.Register != nil {
		w.Number, named, purpose = b.Register.Number, b.Register.Approval, b.Register.Purpose
		if b.Policy == nil {
			v.no("no-policy", nil, "the job of medium %s names no rules", w.Number)
		}
	}
	m, approval, rule := v.allow(w, named)
	e := &Erasure{ID: b.ID, begun: v.e.Index, approval: named, purpose: purpose, Operator: b.Operator, Witnesses: []string{}, people: []Person{{Role: "technician", Name: b.Operator}}}
	if m != nil {
		e.Number = m.Number
		if b.Register.Class.Rank() < m.Class.Rank() {
			v.no("classification", []int64{m.Registered}, "the job says that medium %s is %s, and the register says %s", m.Number, b.Register.Class, m.Class)
		}
	}
	if approval != nil {
		e.people = append(e.people, approval.by...)
	}
	if rule != nil {
		e.Rule = rule.ID
		if approval == nil || approval.Purpose != "destroy" { // there it is the destruction that is witnessed
			e.witnesses, e.secondary = rule.Witnesses, rule.Secondary
		}
	}
	return func() {
		r.jobs[b.ID] = e
		if m != nil {
			m.step(v.e, fmt.Sprintf("erasure begun by %s", b.Operator))
		}
	}
}

// certificate: what became of a job. An erasure that reached less than its rule demands used nothing up.
func (v *verdict) certificate() func() {
	c, r := v.e.Certificate, v.r
	e := r.jobs[c.ID]
	if e == nil {
		return nil // the chain of jobs has said so
	}
	m := r.media[e.Number]
	var rule *Rule
	for i := range r.Policy.Rules {
		if r.Policy.Rules[i].ID == e.Rule {
			rule = &r.Policy.Rules[i]
		}
	}
	if m != nil && rule != nil && c.Verified() && weaker(levels, c.Level, rule.Level) {
		v.no(rule.ID, []int64{m.Registered}, "medium %s (%s) needs level %s; this certificate reached %s", m.Number, m.Class, rule.Level, c.Level)
	}
	if m != nil && c.Operator != e.Operator {
		v.no("approval", []int64{e.begun}, "the job of medium %s was begun by %s and ended by %s, for whom it was not approved", m.Number, e.Operator, c.Operator)
	}
	return func() {
		if c.Policy != nil {
			r.Policies[*c.Policy]++
		}
		if e.Entry == (certify.EntryRef{}) {
			r.erasures = append(r.erasures, e)
			if m != nil {
				m.Erasures = append(m.Erasures, e)
			}
		}
		e.people = append(e.people, Person{Role: "technician", Name: c.Operator})
		e.Entry, e.Outcome, e.Level, e.Ended = v.ref, c.Outcome, c.Level, c.Ended
		r.records[v.e.Index].erasure = e
		if m == nil {
			return
		}
		if c.Verified() && len(v.refuse) == 0 && e.approval != nil {
			for _, a := range m.Approvals {
				if a.Entry == *e.approval && a.Purpose != "destroy" {
					a.Used = &v.e.Index
				}
			}
		}
		m.step(v.e, fmt.Sprintf("erasure %s, level %s", c.Outcome, c.Level))
	}
}

// witness: of a certificate that stands, or of a destruction, by somebody who had no other part in it.
func (v *verdict) witness(a *certify.Declaration) func() {
	target := &v.r.records[a.Entry.Index]
	e := target.erasure
	switch {
	case target.kind == certify.KindCertificate && e != nil && e.Entry == *a.Entry:
		v.roles(e.people, a.Entry.Index)
	case target.kind == certify.KindDestruction:
		v.roles(target.by, a.Entry.Index)
	default:
		v.no("not-in-log", []int64{a.Entry.Index}, "entry %d is no certificate that stands, and no destruction: there was nothing to see", a.Entry.Index)
	}
	return func() {
		v.r.records[v.e.Index].erasure = e
		numbers := []string{}
		if e != nil {
			e.Witnesses = append(e.Witnesses, a.Names("witness")...)
			e.people = append(e.people, v.e.By...)
			numbers = []string{e.Number}
		} else {
			numbers = target.act.Media
		}
		for _, number := range numbers {
			if m := v.r.media[number]; m != nil {
				m.step(v.e, "witnessed by "+join(a.Names("witness")))
			}
		}
	}
}

func (v *verdict) validation(a *certify.Declaration) func() {
	e := v.r.records[a.Entry.Index].erasure
	if v.r.records[a.Entry.Index].kind != certify.KindCertificate || e == nil || e.Entry != *a.Entry {
		v.no("not-in-log", []int64{a.Entry.Index}, "entry %d is no certificate that stands", a.Entry.Index)
		return nil
	}
	v.roles(e.people, a.Entry.Index)
	if a.Decision == "accept" && !e.verified() {
		v.no("validation", []int64{a.Entry.Index}, "entry %d says %s: what was not verified cannot be accepted", a.Entry.Index, e.Outcome)
	}
	return func() {
		v.r.records[v.e.Index].erasure = e
		e.Decision = a.Decision
		e.Secondary = e.Secondary || a.Secondary != "" && a.Decision == "accept"
		e.people = append(e.people, v.e.By...)
		if m := v.r.media[e.Number]; m != nil {
			m.step(v.e, fmt.Sprintf("%s by %s: %s", map[string]string{"accept": "accepted", "reject": "rejected"}[a.Decision], join(a.Names("validate")), a.Reason))
		}
	}
}

// destruction rests on an approval for it that covers every medium, and is seen by as many as the rule demands.
func (v *verdict) destruction(a *certify.Declaration) func() {
	for _, number := range a.Media {
		m := v.r.media[number]
		if m == nil {
			continue
		}
		i := slices.IndexFunc(m.Approvals, func(p *Approval) bool { return p.Entry == *a.Entry })
		if m.Lost != nil {
			v.no("lost", []int64{*m.Lost}, "medium %s is lost, by entry %d", number, *m.Lost)
		}
		if i < 0 {
			v.no("approval", []int64{a.Entry.Index}, "entry %d does not approve anything for medium %s", a.Entry.Index, number)
			continue
		}
		p, proof := m.Approvals[i], []int64{a.Entry.Index}
		rule := v.r.Policy.Rule(m.Class, "destroy", m.Type)
		switch {
		case p.Purpose != "destroy":
			v.no("approval", proof, "entry %d approves %s for medium %s, not that it is destroyed", a.Entry.Index, p.Purpose, number)
		case !p.stands(a.At):
			v.no("approval", proof, "the approval of medium %s, entry %d, is used up, withdrawn, or ended on %s", number, a.Entry.Index, p.Until.Format(time.RFC3339))
		case !slices.Contains(a.Names("technician"), p.Technician):
			v.no("approval", proof, "the approval of medium %s, entry %d, is for %s, who does not sign", number, a.Entry.Index, p.Technician)
		case rule == nil:
			v.no("no-rule", nil, "the policy has no rule for %s media of type %s and purpose destroy", m.Class, m.Type)
		default:
			if n := len(a.Names("witness")); n < rule.Witnesses {
				v.no(rule.ID, proof, "medium %s (%s): %d witnesses of the destruction, not %d", number, m.Class, rule.Witnesses, n)
			}
			if n := len(a.Escorts); n < rule.Escorts {
				v.no(rule.ID, proof, "medium %s (%s): %d escorts, not %d", number, m.Class, rule.Escorts, n)
			}
		}
		v.roles(p.by, a.Entry.Index)
	}
	return func() {
		for _, number := range a.Media {
			m := v.r.media[number]
			m.Destroyed, m.MissingSince = &v.e.Index, nil
			for _, p := range m.Approvals {
				if p.Entry == *a.Entry {
					p.Used = &v.e.Index
				}
			}
			m.step(v.e, fmt.Sprintf("destroyed (%s) by %s, before %s", a.Method, join(a.Names("technician")), join(a.Names("witness"))))
		}
	}
}
