package register

import (
	"fmt"
	"slices"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// EraseRequest is an erasure that somebody wants to begin.
type EraseRequest struct {
	Number   string // of the medium; "" where none was named
	Disk     certify.Disk
	Level    string
	Verify   string
	Operator string
	At       time.Time
	Health   string             // the verdict about the drive: good, worn, failing, unknown; "" if nobody asked it
	Offline  *statement.Offline // what the station states of its network; nil if that is not known
}

// RuleError is a rule that refuses what was asked.
type RuleError struct{ Violation }

func (b *RuleError) Error() string { return b.Message().String() }

// Hint returns what would satisfy the rule; zero if nothing is known.
func (b *RuleError) Hint() message.Text { return b.hint }

// Message names the rule, and the entries that prove it.
func (b *RuleError) Message() message.Text {
	if len(b.Entries) == 0 {
		return message.Of("rule %s: %s", b.Rule, b.Detail)
	}
	return message.Of("rule %s: %s (log entries %s)", b.Rule, b.Detail, indexes(b.Entries))
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

// label is what the label of a disk must say: its serial number, or the name of an image, which has none.
func label(d certify.Disk) string {
	if d.Medium == "image" && d.Serial == "" {
		return d.Node.Name
	}
	return d.Serial
}

// Allow returns what a begin states of the medium, or a [*RuleError] if the erasure may not begin. It returns nil for a disk that is
// not registered.
func (r *Register) Allow(w EraseRequest) (*certify.MediumRef, error) {
	v := &verdict{r: r, e: Entry{Index: r.Size()}}
	if m := r.Medium(w.Number); m != nil && w.Number != "" {
		w.Number = m.Number
	}
	m, approval, _ := v.allow(w, nil)
	if len(v.violations) > 0 {
		return nil, &RuleError{v.violations[0]}
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

// allow finds medium, approval and rule of an erasure, and applies the rules. A begin in the log names its approval, and then only
// that one counts; nil takes the newest that is valid.
func (v *verdict) allow(w EraseRequest, named *certify.EntryRef) (*Medium, *Approval, *Rule) {
	r := v.r
	v.checkOffline(w.Offline)
	if w.Number == "" {
		if m := r.BySerial(label(w.Disk)); m != nil && label(w.Disk) != "" {
			v.deny("medium-not-named", []int64{m.Registered}, "the disk with serial number %s is medium %s: name it with --medium", label(w.Disk), m.Number)
		} else if r.Policy.Unregistered == "refuse" {
			v.deny("unregistered", nil, "the disk with serial number %s is not in the register: register it first", label(w.Disk))
		}
		return nil, nil, nil
	}
	m := r.media[w.Number]
	switch {
	case m == nil:
		v.deny("unknown-medium", nil, "medium %s is not in the register", w.Number)
		return nil, nil, nil
	case m.Destroyed != nil:
		v.deny("destroyed", []int64{*m.Destroyed}, "medium %s was destroyed (entry %d)", m.Number, *m.Destroyed)
	case m.Lost != nil:
		v.deny("lost", []int64{*m.Lost}, "medium %s is lost (entry %d)", m.Number, *m.Lost)
	case m.Away != nil:
		v.deny("away", []int64{*m.Away}, "medium %s is with another organisation (entry %d)", m.Number, *m.Away)
	case m.Out != nil:
		v.deny("out", []int64{*m.Out}, "medium %s was carried out of the office by entry %d and is not back", m.Number, *m.Out)
	case m.Serial == "" && w.Disk.ByPort(): // its number is on its label, and nothing else could be compared
	case m.Serial == "" || m.Serial != label(w.Disk):
		v.deny("serial", []int64{m.Registered}, "medium %s is registered with serial number %q, but the disk reports %q", m.Number, m.Serial, label(w.Disk))
	case (m.Type == "image") != (w.Disk.Medium == "image"), m.Type == "magnetic" && w.Disk.Medium == "flash":
		v.deny("type", []int64{m.Registered}, "medium %s is registered as %s, but the disk is %s", m.Number, word(m.Type), word(w.Disk.Medium))
	}
	if len(v.violations) > 0 {
		return m, nil, nil
	}
	if rule := r.Policy.Rule(m.Class, "inside", m.Type); named == nil && rule != nil && rule.Approvers == 0 && !slices.ContainsFunc(m.Approvals, func(a *Approval) bool { return a.erases() && a.validAt(w.At) }) {
		v.checkLevel(w, m, rule)
		v.checkHealth(w.Health, m, "inside")
		return m, nil, rule
	}
	approval := v.findApproval(w, m, named)
	if approval == nil {
		return m, nil, nil
	}
	rule := r.Policy.Rule(m.Class, approval.Purpose, m.Type)
	if rule == nil {
		v.deny("no-rule", nil, "the policy has no rule for %s media of type %s and purpose %s", className(m.Class), word(m.Type), word(approval.Purpose))
		return m, approval, nil
	}
	v.checkLevel(w, m, rule)
	v.checkHealth(w.Health, m, approval.Purpose)
	return m, approval, rule
}

// maxConfirmDelay is how much later than the end of another job a begin may be logged that was signed before it. Version 0.1.0 signed the
// begin before it asked for confirmation, and an operator could take hours to answer.
const maxConfirmDelay = 24 * time.Hour

// findApproval returns the approval that an erasure rests on. If none is valid, the violation explains the newest.
func (v *verdict) findApproval(w EraseRequest, m *Medium, named *certify.EntryRef) *Approval {
	r := v.r
	rule, detail, proof := "no-approval", message.Of("nobody has approved the erasure of medium %s", m.Number), []int64{m.Registered}
	hint := message.Of("draft an approval: rasure medium approve %s", m.Number)
	for _, a := range slices.Backward(m.Approvals) {
		if named != nil && a.Entry != *named {
			continue
		}
		var why message.Text
		other := hint
		switch {
		case !a.erases():
			why = message.Of("the approval of medium %s, entry %d, is for %s, not for an erasure", m.Number, a.Entry.Index, word(a.Purpose))
		case a.Withdrawn != nil:
			why = message.Of("the approval of medium %s, entry %d, was withdrawn", m.Number, a.Entry.Index)
		case a.Used != nil:
			why = message.Of("the approval of medium %s, entry %d, was used up by entry %d", m.Number, a.Entry.Index, *a.Used)
		case w.At.After(a.Until):
			why = message.Of("the approval of medium %s, entry %d, ended on %s", m.Number, a.Entry.Index, a.Until.Format(time.RFC3339))
		case r.clock.After(a.Until) && r.clock.Sub(w.At) > maxConfirmDelay:
			why = message.Of("the approval of medium %s, entry %d, ended on %s; the station's clock said %s before it was set back to %s",
				m.Number, a.Entry.Index, a.Until.Format(time.RFC3339), r.clock.Format(time.RFC3339), w.At.Format(time.RFC3339))
		case w.At.Before(a.From):
			why = message.Of("the approval of medium %s, entry %d, begins on %s", m.Number, a.Entry.Index, a.From.Format(time.RFC3339))
		case a.Technician != w.Operator:
			why = message.Of("the approval of medium %s, entry %d, is for %s, not for %s", m.Number, a.Entry.Index, a.Technician, w.Operator)
			other = message.Of("if %s erases it, say so: --operator %s", a.Technician, a.Technician)
		default:
			return a
		}
		if rule == "no-approval" {
			rule, detail, proof = "approval", why, []int64{a.Entry.Index}
			hint = other
		}
	}
	v.violations = append(v.violations, Violation{Index: v.e.Index, Rule: rule, Detail: detail, Entries: proof, hint: hint})
	return nil
}

// checkLevel compares what is requested with what the rule demands.
func (v *verdict) checkLevel(w EraseRequest, m *Medium, rule *Rule) {
	proof := []int64{m.Registered}
	switch {
	case rule.Level == "destroy":
		v.deny(rule.ID, proof, "medium %s (%s): %s", m.Number, className(m.Class), rule.Why)
	case weaker(levels, w.Level, rule.Level):
		v.deny(rule.ID, proof, "medium %s (%s) needs level %s, not %s: %s", m.Number, className(m.Class), word(rule.Level), word(w.Level), rule.Why)
		v.hint("give the level: --level %s", rule.Level)
	case weaker(verifys, w.Verify, rule.Verify):
		v.deny(rule.ID, proof, "medium %s (%s) needs verification %s, not %s", m.Number, className(m.Class), word(rule.Verify), word(w.Verify))
		v.hint("give the verification: --verify %s", rule.Verify)
	}
}

// begin records what the station began, even against a rule.
func (v *verdict) begin() func() {
	b, r := v.e.Begin, v.r
	w := EraseRequest{Disk: b.Disk, Level: b.Plan.Level, Verify: b.Plan.Verify, Operator: b.Operator, At: b.Started}
	var named *certify.EntryRef
	var purpose string
	if b.Register != nil {
		w.Number, named, purpose = b.Register.Number, b.Register.Approval, b.Register.Purpose
		if b.Policy == nil && v.e.Statement == nil { // in version 2 the policy is in the log, and a begin names it if there is one
			v.deny("no-policy", nil, "the job of medium %s does not name the policy", w.Number)
		}
	}
	v.checkPolicy(b.Register != nil)
	offset := int64(0)
	if body, ok := v.body().(*statement.Begin); ok {
		offset, w.Offline = body.Clock.Offset, body.Offline
		if body.Health != nil {
			w.Health = body.Health.Verdict
		}
	}
	m, approval, rule := v.allow(w, named)
	e := &Erasure{ID: b.ID, begun: v.e.Index, approval: named, purpose: purpose, Operator: b.Operator, Witnesses: []string{}, Approvers: []string{}, Saw: []Seen{}, Serial: label(b.Disk), Model: b.Disk.Model, Began: b.Started, offset: offset,
		people: []Person{{Role: "technician", Name: b.Operator}}}
	if m != nil {
		e.Number = m.Number
		v.checkSubject(m)
		if v.e.Statement == nil && b.Register.Class.Rank() < m.Class.Rank() {
			v.deny("classification", []int64{m.Registered}, "the job calls medium %s %s, but the register says %s", m.Number, className(b.Register.Class), className(m.Class))
		}
	}
	if approval != nil {
		e.people = append(e.people, approval.by...)
		for _, p := range approval.by {
			e.Approvers = append(e.Approvers, p.Name)
		}
	}
	if rule != nil {
		e.Rule, e.demanded, e.witnessDays, e.secondaryDays = rule.ID, rule.Level, r.Policy.WitnessDays, r.Policy.SecondaryDays
		e.signs = r.Policy.TechnicianSigns
		if approval == nil || approval.Purpose != "destroy" { // then the destruction is witnessed
			e.witnesses, e.secondary = rule.Witnesses, rule.Secondary
		}
	}
	return func() {
		r.jobs[b.ID] = e
		if m != nil {
			m.appendHistory(v.e, "erasure begun by %s", b.Operator)
		}
	}
}

// checkSubject compares what a begin of version 2 says of a medium with the register. It has no classification, so that a certificate can leave the
// office.
func (v *verdict) checkSubject(m *Medium) {
	if v.e.Statement == nil {
		return
	}
	have := v.r.subjectOf(m)
	if b, ok := v.body().(*statement.Begin); ok && (b.Medium.Registration != have.Registration || b.Medium.Asset != have.Asset) {
		v.deny("subject", []int64{m.Registered}, "what the job says of medium %s is not what the register has", m.Number)
	}
}

// certificate records the end of a job. An erasure that reached less than its rule demands does not use its approval up.
func (v *verdict) certificate() func() {
	c, r := v.e.Certificate, v.r
	e := r.jobs[c.ID]
	if e == nil {
		return nil // the chain of jobs reports it
	}
	m := r.media[e.Number]
	if m != nil && e.Rule != "" && c.Verified() && weaker(levels, c.Level, e.demanded) { // by the rules that were in force when the job began
		v.deny(e.Rule, []int64{m.Registered}, "medium %s (%s) needs level %s, but this certificate reached %s", m.Number, className(m.Class), word(e.demanded), word(c.Level))
	}
	if m != nil && c.Operator != e.Operator {
		v.deny("approval", []int64{e.begun}, "the job of medium %s was begun by %s and ended by %s, who has no approval", m.Number, e.Operator, c.Operator)
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
		if body, ok := v.body().(*statement.Certificate); ok && body.Health != nil && body.Health.After != nil {
			e.health = body.Health.After.Verdict
		}
		e.Entry, e.Outcome, e.Level, e.Ended = v.ref, c.Outcome, c.Level, c.Ended
		r.records[v.e.Index].erasure = e
		if m == nil {
			return
		}
		if c.Verified() && len(v.violations) == 0 && e.approval != nil {
			for _, a := range m.Approvals {
				if a.Entry == *e.approval && a.Purpose != "destroy" {
					a.Used = &v.e.Index
				}
			}
		}
		m.appendHistory(v.e, "erasure %s, level %s", word(c.Outcome), word(c.Level))
	}
}

// witness takes a statement about a certificate that counts, or about a destruction, by somebody who had no other role in it.
func (v *verdict) witness(a *certify.Declaration) func() {
	target := &v.r.records[a.Entry.Index]
	e := target.erasure
	switch {
	case certify.IsCertificate(target.kind) && e != nil && e.Entry == *a.Entry:
		v.checkRoles(e.people, a.Entry.Index)
	case asV1(target.kind) == certify.KindDestruction && !target.withdrawn:
		v.checkRoles(target.by, a.Entry.Index)
	default:
		v.deny("not-in-log", []int64{a.Entry.Index}, "entry %d is neither a current certificate nor a destruction: there was nothing to witness", a.Entry.Index)
	}
	present := ""
	if b, ok := v.body().(*statement.Witness); ok {
		present = b.Present
		about := []string{b.Target.Number}
		if target.act != nil {
			about = target.act.Media
		}
		v.checkSaw(b.Saw+" "+b.Remarks, about)
	}
	return func() {
		v.r.records[v.e.Index].erasure = e
		numbers := []string{}
		if e != nil {
			e.Witnesses = append(e.Witnesses, a.Names("witness")...)
			for _, name := range a.Names("witness") {
				e.Saw = append(e.Saw, Seen{v.e.Index, name, present, a.Saw})
			}
			e.people = append(e.people, v.e.By...)
			numbers = []string{e.Number}
		} else {
			numbers = target.act.Media
		}
		for _, number := range numbers {
			if m := v.r.media[number]; m != nil {
				m.appendHistory(v.e, "witnessed by %s: %s", join(a.Names("witness")), message.Recognize(a.Saw))
			}
		}
	}
}

func (v *verdict) validation(a *certify.Declaration) func() {
	e := v.r.records[a.Entry.Index].erasure
	if !certify.IsCertificate(v.r.records[a.Entry.Index].kind) || e == nil || e.Entry != *a.Entry {
		v.deny("not-in-log", []int64{a.Entry.Index}, "entry %d is not a current certificate", a.Entry.Index)
		return nil
	}
	v.checkRoles(e.people, a.Entry.Index)
	if a.Decision == "accept" && !e.verified() {
		v.deny("validation", []int64{a.Entry.Index}, "entry %d has the outcome %s: only a verified erasure can be accepted", a.Entry.Index, e.Outcome)
	}
	return func() {
		v.r.records[v.e.Index].erasure = e
		e.Decision = a.Decision
		e.Secondary = e.Secondary || a.Secondary != "" && a.Decision == "accept"
		e.people = append(e.people, v.e.By...)
		if m := v.r.media[e.Number]; m != nil {
			if by := join(a.Names("validate")); a.Decision == "accept" {
				m.appendHistory(v.e, "accepted by %s: %s", by, a.Reason)
			} else {
				m.appendHistory(v.e, "rejected by %s: %s", by, a.Reason)
			}
		}
	}
}
